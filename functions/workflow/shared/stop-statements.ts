import type { Cluster } from '../../domain/cluster/cluster.ts';
import type { Clock } from '../../domain/shared/clock.ts';
import type { StatementMark, TidbControl, TidbGateway } from '../../domain/tidb/tidb.ts';
import { log } from '../../log.ts';

/** A kill takes effect at once, and BR then needs a moment to let its TiKV requests go. */
const STOP_WITHIN_MS = 20_000;
const LOOK_EVERY_MS = 500;

/**
 * Makes sure that no statement with these marks, which are of one kind, runs in TiDB: kills, and waits until it has left the process list.
 *
 * The rule for all who come after a statement: it is over when its own connection has answered, or when every server that the
 * cluster lists was asked and none runs it. Until then it is unknown, and nothing of it is removed or begun anew. The operation ends
 * nevertheless, and repair asks again. A whole `backupmeta` needs no server's word: BR writes it last.
 * @returns false if one still runs after that time. @throws NodeFailure TidbUnreachable: unknown
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
    // Again at each look: a kill that meets a statement before it has begun is forgotten by TiDB.
    for (const { connectionId } of running) await control.kill(connectionId);
    await clock.sleep(LOOK_EVERY_MS);
  }
}

/**
 * For the one who comes after a death: makes sure that nothing of the operation runs on.
 * @param cluster undefined: it is no longer registered, and nobody can find out
 * @param marks of one kind
 * @returns undefined; or why it may still run, if it is unknown or TiDB does not obey. That must not keep the operation from
 * ending: a cluster that is away for good would stay locked for good.
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
    return (await stopStatements(control, marks, clock)) ? undefined : `${kind} still runs and did not heed the kill`;
  } catch (error) {
    log.error({ message: 'whether the statement still runs could not be asked', marks, error });
    return `whether ${kind} still runs is not known: ${error instanceof Error ? error.message : String(error)}`;
  } finally {
    control.close();
  }
}
