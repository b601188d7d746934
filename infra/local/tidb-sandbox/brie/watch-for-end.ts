import { hasFeature } from '../tidb-version.ts';
import type { BrieTask } from './queue.ts';
import type { BrieSession } from './session.ts';

/**
 * Cancels the task when its statement is killed and, since 8.5.0, when its client leaves; in earlier releases a backup continues without
 * its client. Returns a function that stops watching.
 */
export function watchForEnd(session: BrieSession, task: BrieTask): () => void {
  // KILL cancels the statement's context at once; the three-second ticker in brie.go is a second way.
  const stops = [onAbort(session.killed, task.cancel)];
  if (hasFeature(session.cluster.version, 'endsWithClient')) stops.push(onAbort(session.clientGone, task.cancel));
  return () => {
    for (const stop of stops) stop();
  };
}

function onAbort(signal: AbortSignal, react: () => void): () => void {
  if (signal.aborted) react();
  else signal.addEventListener('abort', react, { once: true });
  return () => signal.removeEventListener('abort', react);
}
