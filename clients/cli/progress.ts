import { duration, printable } from './format.ts';

/** Progress of an operation. */
export interface Progress {
  /** In percent, if the operation reports it. */
  readonly percent?: number | undefined;
  /** The current step. */
  readonly step?: string | undefined;
  readonly elapsedSeconds: number;
  /** Estimated duration. */
  readonly expectedSeconds?: number | undefined;
}

const BAR_WIDTH = 24;
/** Below this, a rate means nothing. */
const MIN_PERCENT = 2;

/**
 * Seconds left: from the operation's own pace, or else from its plan's estimate.
 * @returns `undefined` without either
 */
export function secondsLeft({ percent, elapsedSeconds, expectedSeconds }: Progress): number | undefined {
  if (percent !== undefined && percent >= MIN_PERCENT && percent <= 100) {
    return (elapsedSeconds * (100 - percent)) / percent;
  }
  if (expectedSeconds === undefined || elapsedSeconds > expectedSeconds) return undefined;
  return expectedSeconds - elapsedSeconds;
}

/** Percent to draw, as reported or from the elapsed share of the estimate. Only the end is 100. */
function percentOf({ percent, elapsedSeconds, expectedSeconds }: Progress): number | undefined {
  if (percent !== undefined) return percent;
  return expectedSeconds ? Math.min(99, Math.floor((100 * elapsedSeconds) / expectedSeconds)) : undefined;
}

/** `[########------------]  42 %  1 min 12 s, about 1 min 40 s left  backing up`, cut to the width of the terminal. */
export function progressLine(progress: Progress, columns: number): string {
  const percent = percentOf(progress);
  const left = secondsLeft(progress);
  const times = `${duration(progress.elapsedSeconds)}${left === undefined ? '' : `, about ${duration(left)} left`}`;
  const parts = [
    ...(percent === undefined ? [] : [bar(percent), `${String(Math.round(percent)).padStart(3)} %`]),
    times,
    ...(progress.step === undefined ? [] : [printable(progress.step)]),
  ];
  return parts.join('  ').slice(0, Math.max(20, columns - 1));
}

function bar(percent: number): string {
  const done = Math.round((Math.min(100, Math.max(0, percent)) / 100) * BAR_WIDTH);
  return `[${'#'.repeat(done)}${'-'.repeat(BAR_WIDTH - done)}]`;
}
