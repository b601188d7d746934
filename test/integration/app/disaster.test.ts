import { DeleteTableCommand, ListTablesCommand, UpdateTableCommand } from '@aws-sdk/client-dynamodb';
import { GetObjectCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BusEvent } from '../../../infra/local/aws/events/events.ts';
import type { TidbSandbox } from '../../../infra/local/tidb-sandbox/sandbox.ts';
import { commandsOf, endpointVariables, runCommands } from '../../support/documented-commands.ts';
import { ruleId } from '../support/rule-id.ts';
import { until } from '../support/until.ts';
import { type AppWorld, fill, sql, startAppWorld } from './app-world.ts';

const PAGE = 'docs/disaster-recovery.md';
const ALL_ROWS = 'SELECT * FROM shop.orders ORDER BY id';
/** A busy machine starts a function in seconds, and a workflow is some of them. */
const SECONDS = 60;

let world: AppWorld;
let source: TidbSandbox;
let target: TidbSandbox;
let sourceId: string;
let targetId: string;
/** One that was finished before anything was lost. */
let backupId: string;
const events: BusEvent[] = [];

beforeAll(async () => {
  world = await startAppWorld({ onEvent: (event) => events.push(event) });
  [source, target] = [await world.sandbox(), await world.sandbox()];
  await fill(source, 64);
  [sourceId, targetId] = [await world.register(source), await world.register(target)];
  backupId = await finishedBackup();
}, 180_000);
afterAll(() => world.stop());

const untilFree = (clusterId: string) =>
  until(
    `the end of what holds ${clusterId}`,
    async () => ((await world.maintenanceOf(clusterId)) === '' ? true : undefined),
    SECONDS,
  );

async function finishedBackup(): Promise<string> {
  const id = await world.backUp(sourceId);
  const { status, error } = await world.untilRecord(
    id,
    ({ status }) => ['Finished', 'Failed'].includes(status),
    SECONDS,
  );
  expect({ status, error }).toEqual({ status: 'Finished', error: undefined });
  await untilFree(sourceId);
  return id;
}

/** Restores the backup into the other cluster, and compares every row. */
async function expectDataBack(): Promise<void> {
  await sql(target, 'DROP DATABASE IF EXISTS shop');
  const { data, message } = await world.api(`POST /clusters/${targetId}/restore`, { backupId });
  expect(message).toBe('OK');
  const info = await until(
    'the end of the restore',
    async () => {
      const { info } = (await world.api(`GET /workflow/${data.workFlowId}`)).data as { info: { status: string } };
      return ['Finished', 'Error'].includes(info.status) ? info : undefined;
    },
    SECONDS,
  );
  expect(info.status).toBe('Finished');
  expect(await sql(target, ALL_ROWS)).toEqual(await sql(source, ALL_ROWS));
  await untilFree(targetId);
}

/** What the page says to do, done to this cloud. */
async function follow(title: string, variables: Record<string, string>): Promise<string> {
  return await runCommands(commandsOf(PAGE, title), {
    ...endpointVariables(world.cloud.endpoints),
    ...variables,
  });
}

async function backupsTable(): Promise<string> {
  const { TableNames = [] } = await world.clients.dynamodb.send(new ListTablesCommand());
  return (
    TableNames.find((name) => name.includes('TablesBackups')) ?? expect.unreachable('there is no table of backups')
  );
}

const functionNames = (...logicalIds: RegExp[]) =>
  world.cloud
    .functions()
    .filter(({ logicalId }) => logicalIds.some((pattern) => pattern.test(logicalId)))
    .map(({ name }) => name);

describe('a DynamoDB table is deleted', () => {
  it('only when somebody turns its protection off, and comes back with every item', { timeout: 180_000 }, async () => {
    const { dynamodb } = world.clients;
    const TableName = await backupsTable();
    const before = await world.record(backupId);
    await expect(dynamodb.send(new DeleteTableCommand({ TableName }))).rejects.toThrow(/protected against deletion/);
    await dynamodb.send(new UpdateTableCommand({ TableName, DeletionProtectionEnabled: false }));
    await dynamodb.send(new DeleteTableCommand({ TableName }));
    expect(await world.api(`GET /backups/${backupId}/evidence`)).toMatchObject({ status: 500, code: 20604 });
    expect(await world.api('POST /backups', { clusterId: sourceId })).toMatchObject({ status: 500 });

    const FUNCTIONS = functionNames(/RecordChanged/, /BackupManifests/).join(' ');
    await follow('A DynamoDB table is deleted', { TABLE: TableName, FUNCTIONS });

    expect(await world.record(backupId)).toEqual(before);
    // The backup that could not be recorded has left its cluster held.
    await world.cloud.fireRule(await ruleId('RepairReconcile'), new Date(Date.now() + 15 * 60_000));
    await untilFree(sourceId);
    // Protected as it was.
    await expect(dynamodb.send(new DeleteTableCommand({ TableName }))).rejects.toThrow(/protected against deletion/);
    await expectDataBack();
    // Its stream tells of what happens from now on.
    events.length = 0;
    const next = await finishedBackup();
    await until('the news of the next backup', () =>
      events.find(({ detail }) => JSON.stringify(detail).includes(next)),
    );
  });
});

describe('the KMS key is scheduled for deletion', () => {
  it('makes everything unreadable, decides nothing, and is undone by two commands', { timeout: 180_000 }, async () => {
    const KEY = world.cloud.outputs.KeyArn ?? '';
    const before = await world.record(backupId);
    const file = await world.clients.s3.send(new ListObjectsV2Command({ Bucket: world.bucket, MaxKeys: 1 }));
    const object = { Bucket: world.bucket, Key: file.Contents?.[0]?.Key ?? '' };
    await runCommands('aws kms schedule-key-deletion --key-id "$KEY" --pending-window-in-days 7', {
      ...endpointVariables(world.cloud.endpoints),
      KEY,
    });

    await expect(world.clients.s3.send(new GetObjectCommand(object))).rejects.toMatchObject({
      name: 'KMS.KMSInvalidStateException',
    });
    expect(await world.api(`GET /backups/${backupId}/evidence`)).toMatchObject({ status: 500, code: 20604 });
    expect(await world.api(`DELETE /backups/${backupId}`)).toMatchObject({ status: 500 });
    expect(await world.api(`POST /clusters/${targetId}/restore`, { backupId })).toMatchObject({ status: 500 });

    await follow('The KMS key is scheduled for deletion', { KEY });

    expect(await world.record(backupId)).toEqual(before);
    await expectDataBack();
  });

  it('stays disabled when only the deletion is cancelled', async () => {
    const commands = 'aws kms schedule-key-deletion --key-id "$KEY"\naws kms cancel-key-deletion --key-id "$KEY"';
    const variables = { ...endpointVariables(world.cloud.endpoints), KEY: world.cloud.outputs.KeyArn ?? '' };
    await runCommands(commands, variables);

    expect(await world.api(`GET /backups/${backupId}/evidence`)).toMatchObject({ status: 500 });

    await runCommands('aws kms enable-key --key-id "$KEY"', variables);
    expect(await world.api(`GET /backups/${backupId}/evidence`)).toMatchObject({ status: 200 });
  });
});
