import type { Clock } from '../../domain/clock.ts';
import type { Cluster } from '../../domain/cluster.ts';
import type { StatementMark, TidbControl, TidbGateway } from '../../domain/tidb.ts';
import { log } from '../../log.ts';

/** TiDB up to 7.5 looks for a kill every 3 s, and BR then needs a moment to let its TiKV requests go. */
const STOP_WITHIN_MS = 20_000;
const LOOK_EVERY_MS = 500;

/**
 * Makes sure that no statement with this mark runs in TiDB: kills, and waits until it has left the process list.
 * @returns false if one still runs after that time. @throws what the control throws.
 */
export async function stopStatements(
  control: Pick<TidbControl, 'running' | 'kill'>,
  mark: StatementMark,
  clock: Clock,
): Promise<boolean> {
  const giveUpAt = clock.now() + STOP_WITHIN_MS;
  for (;;) {
    const running = await control.running(mark);
    if (running.length === 0) return true;
    if (clock.now() >= giveUpAt) return false;
    // Again at each look: a kill that meets a statement before it has begun is forgotten by TiDB.
    for (const { connectionId } of running) await control.kill(connectionId);
    await clock.sleep(LOOK_EVERY_MS);
  }
}

/**
 * For the one who comes after a death: makes sure that nothing of the operation runs on.
 * @param marks of one kind
 * @returns undefined; or why it may still run, if TiDB cannot be asked or does not obey. That must not keep the operation
 * from ending: a cluster that is away for good would stay locked for good.
 */
export async function stopLeftovers(
  cluster: Cluster | undefined,
  marks: readonly StatementMark[],
  { tidb, clock }: { tidb: Pick<TidbGateway, 'openControl'>; clock: Clock },
): Promise<string | undefined> {
  const kind = marks[0]?.kind;
  if (cluster === undefined) return `whether ${kind} still runs is not known: the cluster is no longer registered`;
  const control = tidb.openControl(cluster);
  try {
    for (const mark of marks) {
      if (!(await stopStatements(control, mark, clock))) return `${kind} still runs and did not heed the kill`;
    }
    return undefined;
  } catch (error) {
    log.error({ message: 'whether the statement still runs could not be asked', marks, error });
    return `whether ${kind} still runs is not known: ${error instanceof Error ? error.message : String(error)}`;
  } finally {
    control.close();
  }
}
