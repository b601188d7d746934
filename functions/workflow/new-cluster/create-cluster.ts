import type { ProvisionerKind } from '../../domain/provisioning/made-cluster.ts';
import type { Provisioner } from '../../domain/provisioning/provisioner.ts';
import { type Clock, timestamp } from '../../domain/shared/clock.ts';
import { NodeFailure } from '../../domain/workflow/node-failure.ts';
import { type NewClusterInput, workflowOf } from '../../domain/workflow/workflow.ts';
import type { WorkflowStore } from '../../domain/workflow/workflow-store.ts';
import { type HeldChainDeps, heldChain } from '../restore/held-chain.ts';

export interface CreateClusterDeps {
  workflows: Pick<WorkflowStore, 'setStatus'>;
  backups: HeldChainDeps;
  provisioners: Readonly<Record<ProvisionerKind, Pick<Provisioner, 'create'>>>;
  clock: Pick<Clock, 'now'>;
}

/**
 * Node `createCluster`: orders the cluster without waiting for it. From now on nobody can delete the backup or its
 * bases.
 * @throws NodeFailure
 */
export async function createCluster(
  input: NewClusterInput,
  { workflows, backups, provisioners, clock }: CreateClusterDeps,
): Promise<void> {
  const { workFlowId, clusterId, backupId, provisioner, clusterName, parameters, account, tls } = input;
  // A start that was rolled back must cost nothing. From here on it cannot be rolled back.
  if (!(await workflows.setStatus(workflowOf(input), 'Processing', timestamp(clock)))) {
    throw new NodeFailure('OperationSuperseded', 'the workflow was rolled back before it began');
  }
  const chain = await heldChain({ workFlowId, backupId }, backups);
  const backupSizeBytes = String(chain.reduce((sum, { sizeBytes }) => sum + BigInt(sizeBytes), 0n));
  const order = {
    ...{ operationId: workFlowId, clusterId, clusterName, backupSizeBytes, parameters },
    ...(account && { account: { secretArn: account.secretArn } }),
    ...(tls && { tls }),
  };
  await provisioners[provisioner].create(order);
}
