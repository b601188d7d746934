import { randomUUID } from 'node:crypto';
import { DeleteObjectCommand, GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { attemptLocation } from '../../../functions/domain/backup/backup-record.ts';
import type { BackupScope } from '../../../functions/domain/backup/backup-scope.ts';
import type { OperationInput } from '../../../functions/domain/workflow/workflow.ts';
import type { SandboxOptions } from '../../../infra/local/tidb-sandbox/sandbox.ts';
import { contextWith, loadSample, type NodeWorld, startNodeWorld, type TestCluster } from '../../support/node-world.ts';
import { CREATED } from '../../support/records.ts';

let world: NodeWorld;
beforeAll(async () => {
  world = await startNodeWorld();
});
afterAll(() => world.stop());

/** A cluster with one table, beside the empty database that every cluster has. */
async function aSource(options: SandboxOptions): Promise<TestCluster> {
  const source = await world.cluster(options);
  await source.sql('CREATE DATABASE shop');
  await source.sql('CREATE TABLE shop.orders (id INT PRIMARY KEY)');
  await source.sql('INSERT INTO shop.orders VALUES (1), (2)');
  return source;
}

async function backedUp({ clusterId }: TestCluster): Promise<string> {
  const backupId = randomUUID();
  const input = await world.accepted(clusterId, backupId);
  const backup = await world.handlers.backup(input, contextWith());
  await world.handlers.updateBackupRecord({ ...input, backup });
  await world.handlers.backupEnd({ ...input, backup });
  return backupId;
}

/** As its workflow does it, including its node `fail` when needed. */
async function restore(
  { clusterId }: TestCluster,
  backupId: string,
  wanted: Partial<OperationInput> = {},
  context = contextWith(),
) {
  const input = { ...(await world.acceptedRestore(clusterId, backupId, `restore-${randomUUID()}`)), ...wanted };
  try {
    const outcome = await world.handlers.restoreFromSrcCluster(input, context);
    await world.handlers.restoreEnd({ ...input, restore: outcome });
    return outcome;
  } catch (error) {
    const failure = error instanceof Error ? error : new Error(String(error));
    const caught = { Error: failure.name, Cause: JSON.stringify({ errorMessage: failure.message }) };
    await world.handlers.restoreFail({ ...input, error: caught }).catch(() => undefined);
    throw failure;
  }
}

async function usersOf({ sql }: TestCluster): Promise<unknown[]> {
  return (await sql('SELECT User FROM mysql.user')).map(({ User }) => User);
}

describe.each(['6.5', '7.1', '7.5', '7.6', '8.1', '8.2', '8.5.0', '8.5.5'])('a restore on TiDB %s', (version) => {
  let source: TestCluster;
  let backupId: string;
  beforeAll(async () => {
    source = await aSource({ version });
    await source.sql("CREATE USER 'of_the_backup' IDENTIFIED BY ''");
    backupId = await backedUp(source);
  });

  it('leaves users and grants of the cluster alone', async () => {
    const target = await world.cluster({ version });
    await target.sql("CREATE USER 'of_the_cluster' IDENTIFIED BY ''");
    const before = await usersOf(target);

    const { backupTso } = await restore(target, backupId);

    expect(await target.sql('SELECT id FROM shop.orders')).toHaveLength(2);
    expect(await usersOf(target)).toEqual(before);
    expect(await world.backups.get(backupId)).toMatchObject({
      backupTso,
      tidbVersion: `v${version}${version.split('.').length === 2 ? '.0' : ''}`,
    });
  });

  it('refuses what the backup does not contain', async () => {
    const target = await world.cluster({ version });
    for (const scope of [{ databases: ['crm'] }, { tables: ['shop.items'] }] satisfies BackupScope[]) {
      await expect(restore(target, backupId, { scope })).rejects.toMatchObject({ name: 'ScopeNotFound' });
    }
    expect(await target.sql("SHOW DATABASES LIKE 'crm'")).toEqual([]);
  });

  it('names tables in its way', async () => {
    const target = await world.cluster({ version });
    await target.sql('CREATE DATABASE Shop');
    await target.sql('CREATE TABLE Shop.ORDERS (id INT PRIMARY KEY)');

    await expect(restore(target, backupId)).rejects.toMatchObject({
      name: 'TablesInTheWay',
      message: expect.stringContaining('"Shop.ORDERS"'),
    });
  });

  it('creates an empty database on request', async () => {
    const target = await world.cluster({ version });
    await target.sql('DROP DATABASE test');

    expect(await restore(target, backupId, { scope: { databases: ['test'] } })).toMatchObject({
      emptyDatabases: ['test'],
    });
    expect(await target.sql("SHOW DATABASES LIKE 'test'")).toHaveLength(1);
  });
});

describe.each(['7.6', '8.1', '8.2', '8.5.5'])('a restore with system tables on TiDB %s', (version) => {
  const GRANTS = "BACKUP_ADMIN, RESTORE_ADMIN, CONNECTION_ADMIN, PROCESS, SELECT ON *.* TO 'service'";

  it.each([
    ['the account of the cluster still works', 'ours', { works: true }],
    [
      'it does not',
      'theirs',
      { works: false, reason: expect.stringContaining('register the cluster with an account') },
    ],
  ])('restores users and grants, and says where %s', async (_, theirPassword, account) => {
    const source = await aSource({ version });
    await source.sql(`CREATE USER 'service' IDENTIFIED BY '${theirPassword}'`);
    await source.sql(`GRANT ${GRANTS}`);
    const backupId = await backedUp(source);
    const secretArn = await world.secrets.keep(JSON.stringify({ username: 'service', password: 'ours' }));
    const target = await world.cluster({ version }, { account: { secretArn, managed: false } });
    await target.sql("CREATE USER 'service' IDENTIFIED BY 'ours'");
    await target.sql(`GRANT ${GRANTS}`);

    await expect(restore(target, backupId, { withSystemTables: true })).resolves.toMatchObject({ account });

    expect(await target.sql('SELECT id FROM shop.orders')).toHaveLength(2);
  });
});

it('a restore with system tables is refused before TiDB 7.6', async () => {
  const source = await aSource({ version: '7.5' });
  const backupId = await backedUp(source);

  await expect(
    restore(await world.cluster({ version: '7.5' }), backupId, { withSystemTables: true }),
  ).rejects.toMatchObject({ name: 'ClusterIncompatible' });
});

describe.each(['7.1', '8.5'])('a backup of TiDB %s', (version) => {
  const OTHER = Buffer.from('{"not": "protobuf"}');

  it.each<[string, (bytes: Buffer) => Buffer | undefined]>([
    ['has no backupmeta', () => undefined],
    ['has an empty one', () => Buffer.alloc(0)],
    ['has a truncated one', (bytes) => bytes.subarray(0, bytes.length - 3)],
    ['has another file instead', () => OTHER],
  ])('that %s is refuted by a restore, and no longer verified', async (_, damage) => {
    const backupId = await backedUp(await aSource({ version }));
    await verified(backupId);
    await changeFile(backupId, /backupmeta$/, damage);

    await expect(restore(await world.cluster({ version }), backupId)).rejects.toHaveProperty(
      'name',
      'BackupNotRestorable',
    );

    await expectRefuted(backupId);
  });

  it.each<[string, (bytes: Buffer) => Buffer | undefined]>([
    ['lacks a file', () => undefined],
    ['has a changed one', () => OTHER],
  ])('that %s is not refuted', async (_, damage) => {
    const backupId = await backedUp(await aSource({ version }));
    await verified(backupId);
    await changeFile(backupId, /_write\.sst$/, damage);

    await expect(restore(await world.cluster({ version }), backupId)).rejects.toHaveProperty(
      'name',
      'BackupNotRestorable',
    );

    await expectRefuted(backupId);
  });
});

describe.each([
  ['6.5', 0],
  ['7.5.5', 0],
  ['8.5.0', 1],
  ['8.5.5', 2],
])('an interrupted restore on TiDB %s', (version, leftovers) => {
  it('reports its leftovers, is refused while they exist, and works once they are removed as reported', async () => {
    const source = await world.cluster({ version });
    await loadSample(source);
    const backupId = await backedUp(source);
    const target = await world.cluster({ version, faults: [{ throttleMiBPerSecond: 0.5 }] });

    // Half a minute of it is reserved for ending the statement.
    const cutOff = await restore(target, backupId, {}, contextWith(32_000)).catch((error: unknown) => error);
    target.sandbox.setFaults([]);

    expect(cutOff).toMatchObject({ name: 'OutOfTime', message: expect.stringMatching(/it left .*"/) });
    await expect(restore(target, backupId)).rejects.toMatchObject({
      name: expect.stringMatching(/^(RestoreLeftovers|TablesInTheWay)$/),
    });
    await target.sql('DROP DATABASE shop');
    const steps = stepsIn(await restore(target, backupId).catch((error: unknown) => error));
    expect(steps.filter((step) => !/_mysql|_sys/.test(step))).toHaveLength(leftovers);
    for (const step of steps) await target.sql(step);
    if (steps.length > 0) await restore(target, backupId);

    for (const table of ['orders', 'bulk']) {
      const count = `SELECT COUNT(*) AS n FROM shop.${table}`;
      expect(await target.sql(count)).toEqual(await source.sql(count));
    }
  });
});

/** The SQL in a refusal. */
function stepsIn(refusal: unknown): string[] {
  const text = refusal instanceof Error ? refusal.message : '';
  return text.match(/DROP DATABASE `[^`]+`|DELETE FROM mysql\.tidb_restore_registry WHERE id IN \([\d, ]+\)/g) ?? [];
}

describe('a cluster that does not fit a backup', () => {
  it.each<[string, SandboxOptions, RegExp]>([
    ['has other collations', { version: '8.5', newCollation: false }, /^new_collation_enabled is false in the cluster/],
    ['is of an older version', { version: '7.5' }, /^the backup is of TiDB v8\.5\.0, but the cluster is v7\.5\.0/],
  ])('is refused because it %s', async (_, options, message) => {
    const backupId = await backedUp(await aSource({ version: '8.5' }));

    await expect(restore(await world.cluster(options), backupId)).rejects.toMatchObject({
      name: 'ClusterIncompatible',
      message: expect.stringMatching(message),
    });
  });

  it.each([{ logBackupTask: 'pitr' }, { changefeed: 'to-kafka' }])(
    'is refused while it is replicated: %j is named, with what ends it',
    async (fault) => {
      const backupId = await backedUp(await aSource({ version: '8.5' }));
      const target = await world.cluster({ version: '8.5', faults: [fault] });

      await expect(restore(target, backupId)).rejects.toMatchObject({
        name: 'ReplicationRunning',
        message: expect.stringMatching(/br log stop|cdc cli changefeed remove/),
      });
    },
  );
});

async function verified(backupId: string): Promise<void> {
  const evidence = { workFlowId: 'drill-1', time: CREATED, result: 'passed', tables: 1, rows: '2' } as const;
  await world.backups.recordDrill(backupId, {
    ...{ evidence: { ...evidence, mismatches: [], assertions: [] }, verdict: 'verified' },
    ...{ recoverySeconds: 1, at: CREATED },
  });
}

async function expectRefuted(backupId: string): Promise<void> {
  const record = await world.backups.get(backupId);
  expect(record).toMatchObject({
    evidence: { result: 'failed', reason: expect.stringMatching(/^BackupNotRestorable: /) },
  });
  expect(record).not.toHaveProperty('verifiedAt');
}

/** Replaces a file of the backup; `undefined` removes it. */
async function changeFile(
  backupId: string,
  pattern: RegExp,
  change: (bytes: Buffer) => Buffer | undefined,
): Promise<void> {
  const record = await world.backups.get(backupId);
  if (record?.status !== 'Finished') throw new Error('it is to be finished');
  const location = attemptLocation(record, record.finishedAttempt);
  if (location.type !== 's3') throw new Error('it is to be on S3');
  const { client } = world.s3;
  const own = (await world.s3.keys(world.bucket)).filter((key) => key.startsWith(`${location.prefix}/`));
  for (const Key of own.filter((key) => pattern.test(key))) {
    const at = { Bucket: world.bucket, Key };
    const { Body } = await client.send(new GetObjectCommand(at));
    const changed = change(Buffer.from((await Body?.transformToByteArray()) ?? []));
    if (changed === undefined) await client.send(new DeleteObjectCommand(at));
    else await client.send(new PutObjectCommand({ ...at, Body: changed }));
  }
}
