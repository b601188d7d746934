import type { BackupStore } from '../../domain/backup/backup-store.ts';
import type { DatabaseAccount, TlsMode } from '../../domain/cluster/cluster.ts';
import type { CertificateFields, GivenAccount } from '../../domain/cluster/cluster-registration.ts';
import type { ClusterStore } from '../../domain/cluster/cluster-store.ts';
import type { NewClusterRequest } from '../../domain/provisioning/new-cluster.ts';
import { ServiceError } from '../../domain/shared/errors.ts';
import type { Attempt } from '../../domain/shared/request-attempt.ts';
import { refuseSystemTablesOfPart, refuseUnconfirmedAccounts } from '../../domain/tidb/system-tables.ts';
import type { NewClusterInput } from '../../domain/workflow/workflow.ts';
import type { WorkflowStore } from '../../domain/workflow/workflow-store.ts';
import { keepAccount } from '../cluster/keep-account.ts';
import { keepCertificates, refuseCertificates } from '../cluster/keep-certificates.ts';
import { dropSecrets, type KeepSecretsDeps, refuseOwnSecret, type SecretSettings } from '../cluster/keep-secrets.ts';
import { clusterIdTaken } from '../cluster/register-cluster.ts';
import { refuseExecutorWithoutWorker } from '../shared/refuse-executor.ts';
import { restorableBackup } from '../shared/restorable-backup.ts';
import { type StartWorkflowDeps, startWorkflow, wasStarted, withRollback } from '../shared/start-workflow.ts';

export interface RestoreNewClusterDeps extends StartWorkflowDeps, KeepSecretsDeps {
  clusters: Pick<ClusterStore, 'get' | 'create' | 'remove'>;
  backups: Pick<BackupStore, 'get'>;
  workflows: StartWorkflowDeps['workflows'] & Pick<WorkflowStore, 'get'>;
  /** Whether the tenant has a provisioner, which creates clusters. */
  hasProvisioner: boolean;
  hasWorker: boolean;
  attempt: Attempt;
}

/**
 * Restores a finished backup into a new cluster: a running, empty one named in the request, or one that the tenant's
 * provisioner creates. The former is registered and locked at once, the latter when it is ready.
 * @throws ServiceError 10001, 20604, 20610, 20612, 40100, 40103
 */
export async function restoreNewCluster(
  { clusterId: wantedId, ...request }: NewClusterRequest,
  deps: RestoreNewClusterDeps,
): Promise<{ workFlowId: string; clusterId: string }> {
  const adoption = adoptionOf(request, deps);
  refuseSystemTablesOfPart(request);
  refuseUnconfirmedAccounts(request);
  const {
    backupId,
    scope,
    withSystemTables,
    clusterName,
    timezone,
    parameters = {},
    onFailure,
    executor,
    source,
  } = request;
  const given = adoption?.account ?? request.madeAccount;
  refuseExecutorWithoutWorker(executor, deps.hasWorker);
  const { attempt, workflows, executions } = deps;
  const workFlowId = attempt.newId();
  const clusterId = wantedId ?? attempt.newId();
  if (attempt.isRepeated) {
    const executionArn = executions.arnOf('RestoreNewCluster', workFlowId);
    if (await wasStarted(await workflows.get(workFlowId), executionArn, executions)) return { workFlowId, clusterId };
  }
  await restorableBackup(request, deps.backups);
  const at = attempt.createTime();
  const newCluster = { provisioner: adoption === undefined ? 'lambda' : 'adopt', onFailure } as const;
  const account = given && (await keepAccount(clusterId, given, undefined, deps));
  const input: NewClusterInput = {
    ...{ workFlowId, clusterId, backupId, maintenanceStatusChange: true },
    ...{ scope, withSystemTables, source, wantedExecutor: executor },
    ...newCluster,
    ...{ clusterName, timezone, parameters },
    ...(adoption === undefined && { account, tls: request.tls }),
  };

  const made: SecretSettings = { ...(account && { account }) };
  await withRollback(
    async () => {
      const isFree = adoption && account ? register(adoption, account) : isUnknown();
      if (!(await isFree)) throw clusterIdTaken(clusterId);
      await startWorkflow({ flowName: 'RestoreNewCluster', input, at, newCluster }, deps);
    },
    async () => {
      // As for a restore: an execution that begins too late finds neither its workflow nor its cluster.
      if (!(await workflows.removeUnstarted(workFlowId))) return false;
      await deps.clusters.remove(clusterId, workFlowId);
      await dropSecrets(made, deps.secrets);
      return true;
    },
  );
  return { workFlowId, clusterId };

  async function register({ endpoints, tls, given }: Adoption, account: DatabaseAccount): Promise<boolean> {
    const certificates = await keepCertificates(clusterId, given, { tls }, deps, made);
    const access = { endpoints, tls, account, certificates };
    const maintenance = { status: 'Restore', operationId: workFlowId, since: at } as const;
    const times = { createTime: at, updateTime: at };
    return await deps.clusters.create({ clusterId, clusterName, timezone, ...access, maintenance, ...times });
  }

  /** Only a check: a cluster yet to be created has no address to register. Whoever takes the id meanwhile keeps it. */
  async function isUnknown(): Promise<boolean> {
    return (await deps.clusters.get(clusterId)) === undefined;
  }
}

interface Adoption {
  tls: TlsMode;
  endpoints: string[];
  account: GivenAccount;
  given: CertificateFields;
}

/**
 * @returns `undefined` if the cluster must be created
 * @throws ServiceError 10001 nobody can create it; a secret or certificate is not allowed
 */
export function adoptionOf(
  request: Omit<NewClusterRequest, 'clusterId'>,
  { hasProvisioner, secretsPrefix }: Pick<RestoreNewClusterDeps, 'hasProvisioner' | 'secretsPrefix'>,
): Adoption | undefined {
  // The default of a registration.
  const { endpoints, account, tls = 'preferred' } = request;
  if (endpoints !== undefined && account !== undefined) {
    refuseCertificates(request, tls, { secretsPrefix });
    refuseOwnSecret('account.secretArn', account.secretArn, { secretsPrefix });
    return { endpoints, account, tls, given: request };
  }
  if (hasProvisioner) return undefined;
  throw new ServiceError(
    'TIEM_PARAMETER_INVALID',
    'endpoints: must be those of a running, empty cluster, with its account: this deployment has no provisioner to create one',
  );
}
