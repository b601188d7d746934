import { dimensionsOf, METRICS, type MetricName, type Metrics, NAMESPACE } from '../../domain/events/metrics.ts';
import type { Clock } from '../../domain/shared/clock.ts';

interface MetricVariables {
  /** Set: metrics are kept for each cluster too. */
  CLUSTER_METRICS?: string | undefined;
}

/**
 * Metrics as lines of the log, of which CloudWatch makes metrics without a call of its API (CloudWatch user guide, "Embedded
 * metric format"). Past the console, because Lambda's JSON log format would put the document into another.
 */
export function createEmfMetrics(
  clock: Pick<Clock, 'now'>,
  { CLUSTER_METRICS }: MetricVariables = {},
  writeLine: (line: string) => void = (line) => process.stdout.write(`${line}\n`),
): Metrics {
  return {
    emit(values, dimensions, details) {
      const names = Object.keys(values) as MetricName[];
      const directives = Map.groupBy(names, (name) => dimensionsOf(name, CLUSTER_METRICS !== undefined));
      const document = {
        ...details,
        ...dimensions,
        ...values,
        _aws: {
          Timestamp: clock.now(),
          CloudWatchMetrics: Array.from(directives, ([Dimensions, metrics]) => ({
            Namespace: NAMESPACE,
            Dimensions,
            Metrics: metrics.map((Name) => ({ Name, Unit: METRICS[Name].unit })),
          })),
        },
      };
      writeLine(JSON.stringify(document));
    },
  };
}
