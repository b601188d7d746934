import * as z from 'zod/mini';
import { clusterRegistration, clusterReplacement } from '../../domain/cluster-registration.ts';
import { identifier } from '../../domain/identifiers.ts';
import type { ClusterStore } from '../../domain/stores.ts';
import { type ChangeClusterDeps, changeCluster } from '../../operations/change-cluster.ts';
import { clusterNotFound } from '../../operations/lock-cluster.ts';
import { type RegisterClusterDeps, registerCluster } from '../../operations/register-cluster.ts';
import { type RemoveClusterDeps, removeCluster } from '../../operations/remove-cluster.ts';
import { type RestoreExistClusterDeps, restoreExistCluster } from '../../operations/restore-exist-cluster.ts';
import { clusterJson, toClusterJson } from '../cluster-json.ts';
import { route } from '../route.ts';
import { clusterIdParam, emptyData, listAnswer, pageQuery } from '../wire-format.ts';

export const listClusters = route({
  summary: 'The registered clusters, newest first',
  query: z.object(pageQuery),
  data: z.object({ clusters: z.array(clusterJson) }),
  handle: async ({ query }, deps: { clusters: Pick<ClusterStore, 'list'> }) =>
    listAnswer('clusters', await deps.clusters.list(query), query, toClusterJson),
});

export const getCluster = route({
  summary: 'A registered cluster, and what holds it',
  params: clusterIdParam,
  data: clusterJson,
  async handle({ params: { clusterId } }, { clusters }: { clusters: Pick<ClusterStore, 'get'> }) {
    const cluster = await clusters.get(clusterId);
    if (cluster === undefined) throw clusterNotFound(clusterId);
    return { data: toClusterJson(cluster) };
  },
});

export const postCluster = route({
  summary: 'Register a TiDB cluster',
  body: clusterRegistration,
  data: clusterIdParam,
  handle: async ({ body }, deps: RegisterClusterDeps) => ({ data: await registerCluster(body, deps) }),
});

export const putCluster = route({
  summary: 'Replace the registration of a cluster; its account stays if none is given',
  params: clusterIdParam,
  body: clusterReplacement,
  data: emptyData,
  async handle({ params, body }, deps: ChangeClusterDeps) {
    await changeCluster(params.clusterId, body, deps);
    return { data: {} };
  },
});

export const deleteCluster = route({
  summary: 'Forget a cluster; its backups stay unless they are to be deleted too',
  params: clusterIdParam,
  query: z.object({ deleteBackups: z.optional(z.enum(['auto', 'all'])) }),
  data: emptyData,
  async handle({ params, query }, deps: RemoveClusterDeps) {
    await removeCluster(params.clusterId, query.deleteBackups, deps);
    return { data: {} };
  },
});

export const postRestore = route({
  summary: 'Restore a finished backup into this cluster',
  params: clusterIdParam,
  body: z.object({ backupId: identifier }),
  data: z.object({ workFlowId: identifier }),
  handle: async ({ params, body }, deps: RestoreExistClusterDeps) => ({
    data: await restoreExistCluster({ ...params, ...body }, deps),
  }),
});
