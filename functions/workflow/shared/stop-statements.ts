import type { Cluster } from '../../domain/cluster/cluster.ts';
import type { Clock } from '../../domain/shared/clock.ts';
import type { StatementMark, TidbControl, TidbGateway } from '../../domain/tidb/tidb.ts';
import { log } from '../../log.ts';

/** A kill takes effect at once, but BR then needs a moment to release its TiKV requests. */
const STOP_WITHIN_MS = 20_000;
const LOOK_EVERY_MS = 500;

/**
 * Makes sure that no statement with these marks, which are of one kind, runs in TiDB: kills them, and waits until they
 * have left the process list.
 *
 * The rule for everyone who comes after a statement: it is over when its own connection has answered, or when every
 * server that the cluster lists was asked and none runs it. Until then its state is unknown, and nothing of it is
 * removed or repeated. The operation ends nevertheless, and repair asks again. A complete `backupmeta` needs no
 * server's word: BR writes it last.
 * @returns false if one still runs after that time
 * @throws NodeFailure TidbUnreachable if the state is unknown
 */
export async function stopStatements(
  control: Pick<TidbControl, 'running' | 'kill'>,
  marks: readonly StatementMark[],
  clock: Clock,
): Promise<boolean> {
  const giveUpAt = clock.now() + STOP_WITHIN_MS;
  for (;;) {
    const running = await control.running(...marks);
    if (running.length === 0) return true;
    if (clock.now() >= giveUpAt) return false;
    // Repeated at each poll: TiDB forgets a kill that arrives before the statement has begun.
    for (const { connectionId } of running) await control.kill(connectionId);
    await clock.sleep(LOOK_EVERY_MS);
  }
}

/**
 * Cleans up after a crash: makes sure that nothing of the operation is running.
 * @param cluster `undefined` if it is no longer registered, so that nobody can find out
 * @param marks of one kind
 * @returns why it may still run, because that is unknown or TiDB ignores the kill; otherwise `undefined`. It must not
 * keep the operation from ending: a cluster that is lost for good would stay locked forever
 */
export async function stopLeftovers(
  cluster: Cluster | undefined,
  marks: readonly StatementMark[],
  { tidb, clock }: { tidb: Pick<TidbGateway, 'openControl'>; clock: Clock },
): Promise<string | undefined> {
  const kind = marks[0]?.kind;
  if (cluster === undefined) return undefined;
  const control = tidb.openControl(cluster);
  try {
    return (await stopStatements(control, marks, clock)) ? undefined : `${kind} is still running and ignored the kill`;
  } catch (error) {
    log.error({ message: 'could not check whether the statement is still running', marks, error });
    return `it is unknown whether ${kind} is still running: ${error instanceof Error ? error.message : String(error)}`;
  } finally {
    control.close();
  }
}
