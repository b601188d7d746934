import { formatAgo, formatTime, timeOf } from '../logic/format.ts';

/** A moment relative to now; the tooltip has the full time in the viewer's zone, and in the strategy's if that differs. */
export function Time({ at, now, zone }: { at: string | undefined; now: number; zone?: string }) {
  if (at === undefined || timeOf(at) === undefined) return <>–</>;
  const full = zone === undefined ? formatTime(at) : `${formatTime(at, zone)} (${formatTime(at)} your time)`;
  return (
    <time dateTime={at} title={full}>
      {formatAgo(at, now)}
    </time>
  );
}
