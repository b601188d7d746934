import { createBackupStore } from '../../functions/adapters/dynamodb/backups-store.ts';
import { createClusterStore } from '../../functions/adapters/dynamodb/clusters-store.ts';
import { createCounterStore } from '../../functions/adapters/dynamodb/counters-store.ts';
import type { Table } from '../../functions/adapters/dynamodb/dynamodb.ts';
import type { TableName } from '../../functions/adapters/dynamodb/tables.ts';
import { createWorkflowStore } from '../../functions/adapters/dynamodb/workflows-store.ts';
import { countRecords } from '../../functions/operations/status/count-records.ts';
import { aBackup, aCluster, aWorkflow, later } from './records.ts';
import type { Writes } from './write-units.ts';

/**
 * Writes everything that a successful backup writes from its request to its end, except progress; and the counters, as if each change came
 * in its own batch.
 * @returns the write units of each part
 */
export async function writesOfBackup(
  table: (name: TableName) => Table,
  writes: Writes,
): Promise<Record<'request' | 'start' | 'end' | 'counters', number>> {
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
  const record = aBackup({ backupId: 'run', clusterId });
  await backups.create(record);
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
  const end = spent();
  const counters = createCounterStore(table('counters'));
  const change = (changeId: string) => ({ changeId, sequence: changeId, time: later(4) });
  const created = { backups: [{ ...change('1'), before: undefined, after: record }], workflows: [] };
  const begun = { backups: [], workflows: [{ ...change('2'), before: undefined, after: run }] };
  const finished = { ...change('3'), before: run, after: { ...run, status: 'Finished' as const } };
  for (const changes of [created, begun, { backups: [], workflows: [finished] }]) {
    await countRecords(changes, later(4), { counters });
  }
  return { request, start, end, counters: spent() };
}
