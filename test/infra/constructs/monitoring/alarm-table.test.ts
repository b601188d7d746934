import { describe, expect, it } from 'vitest';
import { readPage, sectionOf } from '../../../support/docs.ts';
import { tableRows } from '../../../support/table-rows.ts';
import { COPYING_TENANT, resourcesOf, synthesized } from '../../synthesized.ts';

const template = synthesized(COPYING_TENANT);

interface Measured {
  readonly MetricName: string;
  readonly Dimensions?: readonly { readonly Name: string; readonly Value: unknown }[];
  readonly Statistic?: string;
  readonly Period?: number;
}

interface AlarmProperties extends Partial<Measured> {
  readonly AlarmName: string;
  readonly AlarmDescription: string;
  readonly Threshold: number;
  readonly EvaluationPeriods: number;
  readonly DatapointsToAlarm?: number;
  readonly ComparisonOperator: string;
  readonly TreatMissingData: string;
  readonly Metrics?: readonly {
    readonly Expression?: string;
    readonly Period?: number;
    readonly MetricStat?: { readonly Metric: Measured; readonly Stat: string; readonly Period: number };
  }[];
}

/** What the dimension's value refers to: `QueryFunction` for the reference to `ApiQueryFunction1A2B3C4D`. */
function nameOf(value: unknown): string {
  if (typeof value === 'string') return value;
  const { Ref, 'Fn::GetAtt': [id] = [] } = value as { Ref?: string; 'Fn::GetAtt'?: string[] };
  return String(Ref ?? id).replace(/[0-9A-F]{8}$/, '');
}

/** In the words of the runbook's table: the metric, and when the alarm rises. */
function watchedBy(alarm: AlarmProperties): string[] {
  const { MetricName, Statistic, Period, Dimensions = [], Metrics = [] } = alarm;
  const measured = Metrics.flatMap(({ MetricStat }) => MetricStat ?? []);
  const [first] = measured;
  const names = new Set(measured.map(({ Metric, Stat }) => `${Metric.MetricName}, ${Stat}`));
  const watched =
    first === undefined
      ? `\`${MetricName}\`${Dimensions.map(({ Name, Value }) => ` of ${Name} \`${nameOf(Value)}\``).join('')}, ${Statistic}`
      : `\`${first.Metric.MetricName}\` of functions, ${first.Stat}`;
  expect(names.size, alarm.AlarmName).toBeLessThanOrEqual(1);
  const periods = new Set(
    [Period, ...Metrics.map((each) => each.Period ?? each.MetricStat?.Period)].filter((each) => each !== undefined),
  );
  expect([...periods], alarm.AlarmName).toHaveLength(1);
  return [watched, raisedWhen(alarm, Number([...periods][0]))];
}

const COMPARED: Record<string, string> = {
  GreaterThanOrEqualToThreshold: 'at least',
  LessThanThreshold: 'less than',
};

function raisedWhen(alarm: AlarmProperties, period: number): string {
  const { Threshold, ComparisonOperator, EvaluationPeriods, DatapointsToAlarm = EvaluationPeriods } = alarm;
  const minutes = `${period / 60} min`;
  const when = EvaluationPeriods === 1 ? minutes : `${DatapointsToAlarm} of ${EvaluationPeriods} × ${minutes}`;
  const missing = alarm.TreatMissingData === 'breaching' ? ', or no value' : '';
  return `${COMPARED[ComparisonOperator]} ${Threshold} in ${when}${missing}`;
}

const ALARMS = resourcesOf<AlarmProperties>(template, 'AWS::CloudWatch::Alarm').map(([, { Properties }]) => Properties);
const idOf = ({ AlarmName }: AlarmProperties) => AlarmName.replace('tidb-backup-test-', '');

/** Split alarms share one row: `FunctionThrottled2` has that of `FunctionThrottled`. */
const ROWS = ALARMS.map((alarm) => [
  `\`${idOf(alarm).replace(/\d+$/, '')}\``,
  alarm.AlarmDescription.replace(/\. What to do: .*$/, ''),
  ...watchedBy(alarm),
]);

const CELLS = tableRows(sectionOf(readPage('docs/runbook.md'), 'All alarms')).slice(2);

describe("the runbook's table", () => {
  it('has every alarm with its metric, its threshold and its periods', () => {
    expect(CELLS).toEqual([...new Map(ROWS.map((row) => [row.join(), row])).values()]);
  });

  it('watches every function of the API and of sweeps for errors', () => {
    const errors = ALARMS.filter((alarm) => /^FunctionErrors\d*$/.test(idOf(alarm)));
    const functions = errors
      .flatMap(({ Metrics = [] }) => Metrics)
      .flatMap(({ MetricStat }) => MetricStat?.Metric.Dimensions?.[0]?.Value ?? []);

    expect(functions.map(nameOf)).toEqual([
      ...['ApiQueryFunction', 'ApiCommandFunction', 'RepairReconcileFunction', 'RepairExecutionEndedFunction'],
      ...['OrphanedFilesOrphanedFilesFunction', 'AutoBackupAutoBackupFunction', 'BackupAgesBackupAgesFunction'],
      ...['RetentionRetentionFunction', 'DrillsDrillsFunction', 'RecountRecountFunction'],
      ...['BackupManifestsBackupManifestsFunction', 'CopiesCopiesFunction', 'StatusEventsRecordChangedFunction'],
    ]);
  });
});

describe('the sweeps', () => {
  const rates = Object.fromEntries(
    resourcesOf<{ ScheduleExpression?: string }>(template, 'AWS::Events::Rule').flatMap(([id, { Properties }]) =>
      Properties.ScheduleExpression === undefined
        ? []
        : [[id.replace(/[0-9A-F]{8}$/, ''), Properties.ScheduleExpression]],
    ),
  );

  it('run as often as the documents and the alarms about their silence say', () => {
    expect(rates).toEqual({
      AutoBackupRule: 'rate(5 minutes)',
      BackupAgesRule: 'rate(15 minutes)',
      CopiesRule: 'rate(15 minutes)',
      DrillsRule: 'rate(15 minutes)',
      OrphanedFilesRule: 'rate(1 day)',
      RecountRule: 'rate(1 day)',
      RepairReconcile: 'rate(5 minutes)',
      RetentionRule: 'rate(1 hour)',
    });
  });
});
