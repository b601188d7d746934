import type { ClusterStore } from '../cluster/cluster-store.ts';
import type { OperationInput } from '../workflow/workflow.ts';
import type { StrategyStore } from './strategy-store.ts';

export interface MissWindowDeps {
  clusters: Pick<ClusterStore, 'get'>;
  strategies: Pick<StrategyStore, 'miss'>;
}

/**
 * Releases the cluster from an automatic backup that could not begin in its window; the next sweep records the window
 * as missed. Ignored for any other operation.
 */
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
