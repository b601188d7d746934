import { BatchWriteCommand, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { createDocumentClient } from '../../../functions/adapters/dynamodb/dynamodb.ts';
import { TABLES, type TableName } from '../../../functions/adapters/dynamodb/tables.ts';
import { BACKUP_ID, CLUSTER_ID, IMPORT_ID, RUNNING_BACKUP_ID } from '../../../functions/api/openapi/examples.ts';
import type { ApiWorld } from '../api-world.ts';
import { aBackup, aWorkflow, later } from '../records.ts';

/** Free clusters, among them those of the published examples, and one that a backup holds. */
export const CLUSTERS = [CLUSTER_ID, 'payments', 'busy'] as const;

/** A backup in every state; the published examples name two of them. */
export const BACKUPS = {
  begun: 'begun',
  running: RUNNING_BACKUP_ID,
  finished: BACKUP_ID,
  failed: 'failed',
  canceled: 'canceled',
  deleting: 'deleting',
} as const;

/** Backups outside the examples' cluster, whose backups are all soon deleted. */
const CLUSTER_OF: Readonly<Record<string, string>> = { [BACKUPS.begun]: 'busy', [BACKUPS.finished]: 'payments' };

/** Writes the records of {@link CLUSTERS} and {@link BACKUPS} into an empty world. @returns a function that resets it */
export async function stock(world: ApiWorld): Promise<() => Promise<void>> {
  await write(world);
  const client = createDocumentClient();
  const names = Object.keys(TABLES) as TableName[];
  const itemsOf = async (name: TableName) =>
    (await client.send(new ScanCommand({ TableName: world.tables.names[name], ConsistentRead: true }))).Items ?? [];
  const first = new Map<TableName, Record<string, unknown>[]>();
  for (const name of names) first.set(name, await itemsOf(name));
  const secrets = new Map(world.secrets);

  return async () => {
    for (const name of names) {
      const { partitionKey } = TABLES[name];
      const stocked = first.get(name) ?? [];
      const kept = new Set(stocked.map((item) => item[partitionKey]));
      const others = (await itemsOf(name)).filter((item) => !kept.has(item[partitionKey]));
      const writes = [
        ...stocked.map((Item) => ({ PutRequest: { Item } })),
        ...others.map((item) => ({ DeleteRequest: { Key: { [partitionKey]: item[partitionKey] } } })),
      ];
      // DynamoDB takes 25 at a time.
      for (let at = 0; at < writes.length; at += 25) {
        await client.send(
          new BatchWriteCommand({ RequestItems: { [world.tables.names[name]]: writes.slice(at, at + 25) } }),
        );
      }
    }
    world.executions.clear();
    world.secrets.clear();
    for (const [arn, value] of secrets) world.secrets.set(arn, value);
  };
}

async function write({ ports, register }: ApiWorld): Promise<void> {
  const { clusters, backups, deletions, workflows } = ports;
  for (const clusterId of CLUSTERS) await register(clusterId);
  const since = later(0);
  await clusters.lock('busy', { status: 'BackUp', operationId: BACKUPS.begun, since, backupMode: 'manual' });
  for (const backupId of Object.values(BACKUPS)) {
    const clusterId = CLUSTER_OF[backupId] ?? CLUSTER_ID;
    await backups.create(aBackup({ backupId, clusterId }));
    await workflows.create(aWorkflow({ workFlowId: backupId, bizId: clusterId }));
    if (backupId !== BACKUPS.begun) await backups.startAttempt(backupId, later(1));
  }
  for (const backupId of [BACKUPS.finished, BACKUPS.deleting]) {
    await backups.finish(backupId, {
      attempt: 1,
      backupTso: '464680329216000001',
      sizeBytes: '1',
      checksums: { tables: 1 },
      at: later(2),
    });
  }
  await workflows.create(
    aWorkflow({ workFlowId: IMPORT_ID, flowName: 'ImportBackups', import: { request: {}, isPlan: false } }),
  );
  await backups.fail(BACKUPS.failed, { error: { code: 10007, message: 'connect to TiDB failed' }, at: later(2) });
  await backups.cancel(BACKUPS.canceled, { at: later(2) });
  await deletions.begin(BACKUPS.deleting, later(3));
}
