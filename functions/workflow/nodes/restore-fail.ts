import type { Clock } from '../../domain/clock.ts';
import type { BackupStore, ClusterStore } from '../../domain/stores.ts';
import type { TidbGateway } from '../../domain/tidb.ts';
import { type EndOperationDeps, endOperation } from './end-operation.ts';
import { type FailedOperation, failAfter } from './failed-operation.ts';
import { stopLeftovers } from './stop-statements.ts';

export interface RestoreFailDeps extends EndOperationDeps {
  clusters: Pick<ClusterStore, 'get' | 'unlock'>;
  backups: Pick<BackupStore, 'releaseFromRestore'>;
  tidb: Pick<TidbGateway, 'openControl'>;
  clock: Clock;
}

/**
 * Node `fail` of a restore: nothing of it runs in TiDB, and the cluster is free. What was restored already stays: only the
 * user knows whether to drop it.
 * @throws the caught error; CleanupFailed
 */
export function restoreFail(input: FailedOperation, deps: RestoreFailDeps): Promise<never> {
  return failAfter(input.error, async () => {
    const cluster = await deps.clusters.get(input.clusterId);
    // fail: stop, unlock ─ died ──────────────────────────────────── again: stop
    // user: ──────────────────── restores the same backup anew, runs                 without the look it is killed
    if (!input.maintenanceStatusChange || cluster?.maintenance?.operationId === input.workFlowId) {
      await stopLeftovers(cluster, { kind: 'RESTORE', backupId: input.backupId }, deps);
    }
    await deps.backups.releaseFromRestore(input.backupId, input.workFlowId);
    await endOperation(input, 'RestoreExistCluster', 'Error', deps);
  });
}
