import type { ClusterStore } from '../cluster/cluster-store.ts';
import type { OperationInput } from '../workflow/workflow.ts';
import type { StrategyStore } from './strategy-store.ts';

export interface MissWindowDeps {
  clusters: Pick<ClusterStore, 'get'>;
  strategies: Pick<StrategyStore, 'miss'>;
}

/** Frees the cluster of an automatic backup that could not begin in its window, which the next sweep records as missed. Of any other, nothing. */
export async function missWindow(
  { clusterId, workFlowId }: Pick<OperationInput, 'clusterId' | 'workFlowId'>,
  reason: string,
  { clusters, strategies }: MissWindowDeps,
): Promise<void> {
  const held = (await clusters.get(clusterId))?.maintenance;
  if (held?.operationId === workFlowId && held.claim !== undefined) {
    await strategies.miss(clusterId, held.claim, reason);
  }
}
