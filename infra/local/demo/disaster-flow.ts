import { setTimeout as sleep } from 'node:timers/promises';
import {
  CreateTableCommand,
  DeleteTableCommand,
  DescribeTableCommand,
  DynamoDBClient,
  ListTablesCommand,
  UpdateTableCommand,
} from '@aws-sdk/client-dynamodb';
import {
  DeleteObjectCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import type { Connection } from 'mysql2/promise';
import type { BackupRecord } from '../../../clients/typescript/api.ts';
import type { Client } from '../../../clients/typescript/client.ts';
import type { LocalCloud } from '../local-cloud.ts';
import { tikvAccessKeyId } from '../tikv-role.ts';
import { differences, fingerprint, type TableFingerprint } from './fingerprint.ts';
import { connect, type DemoCluster, timed } from './flow.ts';
import type { Shown } from './full-flow.ts';
import { poll } from './poll.ts';
import { dropSampleData, loadSampleData, SAMPLE_TABLES } from './sample-data.ts';
import { backUp, findBackup, restoreInto, untilFinished } from './service.ts';

export interface DisasterDemo {
  readonly cloud: LocalCloud;
  readonly api: Client;
  readonly source: DemoCluster;
  readonly target: DemoCluster;
  /** Share of the sample. */
  readonly scale: number;
  /** Runs the check for second copies now. */
  readonly findCopies: () => Promise<void>;
  readonly onStep: (what: string) => void;
}

/** Shared by the disasters: one backup and its contents. */
interface Scene extends DisasterDemo {
  readonly backup: BackupRecord;
  readonly expected: readonly TableFingerprint[];
  readonly targetDb: Connection;
}

/** Beside the files of each finished backup. */
const MANIFEST = 'tidb-backup-manifest.json';

/**
 * Loses the table of records, then lets the database's own role encrypt the backup, then loses the bucket; and recovers every row each
 * time.
 * @param onShown called when each disaster is over
 */
export async function runDisasterDemo(demo: DisasterDemo, onShown: (shown: Shown) => void): Promise<void> {
  const { api, source, target, scale, onStep } = demo;
  const sourceDb = await connect(source);
  const targetDb = await connect(target);
  try {
    onStep('Loading the sample, and backing it up');
    await loadSampleData(sourceDb, scale);
    const backup = await backUp(api, { clusterId: source.clusterId });
    const scene = { ...demo, backup, expected: await fingerprint(sourceDb, SAMPLE_TABLES), targetDb };
    onStep('Waiting for its manifest');
    await poll('the manifest', async () =>
      (await keysOf(scene)).some((key) => key.endsWith(MANIFEST)) ? true : undefined,
    );
    onShown(await showTableGone(scene));
    onStep('Backing up again');
    onShown(await showRansomware({ ...scene, backup: await backUp(api, { clusterId: source.clusterId }) }));
    onShown(await showBucketGone(scene));
  } finally {
    await Promise.all([sourceDb.end(), targetDb.end()]);
  }
}

async function showTableGone(scene: Scene): Promise<Shown> {
  const { api, backup, onStep } = scene;
  onStep('Deleting the table of all records, and importing them from the bucket');
  const refusal = await loseTable(scene);
  const lost = await findBackup(api, backup.id);
  const { workFlowId } = await api.call('POST /backups/import');
  const [, seconds] = await timed(() => untilFinished(api, 'import', workFlowId));
  const { counts } = await api.call('GET /workflow/{workFlowId}/import', { path: { workFlowId } });
  const back = await dataBack(scene);
  return {
    title: 'The table of records is deleted: every backup has a manifest beside its files',
    facts: [
      ['first try', refusal],
      ['then', 'protection off, table deleted, an empty one in its place'],
      ['imported', `${counts.imported} backup in ${seconds.toFixed(1)} s`],
      ...back.facts,
    ],
    wrong: [
      ...(lost === undefined ? [] : ['the record outlived its table']),
      ...(counts.imported === 1 ? [] : [`${counts.imported} backups were imported`]),
      ...back.wrong,
    ],
  };
}

/** Deletes the table and creates an empty one, as a redeployment does. @returns how DynamoDB refused the first attempt */
async function loseTable({ cloud }: Scene): Promise<string> {
  const { endpoints, region } = cloud;
  const client = new DynamoDBClient({ endpoint: endpoints.dynamodb, region, credentials: OWNER });
  try {
    const { TableNames = [] } = await client.send(new ListTablesCommand({}));
    const TableName = TableNames.find((name) => name.includes('TablesBackups'));
    const { Table } = await client.send(new DescribeTableCommand({ TableName }));
    const refusal = await client.send(new DeleteTableCommand({ TableName })).then(
      () => 'was not refused',
      (error: Error) => error.message,
    );
    await client.send(new UpdateTableCommand({ TableName, DeletionProtectionEnabled: false }));
    await client.send(new DeleteTableCommand({ TableName }));
    const { AttributeDefinitions, KeySchema, GlobalSecondaryIndexes } = Table ?? {};
    const indexes = GlobalSecondaryIndexes?.map(({ IndexName, KeySchema, Projection }) => ({
      IndexName,
      KeySchema,
      Projection,
    }));
    await client.send(
      new CreateTableCommand({
        ...{ TableName, AttributeDefinitions, KeySchema, GlobalSecondaryIndexes: indexes },
        BillingMode: 'PAY_PER_REQUEST',
      }),
    );
    return refusal;
  } finally {
    client.destroy();
  }
}

async function showRansomware(scene: Scene): Promise<Shown> {
  const { api, cloud, backup, onStep } = scene;
  onStep("With the role of a TiKV node: encrypting and deleting the backup's files");
  // S3 dates versions in whole seconds: within the second in which the backup ends, its own version cannot be told from others.
  await sleep(1_500);
  const attacker = s3Of(cloud, tikvAccessKeyId('1'));
  const keys = await keysOf(scene);
  const outcomes = { overwritten: 0, deleted: 0, refused: 0 };
  const { Bucket } = placeOf(backup);
  const attempt = async (what: 'overwritten' | 'deleted', work: Promise<unknown>) => {
    outcomes[
      await work.then(
        () => what,
        () => 'refused' as const,
      )
    ] += 1;
  };
  for (const Key of keys) {
    await attempt('overwritten', attacker.send(new PutObjectCommand({ Bucket, Key, Body: 'pay us' })));
    await attempt('deleted', attacker.send(new DeleteObjectCommand({ Bucket, Key })));
  }
  const versions = await versionsOf(scene);
  let versionsLost = 0;
  for (const { Key, VersionId } of versions) {
    const gone = attacker.send(new DeleteObjectCommand({ Bucket, Key, VersionId }));
    versionsLost += await gone.then(
      () => 1,
      () => 0,
    );
  }
  attacker.destroy();
  const left = await keysOf(scene);
  onStep('Undeleting the backup');
  const { workFlowId } = await api.call('POST /backups/{backupId}/undelete', { path: { backupId: backup.id } });
  const [, seconds] = await timed(() => untilFinished(api, 'undelete', workFlowId));
  const back = await dataBack(scene);
  return {
    title: "Ransomware with the database's role cannot reach earlier versions",
    facts: [
      ['files', `${keys.length}, of which ${left.length} remain`],
      ['calls', `${outcomes.overwritten} overwrote, ${outcomes.deleted} deleted, ${outcomes.refused} were refused`],
      ['versions', `${versions.length}, of which it deleted ${versionsLost}`],
      ['undeleted in', `${seconds.toFixed(1)} s`],
      ...back.facts,
    ],
    wrong: [...(versionsLost === 0 ? [] : [`${versionsLost} versions were deleted`]), ...back.wrong],
  };
}

async function showBucketGone(scene: Scene): Promise<Shown> {
  const { cloud, api, backup, onStep, findCopies } = scene;
  const { copyPath = 'none' } = await poll('the second copy', async () => {
    await findCopies();
    const record = await findBackup(api, backup.id);
    return record?.copiedAt === undefined ? undefined : record;
  });
  onStep('Losing the bucket, and restoring from the second copy');
  const { Bucket } = placeOf(backup);
  cloud.places.loseBucket(Bucket);
  const back = await dataBack(scene, { source: 'copy' });
  return {
    title: 'The bucket is lost: the backup is restored from its second copy',
    facts: [['lost', `s3://${Bucket}`], ['copy', copyPath], ...back.facts],
    wrong: back.wrong,
  };
}

/** Restores the backup into the other cluster and compares every row. */
async function dataBack(
  { api, target, targetDb, backup, expected }: Scene,
  from: object = {},
): Promise<Pick<Shown, 'facts' | 'wrong'>> {
  const [, seconds] = await timed(() => restoreInto(api, target.clusterId, { backupId: backup.id, ...from }));
  const wrong = differences(expected, await fingerprint(targetDb, SAMPLE_TABLES));
  await dropSampleData(targetDb);
  return {
    facts: [
      ['restored in', `${seconds.toFixed(1)} s`],
      ['compared', `all ${expected.length} tables, row by row`],
    ],
    wrong,
  };
}

const OWNER = { accessKeyId: 'demo', secretAccessKey: 'demo' };

function s3Of({ endpoints, region }: LocalCloud, accessKeyId: string): S3Client {
  const credentials = { accessKeyId, secretAccessKey: 'demo' };
  return new S3Client({ endpoint: endpoints.s3, region, forcePathStyle: true, credentials, maxAttempts: 1 });
}

function placeOf({ filePath }: BackupRecord): { Bucket: string; Prefix: string } {
  const [, Bucket = '', Prefix = ''] = /^s3:\/\/([^/]+)\/(.+)$/.exec(filePath) ?? [];
  return { Bucket, Prefix: `${Prefix}/` };
}

async function keysOf({ cloud, backup }: Scene): Promise<string[]> {
  const client = s3Of(cloud, OWNER.accessKeyId);
  const { Contents = [] } = await client.send(new ListObjectsV2Command(placeOf(backup)));
  client.destroy();
  return Contents.map(({ Key = '' }) => Key);
}

async function versionsOf({
  cloud,
  backup,
}: Scene): Promise<{ Key: string | undefined; VersionId: string | undefined }[]> {
  const client = s3Of(cloud, OWNER.accessKeyId);
  const { Versions = [] } = await client.send(new ListObjectVersionsCommand(placeOf(backup)));
  client.destroy();
  return Versions.map(({ Key, VersionId }) => ({ Key, VersionId }));
}
