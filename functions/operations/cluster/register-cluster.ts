import type { ClusterRegistration } from '../../domain/cluster/cluster-registration.ts';
import type { ClusterStore } from '../../domain/cluster/cluster-store.ts';
import { quoteInput, ServiceError } from '../../domain/shared/errors.ts';
import { log } from '../../log.ts';
import { refuseExecutorWithoutWorker } from '../shared/refuse-executor.ts';
import { type StartWorkflowDeps, withRollback } from '../shared/start-workflow.ts';
import { startCheck } from './check-cluster.ts';
import { keepAccount } from './keep-account.ts';
import { keepCertificates, refuseCertificates } from './keep-certificates.ts';
import { dropSecrets, type KeepSecretsDeps, refuseOwnSecret, type SecretSettings } from './keep-secrets.ts';

export interface RegisterClusterDeps extends KeepSecretsDeps, StartWorkflowDeps {
  clusters: Pick<ClusterStore, 'create' | 'get'>;
  hasWorker: boolean;
}

/**
 * Registers a TiDB cluster. It checks only the format: the API cannot reach TiDB, so it starts a check that does.
 * @throws ServiceError 10001 the id is taken; there is no worker for its `executor`; a secret or certificate is not
 * allowed
 */
export async function registerCluster(
  registration: ClusterRegistration,
  deps: RegisterClusterDeps,
): Promise<{ clusterId: string }> {
  const { clusterId: wantedId, account: given, clusterName, endpoints, tls, timezone, executor } = registration;
  refuseRegistration(registration, deps);
  const clusterId = wantedId ?? deps.attempt.newId();
  const at = deps.attempt.createTime();
  const account = await keepAccount(clusterId, given, undefined, deps);
  const made: SecretSettings = { account };
  await withRollback(
    async () => {
      await keepCertificates(clusterId, registration, { tls }, deps, made);
      const settings = { clusterName, endpoints, tls, timezone, executor, ...made, account };
      if (await deps.clusters.create({ clusterId, ...settings, createTime: at, updateTime: at })) return;
      throw clusterIdTaken(clusterId);
    },
    async () => {
      // If only the answer was lost, the cluster is registered, and needs its secrets.
      const there = await deps.clusters.get(clusterId);
      if (there?.createTime === at && there.account.secretArn === account.secretArn) return false;
      await dropSecrets(made, deps.secrets);
      return true;
    },
  );
  const check = { flowName: 'CheckCluster', workFlowId: deps.attempt.newId(), clusterId, at } as const;
  // The cluster is registered anyway, and can be checked at any time.
  await startCheck(check, deps).catch((error: unknown) =>
    log.error({ message: 'the check of a new cluster could not be started', clusterId, error }),
  );
  return { clusterId };
}

/** @throws ServiceError 10001 */
export function refuseRegistration(
  registration: ClusterRegistration,
  deps: Pick<RegisterClusterDeps, 'hasWorker' | 'secretsPrefix'>,
): void {
  refuseExecutorWithoutWorker(registration.executor, deps.hasWorker);
  refuseCertificates(registration, registration.tls, deps);
  refuseOwnSecret('account.secretArn', registration.account.secretArn, deps);
}

export function clusterIdTaken(clusterId: string): ServiceError {
  return new ServiceError('TIEM_PARAMETER_INVALID', `clusterId: ${quoteInput(clusterId)} is already registered`);
}
