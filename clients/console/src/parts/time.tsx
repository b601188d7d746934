import { formatAgo, formatTime, timeOf } from '../logic/format.ts';

/** A moment relative to now; the tooltip has the full time. */
export function Time({ at, now }: { at: string | undefined; now: number }) {
  if (at === undefined || timeOf(at) === undefined) return <>–</>;
  return (
    <time dateTime={at} title={formatTime(at)}>
      {formatAgo(at, now)}
    </time>
  );
}
