import type { ClusterRegistration } from '../domain/cluster-registration.ts';
import { quoteInput, ServiceError } from '../domain/errors.ts';
import type { ClusterStore } from '../domain/stores.ts';
import { log } from '../log.ts';
import { startCheck } from './check-cluster.ts';
import { dropAccount, type KeepAccountDeps, keepAccount } from './keep-account.ts';
import { refuseExecutorWithoutWorker } from './refuse-executor.ts';
import { orTakeBack, type StartWorkflowDeps } from './start-workflow.ts';

export interface RegisterClusterDeps extends KeepAccountDeps, StartWorkflowDeps {
  clusters: Pick<ClusterStore, 'create' | 'get'>;
  hasWorker: boolean;
}

/**
 * Registers a TiDB cluster. Only the shape is looked at here: the API has no way to TiDB, so a check is started, which tells whether
 * it answers.
 * @throws ServiceError 10001 the id is taken; there is no worker for its `executor`
 */
export async function registerCluster(
  { clusterId: wantedId, account: given, ...settings }: ClusterRegistration,
  deps: RegisterClusterDeps,
): Promise<{ clusterId: string }> {
  refuseExecutorWithoutWorker(settings.executor, deps.hasWorker);
  const clusterId = wantedId ?? deps.attempt.newId();
  const at = deps.attempt.createTime();
  const account = await keepAccount(clusterId, given, undefined, deps);
  await orTakeBack(
    async () => {
      if (await deps.clusters.create({ clusterId, ...settings, account, createTime: at, updateTime: at })) return;
      throw new ServiceError('TIEM_PARAMETER_INVALID', `clusterId: ${quoteInput(clusterId)} is registered already`);
    },
    async () => {
      // Its answer lost, the cluster may be registered all the same, and then needs its secret.
      const there = await deps.clusters.get(clusterId);
      if (there?.createTime === at && there.account.secretArn === account.secretArn) return false;
      await dropAccount(account, deps.secrets);
      return true;
    },
  );
  const check = { flowName: 'CheckCluster', workFlowId: deps.attempt.newId(), clusterId, at } as const;
  // The cluster is registered all the same, and can be checked at any time.
  await startCheck(check, deps).catch((error: unknown) =>
    log.error({ message: 'the check of a new cluster could not be started', clusterId, error }),
  );
  return { clusterId };
}
