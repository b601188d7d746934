import { chainIds } from '../../domain/backup/backup-chain.ts';
import type { BackupStore } from '../../domain/backup/backup-store.ts';
import type { Cluster } from '../../domain/cluster/cluster.ts';
import type { Clock } from '../../domain/shared/clock.ts';
import type { TidbGateway } from '../../domain/tidb/tidb.ts';
import type { OperationInput } from '../../domain/workflow/workflow.ts';
import { stopLeftovers } from '../shared/stop-statements.ts';

/**
 * Ends the RESTORE that a dead node left behind, of the backup or one of its bases.
 * @returns why it may still run; `undefined` if it does not
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
