import { type Cluster, type TlsMode, tlsMode } from '../../domain/cluster/cluster.ts';
import type { ClusterStore } from '../../domain/cluster/cluster-store.ts';
import type { ProvisionerKind } from '../../domain/provisioning/made-cluster.ts';
import type { ClusterAccess, Provisioner } from '../../domain/provisioning/provisioner.ts';
import { assertNever } from '../../domain/shared/assert-never.ts';
import { type Clock, timestamp } from '../../domain/shared/clock.ts';
import { assertEmpty, assertNoLeftovers } from '../../domain/tidb/restore-target.ts';
import type { TidbGateway } from '../../domain/tidb/tidb.ts';
import { NodeFailure, OUT_OF_TIME } from '../../domain/workflow/node-failure.ts';
import type { NewClusterInput } from '../../domain/workflow/workflow.ts';
import { heldCluster } from '../shared/held-cluster.ts';

export interface WaitClusterReadyDeps {
  clusters: Pick<ClusterStore, 'get' | 'create'>;
  provisioners: Readonly<Record<ProvisionerKind, Pick<Provisioner, 'ready'>>>;
  tidb: Pick<TidbGateway, 'openControl'>;
  clock: Pick<Clock, 'now'>;
}

/**
 * Node `waitClusterReady`: asks once. A ready cluster is registered, and held by this workflow from its creation.
 * @throws NodeFailure; ClusterNotReady, which ASL's `Retry` repeats
 */
export async function waitClusterReady(
  input: NewClusterInput,
  deps: WaitClusterReadyDeps,
): Promise<{ endpoints: string[]; readyTime: string }> {
  const { workFlowId, clusterId, provisioner } = input;
  const readiness = await deps.provisioners[provisioner].ready({ operationId: workFlowId, clusterId });
  switch (readiness.status) {
    case 'pending':
      throw new NodeFailure('ClusterNotReady', readiness.message ?? 'the new cluster is still being created');
    case 'ready':
      await register(input, readiness.access, deps);
      break;
    case 'registered':
      break;
    default:
      return assertNever(readiness);
  }
  const cluster = await heldCluster(input, deps.clusters);
  await assertNothingThere(cluster, deps);
  return { endpoints: cluster.endpoints, readyTime: timestamp(deps.clock) };
}

/** This workflow may have taken the id itself, before a retry: the owner is checked next. */
async function register(
  { workFlowId, clusterId, clusterName, timezone, account, tls }: NewClusterInput,
  made: ClusterAccess,
  { clusters, clock }: Pick<WaitClusterReadyDeps, 'clusters' | 'clock'>,
): Promise<void> {
  const at = timestamp(clock);
  const maintenance = { status: 'Restore', operationId: workFlowId, since: at } as const;
  const access = { ...made, ...(account && { account }), tls: strongerTls(made.tls, tls) };
  await clusters.create({ clusterId, clusterName, timezone, ...access, maintenance, createTime: at, updateTime: at });
}

/** The stronger of the requested and the provisioner's mode. */
function strongerTls(made: TlsMode, asked: TlsMode = made): TlsMode {
  const { options } = tlsMode;
  return options.indexOf(asked) > options.indexOf(made) ? asked : made;
}

/** The function has 90 seconds, and the provisioner of a ready cluster answers at once. */
const LIST_WITHIN_MS = 60_000;

/** Never restore into a cluster that already holds something, nor destroy one. */
async function assertNothingThere(
  cluster: Cluster,
  { tidb, clock }: Pick<WaitClusterReadyDeps, 'tidb' | 'clock'>,
): Promise<void> {
  const limit = { deadline: clock.now() + LIST_WITHIN_MS, outOfTime: 'an empty cluster lists them at once' };
  const control = tidb.openControl(cluster, limit);
  try {
    assertNoLeftovers(await control.restoreLeftovers(), 'ClusterNotEmpty');
    assertEmpty(await control.userTables(), 'the new cluster must be empty');
  } catch (error) {
    if (!(error instanceof NodeFailure) || error.name !== OUT_OF_TIME) throw error;
    throw new NodeFailure('ClusterNotEmpty', `the new cluster must be empty: ${error.message}`, { cause: error });
  } finally {
    control.close();
  }
}
