import { dimensionsOf, METRICS, type MetricName, type Metrics, NAMESPACE } from '../../domain/events/metrics.ts';
import type { Clock } from '../../domain/shared/clock.ts';

interface MetricVariables {
  /** Set if metrics are kept for each cluster, too. */
  CLUSTER_METRICS?: string | undefined;
}

/**
 * Metrics as log lines, which CloudWatch turns into metrics without an API call (CloudWatch user guide, "Embedded
 * metric format"). They bypass the console, because Lambda's JSON log format would wrap the document.
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
