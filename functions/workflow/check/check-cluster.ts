import { type CheckResult, type Finding, resultOf } from '../../domain/cluster/check.ts';
import type { Cluster } from '../../domain/cluster/cluster.ts';
import { clusterFindings, withoutSecret } from '../../domain/cluster/cluster-findings.ts';
import type { ClusterStore } from '../../domain/cluster/cluster-store.ts';
import { type Clock, timestamp } from '../../domain/shared/clock.ts';
import type { TidbGateway } from '../../domain/tidb/tidb.ts';
import { NodeFailure } from '../../domain/workflow/node-failure.ts';
import type { CheckInput } from '../../domain/workflow/workflow.ts';
import type { WorkflowStore } from '../../domain/workflow/workflow-store.ts';
import { type InspectStoreDeps, inspectStore } from './inspect-store.ts';

export interface CheckClusterDeps extends InspectStoreDeps {
  clusters: Pick<ClusterStore, 'get' | 'recordCheck'>;
  workflows: Pick<WorkflowStore, 'setStatus'>;
  tidb: Pick<TidbGateway, 'inspect'>;
  clock: Pick<Clock, 'now'>;
}

/**
 * Node `checkCluster`: checks everything that a backup or restore needs, without changing TiDB, and stores the result
 * in the cluster. It does not disturb an operation that holds the cluster.
 * @throws NodeFailure OperationSuperseded if the cluster no longer exists
 */
export async function checkCluster(input: CheckInput, deps: CheckClusterDeps): Promise<CheckResult> {
  const { clusters, workflows, clock } = deps;
  const { workFlowId, clusterId, maintenanceStatusChange: scratch } = input;
  const workflow = { workFlowId, flowName: 'CheckCluster', bizId: clusterId } as const;
  const startTime = timestamp(clock);
  const [cluster] = await Promise.all([
    clusters.get(clusterId),
    workflows.setStatus(workflow, 'Processing', startTime),
  ]);
  if (cluster === undefined) throw new NodeFailure('OperationSuperseded', 'the cluster is no longer registered');
  const [ofCluster, ofStore] = await Promise.all([inspect(cluster, scratch, deps), inspectStore(workFlowId, deps)]);
  const check = resultOf([...ofCluster, ...ofStore], { workFlowId, startTime, endTime: timestamp(clock) });
  await clusters.recordCheck(clusterId, { registeredAt: cluster.createTime, check });
  // A scratch backup follows.
  if (!scratch) await workflows.setStatus(workflow, 'Finished', check.endTime);
  return check;
}

async function inspect(cluster: Cluster, scratch: boolean, { tidb, clock }: CheckClusterDeps): Promise<Finding[]> {
  try {
    return clusterFindings(cluster, await tidb.inspect(cluster), { now: clock.now(), scratch });
  } catch (error) {
    if (error instanceof NodeFailure && error.name === 'TidbAccessDenied') return withoutSecret(error, cluster);
    throw error;
  }
}
