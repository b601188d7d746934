import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BackupRecord } from '../../../functions/domain/backup/backup-record.ts';
import { type BackupScope, scopeKey } from '../../../functions/domain/backup/backup-scope.ts';
import { ownBackups } from '../../../functions/domain/cluster/cluster.ts';
import { type NodeWorld, startNodeWorld, type TestCluster } from '../../support/node-world.ts';
import { runWorkflow } from '../../support/run-workflow.ts';
import { loadNodes } from '../../support/workflow-nodes.ts';

const BACKUP = 'backup-cluster.asl.json';
const RESTORE = 'restore-exist-cluster.asl.json';

let world: NodeWorld;
const later = new Map<string, () => void>();
let nodes: Awaited<ReturnType<typeof loadNodes>>;
beforeAll(async () => {
  world = await startNodeWorld();
  nodes = await loadNodes(world);
});
afterAll(() => world.stop());

interface Wanted {
  scope?: BackupScope;
  fallbackToFull?: boolean;
}

/** Takes a backup of this type; an incremental one is based on the newest of its scope. */
async function backUp(
  { clusterId }: TestCluster,
  backupType: 'full' | 'incr',
  wanted: Wanted = {},
): Promise<BackupRecord> {
  later.get(clusterId)?.();
  const backupId = randomUUID();
  const cluster = (await world.clusters.get(clusterId)) ?? expect.unreachable('it is registered');
  const base = await world.backups.newestOfScope(ownBackups(cluster), scopeKey(wanted.scope));
  const upon = backupType === 'incr' && base !== undefined ? { base } : {};
  const input = await world.accepted(clusterId, backupId, {}, { backupType, ...upon, ...wanted });
  if (backupType === 'incr' && base !== undefined) await world.backups.holdBase(base, backupId);
  await runWorkflow(BACKUP, input, nodes[BACKUP]);
  later.get(clusterId)?.();
  return (await world.backups.get(backupId)) ?? expect.unreachable('it has a record');
}

async function restore({ clusterId }: TestCluster, { backupId }: BackupRecord, scope?: BackupScope) {
  const workFlowId = randomUUID();
  const input = await world.acceptedRestore(clusterId, backupId, workFlowId);
  return await runWorkflow(RESTORE, { ...input, ...(scope && { scope }) }, nodes[RESTORE]);
}

async function run({ sql }: TestCluster, ...statements: string[]): Promise<void> {
  for (const statement of statements) await sql(statement);
}

/** A cluster with two databases and a full backup of it. More time passes between two backups than the uncertainty of DDL times in any release. */
async function prepare(version: string, scope?: BackupScope): Promise<TestCluster> {
  let ahead = 0;
  const cluster = await world.cluster({ version, clock: () => Date.now() + ahead });
  later.set(cluster.clusterId, () => {
    ahead += 2_000;
  });
  await run(
    cluster,
    'CREATE DATABASE shop',
    'CREATE DATABASE other',
    'CREATE TABLE shop.kept (id INT PRIMARY KEY, v VARCHAR(20))',
    "INSERT INTO shop.kept VALUES (1, 'one')",
    ...['a', 'b', 'c', 'd'].map((name) => `CREATE TABLE shop.${name} (id INT PRIMARY KEY, v VARCHAR(20))`),
    'CREATE TABLE shop.p (id INT) PARTITION BY RANGE (id) (PARTITION p0 VALUES LESS THAN (10), PARTITION p1 VALUES LESS THAN (20))',
    'INSERT INTO shop.p VALUES (1), (11)',
    'CREATE TABLE shop.n (id INT)',
    'INSERT INTO shop.n VALUES (15)',
    'CREATE TABLE other.x (id INT PRIMARY KEY)',
  );
  expect(await backUp(cluster, 'full', scope && { scope })).toMatchObject({ status: 'Finished' });
  return cluster;
}

const DROPS: [string, string[], RegExp][] = [
  ['DROP TABLE', ['DROP TABLE shop.a'], /drop table "shop\.a"/],
  ['DROP DATABASE', ['DROP DATABASE other'], /drop schema "other"/],
  [
    'a batch RENAME TABLE',
    ['RENAME TABLE shop.b TO shop.x, shop.c TO shop.b, shop.x TO shop.c'],
    /rename tables "shop\./,
  ],
  ['a move to another database', ['CREATE DATABASE new', 'RENAME TABLE shop.d TO new.d'], /rename table "new\.d"/],
];
const BACKFILLS: [string, string[], RegExp][] = [
  ['ADD INDEX', ['ALTER TABLE shop.kept ADD INDEX i (v)'], /add index "shop\.kept": from TiDB 8\.3 on/],
  ['MODIFY COLUMN', ['ALTER TABLE shop.kept MODIFY COLUMN v VARCHAR(40)'], /modify column "shop\.kept"/],
  [
    'REORGANIZE PARTITION',
    ['ALTER TABLE shop.p REORGANIZE PARTITION p0, p1 INTO (PARTITION q VALUES LESS THAN (20))'],
    /alter table reorganize partition "shop\.p"/,
  ],
  ['ADD INDEX among others', ['ALTER TABLE shop.kept ADD COLUMN m INT, ADD INDEX j (m)'], /add index "shop\.kept"/],
];

describe('an incremental backup', () => {
  // One kind of each where the newest release has all: which release refuses what is for ddl-since-base.test.ts.
  it.each([
    ['8.1', DROPS.slice(0, 1)],
    ['8.3', BACKFILLS.slice(0, 1)],
    ['8.5', [...DROPS, ...BACKFILLS]],
  ])(
    'on TiDB %s is refused over DDL that cannot be restored, and becomes a full one if it may',
    async (version, kinds) => {
      const source = await prepare(version);
      for (const [, ddl, reason] of kinds) {
        await run(source, ...ddl);
        expect(await backUp(source, 'incr')).toMatchObject({
          status: 'Failed',
          error: { code: 20610, message: expect.stringMatching(new RegExp(`^BaseUnfit: .*${reason.source}`)) },
        });
        const full = await backUp(source, 'incr', { fallbackToFull: true });
        expect(full).toMatchObject({
          status: 'Finished',
          backupType: 'full',
          fullBecause: expect.stringMatching(new RegExp(`^BaseUnfit: .*${reason.source}`)),
        });
        expect(full).not.toHaveProperty('base');
      }
      // The last full one is the base of the next.
      const next = await backUp(source, 'incr');
      expect(next).toMatchObject({ status: 'Finished', backupType: 'incr' });
      const target = await world.cluster({ version });
      expect(await restore(target, next)).not.toHaveProperty('error');
      expect(await tables(target)).toEqual(await tables(source));
    },
  );

  it.each(['8.1', '8.5'])(
    'on TiDB %s stays incremental over all other DDL, and restores what was backed up',
    async (version) => {
      const source = await prepare(version);
      await run(
        source,
        'ALTER TABLE shop.kept ADD COLUMN n INT DEFAULT 7',
        "INSERT INTO shop.kept VALUES (2, 'two', 8)",
        'RENAME TABLE shop.a TO shop.e',
        'INSERT INTO shop.e VALUES (1, NULL)',
        'TRUNCATE TABLE shop.b',
        'DROP TABLE shop.c',
        'CREATE TABLE shop.c (other INT)',
        'INSERT INTO shop.c VALUES (5)',
        'CREATE TABLE shop.passing (id INT)',
        'ALTER TABLE shop.passing ADD INDEX i (id)',
        'DROP TABLE shop.passing',
      );
      if (version === '8.1') await run(source, ...BACKFILLS.flatMap(([, ddl]) => ddl));
      const link = await backUp(source, 'incr');
      expect(link).toMatchObject({ status: 'Finished', backupType: 'incr' });
      const target = await world.cluster({ version });

      expect(await restore(target, link)).not.toHaveProperty('error');

      const names = await tables(source);
      expect(await tables(target)).toEqual(names);
      for (const name of names) {
        expect(await target.sql(`SELECT * FROM ${name}`)).toEqual(await source.sql(`SELECT * FROM ${name}`));
      }
    },
  );

  it('of a scope depends only on the DDL in it', async () => {
    const scope = { databases: ['shop'] };
    const source = await prepare('8.5', scope);
    await run(source, 'CREATE INDEX i ON other.x (id)', 'RENAME TABLE other.x TO other.y', 'DROP DATABASE other');
    expect(await backUp(source, 'incr', { scope })).toMatchObject({ status: 'Finished', backupType: 'incr' });

    await run(source, 'CREATE DATABASE other', 'RENAME TABLE shop.a TO other.a');

    expect(await backUp(source, 'incr', { scope })).toMatchObject({
      error: { message: expect.stringMatching(/rename table "other\.a": it left the scope of the backup/) },
    });
  });

  it('is restored in part only into an empty cluster', async () => {
    const source = await prepare('8.5');
    const link = await backUp(source, 'incr');
    const full = (await world.backups.get(link.base?.backupId ?? '')) ?? expect.unreachable('it builds on one');
    const target = await world.cluster();
    await run(target, 'CREATE DATABASE mine', 'CREATE TABLE mine.t (id INT)');
    const part = { tables: ['shop.kept'] };

    const { error, cause } = await restore(target, link, part);

    expect(error).toBe('TablesInTheWay');
    expect(cause).toMatch(/only into an empty cluster, .* holds 1 tables, such as .*mine\.t/);
    expect(await restore(target, full, part)).not.toHaveProperty('error');
    await run(target, 'DROP DATABASE mine', 'DROP DATABASE shop');
    expect(await restore(target, link, part)).not.toHaveProperty('error');
  });

  it('is refused if its files are missing', async () => {
    const source = await prepare('8.5');
    const first = await backUp(source, 'incr');
    await world.files.removeAll(first.location);
    expect(await backUp(source, 'incr')).toMatchObject({
      status: 'Failed',
      error: { code: 20610, message: expect.stringMatching(/^BaseGone: the base backup .*no file is in s3:/) },
    });
    expect(await backUp(source, 'incr', { fallbackToFull: true })).toMatchObject({ backupType: 'full' });
  });

  it('ends before DDL that comes while its BACKUP waits', async () => {
    const source = await prepare('8.5');
    source.sandbox.setFaults([{ match: '^BACKUP', action: 'delay', delayMs: 1_000 }]);
    const running = backUp(source, 'incr');
    await expect.poll(() => isSent(source)).toBe(true);
    await run(source, 'DROP TABLE shop.a');
    const link = await running;
    source.sandbox.setFaults([]);
    expect(link).toMatchObject({ status: 'Finished', backupType: 'incr' });
    const target = await world.cluster();
    expect(await restore(target, link)).not.toHaveProperty('error');
    expect(await tables(target)).toContain('shop.a');
    expect(await backUp(source, 'incr')).toMatchObject({ error: { message: expect.stringMatching(/drop table/) } });
  });

  it('is refused after a RESTORE into the cluster, whose rows it would not include', async () => {
    const source = await prepare('8.5');
    const full = await backUp(source, 'full', { scope: { tables: ['shop.kept'] } });
    await run(source, 'RENAME TABLE shop.kept TO shop.former');
    const second = await backUp(source, 'full');
    expect(second).toMatchObject({ status: 'Finished' });
    expect(await restore(source, full)).not.toHaveProperty('error');
    expect(await backUp(source, 'incr')).toMatchObject({
      error: { message: expect.stringMatching(/create tables "shop\.kept": RESTORE wrote rows older/) },
    });
  });
});

async function isSent({ sql }: TestCluster): Promise<boolean> {
  const rows = await sql("SELECT ID FROM information_schema.processlist WHERE INFO LIKE 'BACKUP%'");
  return rows.length > 0;
}

async function tables({ sql }: TestCluster): Promise<string[]> {
  const rows = await sql(
    "SELECT TABLE_SCHEMA AS d, TABLE_NAME AS t FROM information_schema.tables WHERE TABLE_SCHEMA IN ('shop', 'other', 'new')",
  );
  return rows.map(({ d, t }) => `${d}.${t}`).sort();
}
