import { chainIds } from '../../domain/backup-chain.ts';
import type { Clock } from '../../domain/clock.ts';
import type { Cluster } from '../../domain/cluster.ts';
import type { BackupStore } from '../../domain/stores.ts';
import type { TidbGateway } from '../../domain/tidb.ts';
import type { OperationInput } from '../../domain/workflow.ts';
import { stopLeftovers } from './stop-statements.ts';

/**
 * Ends the RESTORE that a dead node has left behind: of the backup, or of one that it builds upon.
 * @returns undefined; or why it may still run
 */
export async function stopRestores(
  { backupId }: Pick<OperationInput, 'backupId'>,
  cluster: Cluster | undefined,
  deps: { backups: Pick<BackupStore, 'get'>; tidb: Pick<TidbGateway, 'openControl'>; clock: Clock },
): Promise<string | undefined> {
  const ids = await chainIds(backupId, deps.backups);
  const marks = ids.map((link) => ({ kind: 'RESTORE', backupId: link }) as const);
  return await stopLeftovers(cluster, marks, deps);
}
