import { createBackupStore } from '../../functions/adapters/dynamodb/backups-store.ts';
import { createClusterStore } from '../../functions/adapters/dynamodb/clusters-store.ts';
import type { Table } from '../../functions/adapters/dynamodb/dynamodb.ts';
import type { TableName } from '../../functions/adapters/dynamodb/tables.ts';
import { createWorkflowStore } from '../../functions/adapters/dynamodb/workflows-store.ts';
import { aBackup, aCluster, aWorkflow, later } from './records.ts';
import type { Writes } from './write-units.ts';

/** Writes what a successful backup writes from its request to its end, but for its progress. @returns the write units of each part */
export async function writesOfBackup(
  table: (name: TableName) => Table,
  writes: Writes,
): Promise<Record<'request' | 'start' | 'end', number>> {
  const clusters = createClusterStore(table('clusters'));
  const backups = createBackupStore(table('backups'));
  const workflows = createWorkflowStore(table('workflows'));
  const spent = () => {
    const { units } = writes;
    writes.units = 0;
    return units;
  };
  const cluster = aCluster();
  const { clusterId } = cluster;
  const run = aWorkflow({ workFlowId: 'run', bizId: clusterId, status: 'Initializing' });
  await clusters.create(cluster);
  spent();

  await clusters.lock(clusterId, { status: 'BackUp', operationId: 'run', since: later(0) });
  await backups.create(aBackup({ backupId: 'run', clusterId }));
  await workflows.create(run);
  const request = spent();
  await workflows.setStatus(run, 'Processing', later(1));
  await backups.startAttempt('run', later(1));
  const statement = { server: 'tidb-0', connectionId: '1' };
  await backups.recordStatement('run', { attempt: 1, statement, release: {}, at: later(2) });
  const start = spent();
  const origin = { clusterId, tidbClusterId: '7' };
  await backups.finish('run', { attempt: 1, backupTso: '1', sizeBytes: '1', origin, at: later(3) });
  await workflows.recordSuccess('run', later(3));
  await workflows.setStatus(run, 'Finished', later(4));
  await clusters.unlock(clusterId, 'run');
  return { request, start, end: spent() };
}
