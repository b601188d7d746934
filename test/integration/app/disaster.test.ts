import { DeleteTableCommand, ListTablesCommand, UpdateTableCommand } from '@aws-sdk/client-dynamodb';
import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BusEvent } from '../../../infra/local/aws/events/events.ts';
import type { TidbSandbox } from '../../../infra/local/tidb-sandbox/sandbox.ts';
import { commandsOf, endpointVariables, runCommands } from '../../support/documented-commands.ts';
import { appOfTenant } from '../support/app-of-tenant.ts';
import { ruleId } from '../support/rule-id.ts';
import { until } from '../support/until.ts';
import { type AppWorld, fill, sql, startAppWorld } from './app-world.ts';

const PAGE = 'docs/disaster-recovery.md';
const ALL_ROWS = 'SELECT * FROM shop.orders ORDER BY id';
/** A busy machine takes seconds to start a function, and a workflow needs several. */
const SECONDS = 60;

const OWNER = { accessKeyId: 'OWNER', secretAccessKey: 'owner' };
/** The account of the deployment. */
const ACCOUNT = '111122223333';
const allow = (...Action: string[]) => ({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` }, Action, Resource: '*' }],
});
const ALLOW_KEY = allow('kms:*');

/** The second copy, in another region and account, whose versions no one can delete. */
const COPY = {
  name: 'the-second-copy',
  region: 'eu-west-1',
  accountId: '444455556666',
  policy: {
    ...allow('s3:List*', 's3:Get*', 's3:ReplicateObject', 's3:ReplicateTags', 's3:ObjectOwnerOverrideToBucketOwner'),
  },
  keyArn: 'arn:aws:kms:eu-west-1:444455556666:key/the-second-copy',
  keyPolicy: ALLOW_KEY,
};

let world: AppWorld;
let source: TidbSandbox;
let target: TidbSandbox;
let sourceId: string;
let targetId: string;
/** One that finished before anything was lost. */
let backupId: string;
const events: BusEvent[] = [];
const denied: string[] = [];

beforeAll(async () => {
  const { name, region, accountId: account, keyArn } = COPY;
  const secondCopy = { bucketArn: `arn:aws:s3:::${name}`, region, account, keyArn, objectLock: false, lateHours: 24 };
  world = await startAppWorld({
    template: await appOfTenant({ secondCopy }),
    buckets: [COPY],
    replicationMs: () => 10,
    onEvent: (event) => events.push(event),
    // The other account is asked to delete its copy, and refuses.
    onDenied: (message) => denied.push(message),
  });
  [source, target] = [await world.sandbox(), await world.sandbox()];
  await fill(source, 64);
  [sourceId, targetId] = [await world.register(source), await world.register(target)];
  backupId = await finishedBackup();
}, 180_000);
afterAll(async () => {
  await world.stop();
  expect(denied.filter((message) => !message.includes('s3:DeleteObjectVersion'))).toEqual([]);
});

const untilFree = (clusterId: string) =>
  until(
    `the end of what holds ${clusterId}`,
    async () => ((await world.maintenanceOf(clusterId)) === '' ? true : undefined),
    SECONDS,
  );

async function finishedBackup(request: object = {}): Promise<string> {
  const { data } = await world.api('POST /backups', { clusterId: sourceId, backupMode: 'manual', ...request });
  const id = String(data.backupId);
  const { status, error } = await world.untilRecord(
    id,
    ({ status }) => ['Finished', 'Failed'].includes(status),
    SECONDS,
  );
  expect({ status, error }).toEqual({ status: 'Finished', error: undefined });
  await untilFree(sourceId);
  return id;
}

/** Restores the backup into the other cluster and compares every row. */
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

/** `field` and `reaches`, which the page's commands use. */
const FUNCTIONS = commandsOf(PAGE, 'The commands');

/** The page's instructions, applied to this cloud. */
async function follow(title: string, variables: Record<string, string>): Promise<string> {
  return await runCommands(FUNCTIONS + commandsOf(PAGE, title), {
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
  it('only after someone removes its protection, and is restored with every item', { timeout: 180_000 }, async () => {
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
    // Its stream reports what happens from now on.
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

  it('stays disabled if only the deletion is canceled', async () => {
    const commands = 'aws kms schedule-key-deletion --key-id "$KEY"\naws kms cancel-key-deletion --key-id "$KEY"';
    const variables = { ...endpointVariables(world.cloud.endpoints), KEY: world.cloud.outputs.KeyArn ?? '' };
    await runCommands(commands, variables);

    expect(await world.api(`GET /backups/${backupId}/evidence`)).toMatchObject({ status: 500 });

    await runCommands('aws kms enable-key --key-id "$KEY"', variables);
    expect(await world.api(`GET /backups/${backupId}/evidence`)).toMatchObject({ status: 200 });
  });
});

/** As a stack's own key allows its account's services: tables and secrets of the new deployment are encrypted with it, too. */
const DATA_KEY = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { AWS: '*' }, Action: 'kms:*', Resource: '*' }],
};

/** A bucket that is all that is left: the one retained by a deleted stack, or the second copy. */
const LEFT = 'what-is-left';
const LEFT_KEY = 'arn:aws:kms:us-east-1:111122223333:key/what-is-left';

/** The files of the backup. */
async function filesIn(bucket: string, region: string, id = backupId): Promise<{ Key: string; Body: Uint8Array }[]> {
  const endpoint = world.cloud.endpoints.s3;
  const client = new S3Client({ region, endpoint, forcePathStyle: true, credentials: OWNER, maxAttempts: 1 });
  try {
    const Prefix = `backups/${sourceId}/${id}/`;
    const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket: bucket, Prefix }));
    return await Promise.all(
      Contents.map(async ({ Key = '' }) => {
        const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key }));
        return { Key, Body: (await Body?.transformToByteArray()) ?? new Uint8Array() };
      }),
    );
  } finally {
    client.destroy();
  }
}

let recovery: AppWorld;
let scratch: TidbSandbox;
let scratchId: string;

/** The lost deployment's bucket with the backup, as the bucket of another deployment. */
async function takeOver(bucket: string, region: string, id = backupId): Promise<void> {
  const files = await filesIn(bucket, region, id);
  expect(files.length).toBeGreaterThan(2);
  for (const { Key, Body } of files) await recovery.clients.s3.send(new PutObjectCommand({ Bucket: LEFT, Key, Body }));
}

/** Runs the page's commands in that deployment, which is empty, compares every row, and empties it again. */
async function expectDataBackThere(id = backupId): Promise<void> {
  expect(await recovery.record(id)).toBeUndefined();
  const variables = { API: recovery.cloud.api, CLUSTER: scratchId, BACKUP: id };
  await runCommands(FUNCTIONS + commandsOf(PAGE, 'Take over a bucket'), variables);
  expect(await recovery.record(id)).toMatchObject({ status: 'Finished', clusterId: sourceId });
  expect(await sql(scratch, ALL_ROWS)).toEqual(await sql(source, ALL_ROWS));
  await sql(scratch, 'DROP DATABASE shop');
  await recovery.api(`DELETE /backups/${id}`);
  await recovery.untilGone(id, SECONDS);
}

/** Restores the second copy with the commands of the page, and compares every row. */
async function expectDataBackFromCopy(): Promise<void> {
  await sql(target, 'DROP DATABASE IF EXISTS shop');
  await follow('The bucket is emptied', { API: world.cloud.api, CLUSTER: targetId, BACKUP: backupId });
  expect(await sql(target, ALL_ROWS)).toEqual(await sql(source, ALL_ROWS));
  await untilFree(targetId);
}

describe('what is left elsewhere is restored', () => {
  beforeAll(async () => {
    recovery = await startAppWorld({
      template: await appOfTenant({ bucketName: LEFT, keyArn: LEFT_KEY }),
      buckets: [{ name: LEFT, region: 'us-east-1', keyArn: LEFT_KEY, keyPolicy: DATA_KEY }],
    });
    scratch = await recovery.sandbox();
    scratchId = await recovery.register(scratch);
    const [copies = ''] = functionNames(/CopiesFunction/);
    await world.cloud.invoke(copies, { time: new Date(Date.now() + 3_600_000).toISOString() });
    await until(
      'its copy',
      async () => ('copiedAt' in Object((await world.records(`backupId=${backupId}`))[0]) ? true : undefined),
      SECONDS,
    );
  }, 180_000);
  afterAll(() => recovery.stop());

  it('after the stack is deleted: the bucket and its key stay', { timeout: 120_000 }, async () => {
    await takeOver(world.bucket, 'us-east-1');
    await expectDataBackThere();
  });

  it('after a wrong retention rule has run: the other account deletes nothing', { timeout: 120_000 }, async () => {
    const doomed = await finishedBackup({ expireAt: new Date(Date.now() + 60_000).toISOString() });
    // Whatever the rule says, the newest one stays.
    await finishedBackup();
    const { length } = await filesIn(world.bucket, 'us-east-1', doomed);
    await until(
      'its copy',
      async () => ((await filesIn(COPY.name, COPY.region, doomed)).length >= length ? true : undefined),
      SECONDS,
    );

    await world.cloud.fireRule(await ruleId('RetentionRule'), new Date(Date.now() + 3_600_000));
    await until(
      'the end of its files',
      async () => ((await world.filesOf(doomed)).length === 0 ? true : undefined),
      SECONDS,
    );

    await takeOver(COPY.name, COPY.region, doomed);
    await expectDataBackThere(doomed);
  });

  it('after the region is down: the copy is in another', { timeout: 180_000 }, async () => {
    world.cloud.places.loseRegion('us-east-1');
    await expect(filesIn(world.bucket, 'us-east-1')).rejects.toMatchObject({ name: 'ServiceUnavailable' });
    // As long as only S3 is down, the deployment itself can restore.
    await expectDataBackFromCopy();
    await takeOver(COPY.name, COPY.region);
    world.cloud.places.regainRegion('us-east-1');

    await expectDataBackThere();
  });

  it('after the bucket is emptied for good: the deployment restores the copy itself', {
    timeout: 120_000,
  }, async () => {
    world.cloud.places.loseBucket(world.bucket);

    await expectDataBackFromCopy();
  });

  it('after the account is lost: bucket, key and tables are gone, and the copy needs none of them', {
    timeout: 120_000,
  }, async () => {
    await runCommands('aws kms schedule-key-deletion --key-id "$KEY" --pending-window-in-days 7', {
      ...endpointVariables(world.cloud.endpoints),
      KEY: world.cloud.outputs.KeyArn ?? '',
    });
    await expect(filesIn(world.bucket, 'us-east-1')).rejects.toMatchObject({ name: 'NoSuchBucket' });
    expect(await world.api(`GET /backups/${backupId}/evidence`)).toMatchObject({ status: 500 });

    await takeOver(COPY.name, COPY.region);
    await expectDataBackThere();
  });
});
