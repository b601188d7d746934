import { releaseChain } from '../../domain/backup/backup-chain.ts';
import type { BackupStore } from '../../domain/backup/backup-store.ts';
import type { Cluster } from '../../domain/cluster/cluster.ts';
import type { ClusterStore } from '../../domain/cluster/cluster-store.ts';
import type { Clock } from '../../domain/shared/clock.ts';
import type { TidbGateway } from '../../domain/tidb/tidb.ts';
import { type EndOperationDeps, endOperation, endRestore } from '../../domain/workflow/end-operation.ts';
import { isNodeFailureName } from '../../domain/workflow/failure-table.ts';
import type { WorkflowStore } from '../../domain/workflow/workflow-store.ts';
import { type FailedOperation, failAfter } from '../shared/failed-operation.ts';
import { recordRefuted } from '../shared/record-verdict.ts';
import { whatIsLeftBehind } from './restore-outcome.ts';
import { stopRestores } from './stop-restores.ts';

export interface RestoreFailDeps extends EndOperationDeps {
  clusters: Pick<ClusterStore, 'get' | 'unlock'>;
  backups: Pick<BackupStore, 'get' | 'releaseFromRestore' | 'recordDrill' | 'lookForCopyAgain'>;
  workflows: Pick<WorkflowStore, 'get' | 'setStatus'>;
  tidb: Pick<TidbGateway, 'openControl'>;
  clock: Clock;
}

/**
 * Node `fail` of a restore: afterwards nothing of it runs in TiDB, or the error says that it may, and the cluster is
 * released. Restored data stay: only the user knows whether to drop them. A restore that has succeeded ends as a
 * success, whatever failed afterwards.
 * @throws the caught error; CleanupFailed
 */
export function restoreFail(input: FailedOperation, deps: RestoreFailDeps): Promise<never> {
  return failAfter(input.error, async () => {
    const workflow = await deps.workflows.get(input.workFlowId);
    if (workflow?.succeededAt !== undefined) {
      await endRestore(input, 'RestoreExistCluster', deps);
      return undefined;
    }
    let leftover: string | undefined;
    const cluster = await deps.clusters.get(input.clusterId);
    // fail: stop, unlock ─ died ──────────────────────────────────── again: stop
    // user: ──────────────────── restores the same backup again, runs                 without this check it is killed
    if (!input.maintenanceStatusChange || cluster?.maintenance?.operationId === input.workFlowId) {
      leftover = (await stopRestores(input, cluster, deps)) ?? (await leftByDeath(input, cluster, deps));
    }
    await recordRefuted(input, input.error, deps);
    await releaseChain(input, deps.backups);
    await endOperation(input, 'RestoreExistCluster', 'Error', deps);
    return leftover;
  });
}

/** A node that failed by itself has already reported what it left. */
async function leftByDeath(
  { error }: FailedOperation,
  cluster: Cluster | undefined,
  { tidb }: Pick<RestoreFailDeps, 'tidb'>,
): Promise<string | undefined> {
  if (cluster === undefined || isNodeFailureName(error.Error)) return undefined;
  const control = tidb.openControl(cluster);
  try {
    const left = await whatIsLeftBehind(control);
    return left && `it left ${left}`;
  } finally {
    control.close();
  }
}
