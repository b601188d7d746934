import type { Duration } from 'aws-cdk-lib';
import { type IMetric, MathExpression, Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { METRICS, type MetricName, NAMESPACE } from '../../../functions/domain/events/metrics.ts';
import type { ServiceFunction } from '../function/service-function.ts';

interface Reading {
  readonly statistic: 'Sum' | 'Maximum' | 'SampleCount' | 'p99';
  readonly period: Duration;
  /** One value for each of the metric's dimensions. Defaults to the total. */
  readonly dimensions?: Readonly<Record<string, string>>;
}

/**
 * A metric that the functions emit.
 * @throws if it is not emitted with these dimensions
 */
export function emitted(name: MetricName, { statistic, period, dimensions = {} }: Reading): Metric {
  refuseUnlessKept(name, Object.keys(dimensions));
  return new Metric({ namespace: NAMESPACE, metricName: name, statistic, period, dimensionsMap: { ...dimensions } });
}

/**
 * A line for each known value of the dimensions: only for graphs, because alarms do not support searches.
 * @throws if it is not emitted with these dimensions
 */
export function emittedForEach(
  name: MetricName,
  dimensions: readonly string[],
  { statistic, period }: Omit<Reading, 'dimensions'>,
): IMetric {
  refuseUnlessKept(name, dimensions);
  const schema = [NAMESPACE, ...dimensions].join();
  return new MathExpression({
    expression: `SEARCH('{${schema}} MetricName="${name}"', '${statistic}', ${period.toSeconds()})`,
    // CloudWatch names each line after its dimensions.
    label: '',
    period,
  });
}

/** A metric that nobody writes would leave an alarm silent, and a graph empty, forever. */
function refuseUnlessKept(name: MetricName, dimensions: readonly string[]): void {
  const asked = [...dimensions].sort().join();
  const kept: readonly (readonly string[])[] = METRICS[name].dimensions;
  if (!kept.some((set) => [...set].sort().join() === asked)) throw new Error(`${name} is not kept for "${asked}"`);
}

/** CloudWatch's limit for an alarm's expression. */
const MAX_METRICS = 10;

/** Lambda's own counts for several functions: as many sums as one alarm each can take. */
export function sumsOver(
  functions: readonly ServiceFunction[],
  metricName: 'Errors' | 'Throttles',
  period: Duration,
): IMetric[] {
  const sums = Math.ceil(functions.length / MAX_METRICS);
  return Array.from({ length: sums }, (_, index) =>
    sumOver(functions.slice(index * MAX_METRICS, (index + 1) * MAX_METRICS), metricName, period, index * MAX_METRICS),
  );
}

/** @param first number of the first function: a graph of several sums names each metric once */
function sumOver(
  functions: readonly ServiceFunction[],
  metricName: 'Errors' | 'Throttles',
  period: Duration,
  first: number,
): IMetric {
  const usingMetrics = Object.fromEntries(
    functions.map(({ lambda }, index) => [
      `${metricName.toLowerCase()}${first + index}`,
      lambda.metric(metricName, { statistic: 'Sum', period }),
    ]),
  );
  return new MathExpression({
    label: metricName,
    // A function that was not called has no value, and a sum with a missing value is missing too.
    expression: Object.keys(usingMetrics)
      .map((id) => `FILL(${id},0)`)
      .join('+'),
    usingMetrics,
    period,
  });
}
