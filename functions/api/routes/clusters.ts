import * as z from 'zod/mini';
import { backupScope } from '../../domain/backup/backup-scope.ts';
import { clusterRegistration, clusterReplacement } from '../../domain/cluster/cluster-registration.ts';
import type { ClusterStore } from '../../domain/cluster/cluster-store.ts';
import { changePlan, checkPlan, restorePlan } from '../../domain/planning/plan.ts';
import { newClusterRequest } from '../../domain/provisioning/new-cluster.ts';
import { described } from '../../domain/shared/described.ts';
import { identifier } from '../../domain/shared/identifiers.ts';
import { sourceRequest } from '../../domain/storage/second-copy.ts';
import { systemTablesRequest } from '../../domain/tidb/system-tables.ts';
import { executor } from '../../domain/workflow/executor.ts';
import { type ChangeClusterDeps, changeCluster } from '../../operations/cluster/change-cluster.ts';
import { type CheckClusterDeps, checkCluster } from '../../operations/cluster/check-cluster.ts';
import { type PlanClusterCheckDeps, planClusterCheck } from '../../operations/cluster/plan-check.ts';
import { type RegisterClusterDeps, registerCluster } from '../../operations/cluster/register-cluster.ts';
import { type RemoveClusterDeps, removeCluster } from '../../operations/cluster/remove-cluster.ts';
import {
  type PlanClusterDeps,
  type PlanRemovalDeps,
  planClusterChange,
  planRegistration,
  planRemoval,
} from '../../operations/plan/plan-change.ts';
import {
  type PlanNewClusterRestoreDeps,
  type PlanRestoreDeps,
  planNewClusterRestore,
  planRestore,
} from '../../operations/restore/plan-restore.ts';
import { type RestoreExistClusterDeps, restoreExistCluster } from '../../operations/restore/restore-exist-cluster.ts';
import { type RestoreNewClusterDeps, restoreNewCluster } from '../../operations/restore/restore-new-cluster.ts';
import { clusterNotFound } from '../../operations/shared/lock-cluster.ts';
import { type ListDeps, listAnswer, listed, ONE_POSITION, pageQuery } from '../http/paging.ts';
import { route } from '../http/route.ts';
import {
  CLUSTER_READ_ONLY,
  clusterDetailJson,
  clusterJson,
  toClusterDetailJson,
  toClusterJson,
} from '../json/cluster-json.ts';
import { withReadOnly } from '../json/read-only.ts';
import { clusterIdParam, emptyData, queryFlag, repeatedIdentifier } from '../json/wire-format.ts';
import {
  BACKUP_ID,
  CA_SECRET,
  CHECK_ID,
  CLUSTER,
  CLUSTER_CHECK,
  CLUSTER_ID,
  CLUSTER_SETTINGS,
  NEW_CLUSTER_ID,
  RESTORE_ID,
} from '../openapi/examples.ts';
import {
  CHECK_PLAN,
  CLUSTER_CHANGE_PLAN,
  REGISTRATION_PLAN,
  REMOVAL_PLAN,
  RESTORE_PLAN,
} from '../openapi/plan-examples.ts';

export const listClusters = route({
  operation: 'cluster/query',
  summary: 'The registered clusters, newest first',
  scope: 'backup:read',
  errors: [],
  example: { query: { page: '1', pageSize: '10' }, data: { clusters: [CLUSTER] } },
  query: z.object(pageQuery).check(ONE_POSITION),
  data: z.object({ clusters: z.array(clusterJson) }),
  async handle({ query }, { clusters, caller }: ListDeps & { clusters: Pick<ClusterStore, 'list'> }) {
    const asked = { name: 'clusters', query, caller } as const;
    const { page } = listed(asked);
    return listAnswer(asked, page, await clusters.list(page), toClusterJson);
  },
});

export const getCluster = route({
  operation: 'cluster/detail',
  summary: 'A registered cluster, the operation that holds it, and the result of its last check',
  scope: 'backup:read',
  errors: ['TIEM_CLUSTER_NOT_FOUND'],
  example: { params: { clusterId: CLUSTER_ID }, data: { ...CLUSTER, check: CLUSTER_CHECK } },
  params: clusterIdParam,
  data: clusterDetailJson,
  async handle({ params: { clusterId } }, { clusters }: { clusters: Pick<ClusterStore, 'get'> }) {
    const cluster = await clusters.get(clusterId);
    if (cluster === undefined) throw clusterNotFound(clusterId);
    return { data: toClusterDetailJson(cluster) };
  },
});

export const postCluster = route({
  operation: 'cluster/create',
  summary: 'Register a TiDB cluster, and start a check of it',
  scope: 'backup:admin',
  errors: [],
  example: {
    body: {
      ...{ ...CLUSTER_SETTINGS, caSecretArn: CA_SECRET },
      account: { user: 'backup', password: 'correct horse battery staple' },
    },
    data: { clusterId: CLUSTER_ID },
  },
  body: withReadOnly(clusterRegistration, CLUSTER_READ_ONLY),
  data: clusterIdParam,
  handle: async ({ body }, deps: RegisterClusterDeps & PlanClusterDeps) => ({
    data: await registerCluster(body, deps),
  }),
  plan: { schema: changePlan, example: REGISTRATION_PLAN, make: ({ body }, deps) => planRegistration(body, deps) },
});

export const putCluster = route({
  operation: 'cluster/modify',
  summary: 'Replace the registration of a cluster; account and TLS settings stay if omitted',
  scope: 'backup:admin',
  errors: ['TIEM_CLUSTER_NOT_FOUND'],
  example: { params: { clusterId: CLUSTER_ID }, body: CLUSTER_SETTINGS, data: {} },
  params: clusterIdParam,
  // The id as well: it must match the path's.
  body: withReadOnly(clusterReplacement, ['clusterId', ...CLUSTER_READ_ONLY]),
  data: z.object({
    notes: described(
      z.optional(z.array(z.string())),
      'Consequences of the change for the backups of the cluster, in words for people; omitted if there are none',
    ),
  }),
  async handle({ params, body }, deps: ChangeClusterDeps & PlanClusterDeps) {
    const { notes } = await changeCluster(params.clusterId, body, deps);
    return { data: notes.length > 0 ? { notes } : {} };
  },
  plan: {
    schema: changePlan,
    example: CLUSTER_CHANGE_PLAN,
    make: ({ params, body }, deps) => planClusterChange(params.clusterId, body, deps),
  },
});

export const deleteCluster = route({
  operation: 'cluster/delete',
  summary: 'Remove a cluster; its backups stay unless they are to be deleted too',
  scope: 'backup:admin',
  errors: ['TIEM_CLUSTER_NOT_FOUND', 'TIEM_CLUSTER_MAINTENANCE_CONFLICT', 'TIEM_BACKUP_RECORD_DELETE_FAILED'],
  example: { params: { clusterId: CLUSTER_ID }, query: { deleteBackups: 'auto' }, data: {} },
  params: clusterIdParam,
  query: z.object({ deleteBackups: z.optional(z.enum(['auto', 'all'])) }),
  data: emptyData,
  async handle({ params, query }, deps: RemoveClusterDeps & PlanRemovalDeps) {
    await removeCluster(params.clusterId, query.deleteBackups, deps);
    return { data: {} };
  },
  plan: {
    schema: changePlan,
    example: REMOVAL_PLAN,
    make: ({ params, query }, deps) => planRemoval(params.clusterId, query.deleteBackups, deps),
  },
});

export const postClusterCheck = route({
  operation: 'cluster/check',
  summary:
    'Check everything that backups and restores of the cluster need: endpoints, account, versions, clocks, store. The result appears in the cluster. With scratch, also back up and restore a temporary database',
  scope: 'backup:write',
  errors: [
    'TIEM_CLUSTER_NOT_FOUND',
    'TIEM_CLUSTER_MAINTENANCE_CONFLICT',
    'TIEM_BACKUP_SYSTEM_CONFIG_NOT_FOUND',
    'TIEM_BACKUP_SYSTEM_CONFIG_INVAILD',
    'TIEM_WORKFLOW_CREATE_FAILED',
    'TIEM_WORKFLOW_START_FAILED',
  ],
  example: { params: { clusterId: CLUSTER_ID }, query: { scratch: 'true' }, data: { workFlowId: CHECK_ID } },
  params: clusterIdParam,
  query: z.object({
    scratch: described(
      z.optional(queryFlag),
      'true: lock the cluster, create a database with one row, back it up, restore it, and remove both. This proves the rights of TiDB and TiKV on the store',
    ),
  }),
  data: z.object({ workFlowId: identifier }),
  handle: async ({ params, query }, deps: CheckClusterDeps & PlanClusterCheckDeps) => ({
    data: await checkCluster({ ...params, ...query }, deps),
  }),
  plan: {
    schema: checkPlan,
    example: CHECK_PLAN,
    make: ({ params, query }, deps) => planClusterCheck({ ...params, ...query }, deps),
  },
});

export const postRestore = route({
  operation: 'backup/restore',
  summary: 'Restore a finished backup into this cluster',
  scope: 'backup:restore',
  errors: [
    'TIEM_CLUSTER_NOT_FOUND',
    'TIEM_CLUSTER_MAINTENANCE_CONFLICT',
    'TIEM_BACKUP_SYSTEM_CONFIG_INVAILD',
    'TIEM_BACKUP_RECORD_QUERY_FAILED',
    'TIEM_BACKUP_RECORD_INVALID',
    'TIEM_BACKUP_RECORD_NOT_FOUND',
    'TIEM_WORKFLOW_CREATE_FAILED',
    'TIEM_WORKFLOW_START_FAILED',
  ],
  example: {
    params: { clusterId: CLUSTER_ID },
    body: { backupId: BACKUP_ID, scope: { tables: ['shop.orders', '`my shop`.items'] } },
    data: { workFlowId: RESTORE_ID },
  },
  params: clusterIdParam,
  body: z.object({
    clusterId: repeatedIdentifier,
    backupId: identifier,
    scope: described(z.optional(backupScope), 'What to restore; defaults to everything that the backup holds'),
    ...systemTablesRequest,
    ...sourceRequest,
    executor: described(
      z.optional(executor),
      "Where to run it; defaults to the cluster's setting, then to a choice from the estimated duration",
    ),
  }),
  data: z.object({ workFlowId: identifier }),
  handle: async ({ params, body }, deps: RestoreExistClusterDeps & PlanRestoreDeps) => ({
    data: await restoreExistCluster({ ...body, ...params }, deps),
  }),
  plan: {
    schema: restorePlan,
    example: RESTORE_PLAN,
    make: ({ params, body }, deps) => planRestore({ ...body, ...params }, deps),
  },
});

export const postNewClusterRestore = route({
  operation: 'backup/restore_new',
  summary: 'Restore a finished backup into a new cluster: a running, empty one, or one that the provisioner creates',
  scope: 'backup:restore',
  errors: [
    'TIEM_BACKUP_SYSTEM_CONFIG_INVAILD',
    'TIEM_BACKUP_RECORD_QUERY_FAILED',
    'TIEM_BACKUP_RECORD_INVALID',
    'TIEM_BACKUP_RECORD_NOT_FOUND',
    'TIEM_WORKFLOW_CREATE_FAILED',
    'TIEM_WORKFLOW_START_FAILED',
  ],
  example: {
    body: {
      clusterName: 'Orders, a copy',
      backupId: BACKUP_ID,
      endpoints: ['tidb.copy.example.com:4000'],
      account: { user: 'restore', password: 'a-password-of-its-own' },
      onFailure: 'keep',
    },
    data: { workFlowId: RESTORE_ID, clusterId: NEW_CLUSTER_ID, clusterID: NEW_CLUSTER_ID },
  },
  body: newClusterRequest,
  data: z.object({
    workFlowId: identifier,
    clusterId: identifier,
    clusterID: z.clone(identifier).register(z.globalRegistry, { description: "TiEM's spelling of `clusterId`" }),
  }),
  async handle({ body }, deps: RestoreNewClusterDeps & PlanNewClusterRestoreDeps) {
    const started = await restoreNewCluster(body, deps);
    return { data: { ...started, clusterID: started.clusterId } };
  },
  plan: { schema: restorePlan, example: RESTORE_PLAN, make: ({ body }, deps) => planNewClusterRestore(body, deps) },
});
