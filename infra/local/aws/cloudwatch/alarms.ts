import * as z from 'zod';
import { assertNever } from '../../../../functions/domain/shared/assert-never.ts';
import type { Stack } from '../../template/stack.ts';
import type { Metric, Metrics } from './metrics.ts';

const statistic = z.enum(['Sum', 'Average', 'Minimum', 'Maximum', 'SampleCount']);

const dimensions = z
  .array(z.object({ Name: z.string(), Value: z.string() }))
  .default([])
  .transform((list) => Object.fromEntries(list.map(({ Name, Value }) => [Name, Value])));

const metricStatSchema = z.object({
  Id: z.string(),
  MetricStat: z.object({
    Metric: z.object({ Namespace: z.string(), MetricName: z.string(), Dimensions: dimensions }),
    Period: z.number(),
    Stat: statistic,
  }),
});

/** The one supported expression: the sum of the other metrics, where a missing value counts as zero. */
const sumSchema = z.object({ Id: z.string(), Expression: z.string().regex(/^FILL\(\w+,0\)(\+FILL\(\w+,0\))*$/) });

const alarmSchema = z.object({
  AlarmName: z.string().optional(),
  Namespace: z.string().optional(),
  MetricName: z.string().optional(),
  Dimensions: dimensions,
  Statistic: statistic.optional(),
  Period: z.number().optional(),
  Metrics: z.array(z.union([metricStatSchema, sumSchema])).default([]),
  EvaluationPeriods: z.number(),
  DatapointsToAlarm: z.number().optional(),
  Threshold: z.number(),
  ComparisonOperator: z.enum([
    'GreaterThanOrEqualToThreshold',
    'GreaterThanThreshold',
    'LessThanThreshold',
    'LessThanOrEqualToThreshold',
  ]),
  TreatMissingData: z.enum(['breaching', 'notBreaching', 'ignore', 'missing']).default('missing'),
});
type AlarmProperties = z.output<typeof alarmSchema>;

export interface AlarmState {
  readonly logicalId: string;
  readonly name: string;
  readonly state: 'OK' | 'ALARM' | 'INSUFFICIENT_DATA';
}

/** The alarms of the template. */
export class Alarms {
  readonly #alarms: readonly { logicalId: string; name: string; properties: AlarmProperties }[];
  readonly #metrics: Metrics;

  constructor(stack: Stack, metrics: Metrics) {
    this.#metrics = metrics;
    this.#alarms = stack.resourcesOf('AWS::CloudWatch::Alarm').map(({ logicalId, ref, properties }) => ({
      logicalId,
      name: ref,
      properties: alarmSchema.parse(properties),
    }));
  }

  /** As CloudWatch would evaluate them at `now` (epoch milliseconds), in a period that ends then. */
  states(now: number): AlarmState[] {
    return this.#alarms.map(({ logicalId, name, properties }) => ({
      logicalId,
      name,
      state: this.#state(properties, now),
    }));
  }

  /** CloudWatch guide, "Evaluating an alarm" and "Configuring how CloudWatch alarms treat missing data". */
  #state(alarm: AlarmProperties, now: number): AlarmState['state'] {
    const { periodSeconds, value } = this.#measured(alarm);
    const period = periodSeconds * 1000;
    const points = Array.from({ length: alarm.EvaluationPeriods }, (_, index) =>
      value(now - (index + 1) * period, now - index * period),
    );
    if (alarm.TreatMissingData === 'missing' && points.every((point) => point === undefined))
      return 'INSUFFICIENT_DATA';
    const breaching = points.filter((point) =>
      point === undefined ? alarm.TreatMissingData === 'breaching' : isBreached(alarm, point),
    );
    return breaching.length >= (alarm.DatapointsToAlarm ?? alarm.EvaluationPeriods) ? 'ALARM' : 'OK';
  }

  #measured(alarm: AlarmProperties): {
    periodSeconds: number;
    value: (from: number, to: number) => number | undefined;
  } {
    const parts = measuredMetrics(alarm);
    const [first] = parts;
    if (first === undefined) throw new Error('an alarm needs a metric');
    return {
      periodSeconds: first.period,
      value: (from, to) => {
        const values = parts.flatMap((part) => this.#metrics.statistic(part.metric, part.statistic, from, to) ?? []);
        return values.length === 0 ? undefined : values.reduce((sum, value) => sum + value, 0);
      },
    };
  }
}

interface MeasuredMetric {
  readonly metric: Metric;
  readonly statistic: z.output<typeof statistic>;
  /** Seconds. */
  readonly period: number;
}

function measuredMetrics({ Namespace, MetricName, Dimensions, Statistic, Period, Metrics }: AlarmProperties) {
  if (Namespace !== undefined && MetricName !== undefined && Statistic !== undefined && Period !== undefined) {
    const metric = { namespace: Namespace, name: MetricName, dimensions: Dimensions };
    return [{ metric, statistic: Statistic, period: Period }];
  }
  return Metrics.flatMap((each): MeasuredMetric[] => {
    if ('Expression' in each) return [];
    const { Metric, Stat, Period } = each.MetricStat;
    const metric = { namespace: Metric.Namespace, name: Metric.MetricName, dimensions: Metric.Dimensions };
    return [{ metric, statistic: Stat, period: Period }];
  });
}

function isBreached({ ComparisonOperator, Threshold }: AlarmProperties, value: number): boolean {
  switch (ComparisonOperator) {
    case 'GreaterThanOrEqualToThreshold':
      return value >= Threshold;
    case 'GreaterThanThreshold':
      return value > Threshold;
    case 'LessThanThreshold':
      return value < Threshold;
    case 'LessThanOrEqualToThreshold':
      return value <= Threshold;
    default:
      return assertNever(ComparisonOperator);
  }
}
