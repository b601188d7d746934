/** CloudWatch's metrics, kept per minute for as long as an alarm can look back. */
export interface Metric {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Readonly<Record<string, string>>;
}

export interface Datum extends Metric {
  readonly value: number;
  /** Epoch milliseconds. */
  readonly time: number;
}

export type Statistic = 'Sum' | 'Average' | 'Minimum' | 'Maximum' | 'SampleCount';

interface Aggregate {
  sum: number;
  count: number;
  minimum: number;
  maximum: number;
}

const MINUTE = 60_000;
const KEPT_MINUTES = 24 * 60;

export class Metrics {
  readonly #series = new Map<string, { metric: Metric; minutes: Map<number, Aggregate> }>();

  put({ value, time, ...metric }: Datum): void {
    const key = keyOf(metric);
    const series = this.#series.get(key) ?? { metric, minutes: new Map<number, Aggregate>() };
    this.#series.set(key, series);
    const minute = Math.floor(time / MINUTE);
    const { sum, count, minimum, maximum } = series.minutes.get(minute) ?? NOTHING;
    series.minutes.set(minute, {
      sum: sum + value,
      count: count + 1,
      minimum: Math.min(minimum, value),
      maximum: Math.max(maximum, value),
    });
    if (series.minutes.size > KEPT_MINUTES) series.minutes.delete(Math.min(...series.minutes.keys()));
  }

  /** Every metric with a value. */
  all(): Metric[] {
    return [...this.#series.values()].map(({ metric }) => metric);
  }

  /**
   * Covers the minutes that begin between `from` (inclusive) and `to` (exclusive), in epoch milliseconds. Defaults to all.
   * @returns `undefined` for missing data
   */
  statistic(metric: Metric, statistic: Statistic, from = 0, to = Number.POSITIVE_INFINITY): number | undefined {
    const total = { ...NOTHING };
    for (const [minute, each] of this.#series.get(keyOf(metric))?.minutes ?? []) {
      if (minute * MINUTE < from || minute * MINUTE >= to) continue;
      total.sum += each.sum;
      total.count += each.count;
      total.minimum = Math.min(total.minimum, each.minimum);
      total.maximum = Math.max(total.maximum, each.maximum);
    }
    if (total.count === 0) return undefined;
    const { sum, count, minimum, maximum } = total;
    return { Sum: sum, Average: sum / count, Minimum: minimum, Maximum: maximum, SampleCount: count }[statistic];
  }
}

const NOTHING: Readonly<Aggregate> = {
  sum: 0,
  count: 0,
  minimum: Number.POSITIVE_INFINITY,
  maximum: Number.NEGATIVE_INFINITY,
};

/** A metric is identified by its name and its dimensions, in any order. */
function keyOf({ namespace, name, dimensions }: Metric): string {
  return JSON.stringify([namespace, name, Object.entries(dimensions).sort(([a], [b]) => (a < b ? -1 : 1))]);
}
