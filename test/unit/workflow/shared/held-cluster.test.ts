import { expect, it } from 'vitest';
import { heldCluster } from '../../../../functions/workflow/shared/held-cluster.ts';
import { aCluster, CREATED } from '../../../support/records.ts';

const held = (operationId: string) => aCluster({ maintenance: { status: 'BackUp', operationId, since: CREATED } });
const GONE = 'the cluster is no longer registered';
const NOT_HELD = 'the cluster is not held for this operation';

it.each([
  ['its own hold', held('backup-1'), true, undefined],
  ["another's hold", held('backup-2'), true, NOT_HELD],
  ['no hold', aCluster(), true, NOT_HELD],
  ["its caller's hold", held('caller'), false, undefined],
  ['no hold of its caller', aCluster(), false, NOT_HELD],
  ['no registration', undefined, true, GONE],
  ['no registration for its caller', undefined, false, GONE],
])('an operation that finds %s works on the cluster only if it may', async (_, cluster, holds, message) => {
  const input = {
    workFlowId: 'backup-1',
    backupId: 'backup-1',
    clusterId: 'cluster-1',
    maintenanceStatusChange: holds,
  };

  const found = heldCluster(input, { get: async () => cluster });

  if (message === undefined) await expect(found).resolves.toBe(cluster);
  else await expect(found).rejects.toMatchObject({ name: 'OperationSuperseded', message });
});
