import { hasFeature } from '../tidb-version.ts';
import type { BrieTask } from './queue.ts';
import type { BrieSession } from './session.ts';

/** Up to 7.5 TiDB looks every three seconds whether the statement was killed (brie.go). */
const KILL_POLL_MS = 3_000;

/**
 * Cancels the task when its statement is killed, and, after 8.5.0, when its client is gone; before, a backup runs on
 * without it. Answers how to stop watching.
 */
export function watchForEnd(session: BrieSession, task: BrieTask): () => void {
  const { version } = session.cluster;
  const stops = [
    hasFeature(version, 'immediateKill') ? onAbort(session.killed, task.cancel) : pollKilled(session.killed, task),
  ];
  if (hasFeature(version, 'endsWithClient')) stops.push(onAbort(session.clientGone, task.cancel));
  return () => {
    for (const stop of stops) stop();
  };
}

function pollKilled(killed: AbortSignal, task: BrieTask): () => void {
  const poll = setInterval(() => {
    if (killed.aborted) task.cancel();
  }, KILL_POLL_MS);
  return () => clearInterval(poll);
}

function onAbort(signal: AbortSignal, react: () => void): () => void {
  if (signal.aborted) react();
  else signal.addEventListener('abort', react, { once: true });
  return () => signal.removeEventListener('abort', react);
}
