import { describe, expect, it } from 'vitest';
import { FULL_TENANT, MINIMAL_TENANT, onlyResourceOf, resourcesOf, synthesized } from '../../synthesized.ts';

const minimal = synthesized(MINIMAL_TENANT);
const full = synthesized(FULL_TENANT);

interface Retries {
  readonly MaximumEventAgeInSeconds: number;
  readonly MaximumRetryAttempts: number;
}
interface Rule {
  readonly ScheduleExpression?: string;
  readonly EventPattern?: object;
  readonly Targets: { readonly Arn: { readonly 'Fn::GetAtt': [string, string] }; readonly RetryPolicy: Retries }[];
}

const nameOf = (id: string) => id.replace(/^.*?(\w+)Function[0-9A-F]{8}$/, '$1');
const rules = resourcesOf<Rule>(full, 'AWS::Events::Rule').map(([, { Properties }]) => Properties);
const invocations = resourcesOf<Retries & { readonly FunctionName: { readonly Ref: string } }>(
  full,
  'AWS::Lambda::EventInvokeConfig',
).map(([, { Properties }]) => Properties);

/** The period, the seconds for which an event is useful, and the retries of a failed invocation. */
const SWEEPS = rules
  .map(({ ScheduleExpression = 'event', Targets: [target] }) => {
    const id = target?.Arn['Fn::GetAtt'][0] ?? '';
    const invocation = invocations.find(({ FunctionName }) => FunctionName.Ref === id);
    expect(target?.RetryPolicy).toEqual({
      MaximumEventAgeInSeconds: invocation?.MaximumEventAgeInSeconds,
      MaximumRetryAttempts: 2,
    });
    return [nameOf(id), ScheduleExpression, invocation?.MaximumEventAgeInSeconds, invocation?.MaximumRetryAttempts];
  })
  .sort();

describe('the sweeps', () => {
  it('run as often as documented, and a repeated or late one never meets the next but one', () => {
    expect(SWEEPS).toEqual([
      ['AutoBackupAutoBackup', 'rate(5 minutes)', 60, 0],
      ['BackupAgesBackupAges', 'rate(15 minutes)', 900, 2],
      ['CopiesCopies', 'rate(15 minutes)', 900, 2],
      ['DrillsDrills', 'rate(15 minutes)', 900, 2],
      ['OrphanedFilesOrphanedFiles', 'rate(1 day)', 3_600, 2],
      ['RecountRecount', 'rate(1 day)', 3_600, 2],
      ['RepairExecutionEnded', 'event', 300, 2],
      ['RepairReconcile', 'rate(5 minutes)', 300, 0],
      ['RetentionRetention', 'rate(1 hour)', 3_600, 2],
    ]);
  });

  it('receive every execution that ends without success', () => {
    expect(rules.flatMap(({ EventPattern }) => EventPattern ?? [])).toMatchObject([
      { source: ['aws.states'], detail: { status: ['FAILED', 'TIMED_OUT', 'ABORTED'] } },
    ]);
  });

  it('remove orphaned files only if the tenant says so', () => {
    const told = (template: typeof full) =>
      resourcesOf(template, 'AWS::Lambda::Function').filter(([, { Properties }]) =>
        JSON.stringify(Properties).includes('REMOVE_ORPHANED_FILES'),
      );

    expect([told(minimal).length, told(full).length]).toEqual([0, 1]);
  });
});

describe('the logs', () => {
  it("contain what functions log from INFO on, and Lambda's warnings", () => {
    for (const [id, { Properties }] of resourcesOf(full, 'AWS::Lambda::Function')) {
      expect(Properties.LoggingConfig, id).toMatchObject({ ApplicationLogLevel: 'INFO', SystemLogLevel: 'WARN' });
    }
  });

  it('contain every step of an execution, in a group that no earlier stack of the name has left', () => {
    for (const [id, { Properties }] of resourcesOf(full, 'AWS::StepFunctions::StateMachine')) {
      expect(Properties.LoggingConfiguration, id).toMatchObject({ Level: 'ALL' });
    }
    const groups = resourcesOf(full, 'AWS::Logs::LogGroup').filter(([id]) => /WorkflowLogs[0-9A-F]{8}$/.test(id));
    const ofStackId = { 'Fn::Select': [2, { 'Fn::Split': ['/', { Ref: 'AWS::StackId' }] }] };
    for (const [id, { Properties }] of groups) {
      expect(Properties.LogGroupName, id).toMatchObject({ 'Fn::Join': ['', expect.arrayContaining([ofStackId])] });
    }
  });
});

it('leave no alarm unchanged without a value: it ends or rises', () => {
  const missing = resourcesOf(full, 'AWS::CloudWatch::Alarm').map(([, { Properties }]) => Properties.TreatMissingData);

  expect(new Set(missing)).toEqual(new Set(['breaching', 'notBreaching']));
});

it('nodes may reach any address: clusters are registered at run time', () => {
  expect(onlyResourceOf(full, 'AWS::EC2::SecurityGroup').resource.Properties.SecurityGroupEgress).toMatchObject([
    { CidrIp: '0.0.0.0/0', IpProtocol: '-1' },
  ]);
});
