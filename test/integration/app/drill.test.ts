import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DrillFailure, Evidence } from '../../../functions/domain/backup/verification.ts';
import { until } from '../support/until.ts';
import { type AppRecord, type AppWorld, sharedAppWorld, sql } from './app-world.ts';

/** For what takes some seconds on an idle machine. */
const PATIENCE_SECONDS = 90;

interface DrilledRecord extends AppRecord {
  checksums?: { tables?: number; missing?: string };
  verifiedAt?: string;
  recoverySeconds?: number;
  evidence?: Evidence;
  lastFailure?: DrillFailure;
}

let world: AppWorld;
let clusterId: string;
let source: Awaited<ReturnType<AppWorld['sandbox']>>;

beforeAll(async () => {
  world = await sharedAppWorld();
  source = await world.sandbox();
  await sql(
    source,
    'CREATE DATABASE shop',
    'CREATE TABLE shop.orders (id INT PRIMARY KEY, note VARCHAR(40))',
    "INSERT INTO shop.orders VALUES (1, 'first'), (2, 'of a customer who wants no publicity'), (3, NULL)",
    'CREATE TABLE shop.empty (id INT PRIMARY KEY)',
  );
  clusterId = await world.register(source);
}, 180_000);
afterAll(() => world.stop());

async function noted(wanted: object = {}): Promise<string> {
  // A backup finishes a moment before it releases its cluster.
  await expect.poll(() => world.maintenanceOf(clusterId), { timeout: PATIENCE_SECONDS * 1_000 }).toBe('');
  const { code, message, data } = await world.api('POST /backups', { clusterId, checksums: true, ...wanted });
  if (code !== 0) throw new Error(message);
  await world.untilRecord(String(data.backupId), ({ status }) => status === 'Finished', PATIENCE_SECONDS);
  return String(data.backupId);
}

interface Detail {
  info: { name: string; status: string; bizId: string; newCluster: { fate: string } };
  nodes: { name: string; parameters: string }[];
  nodeNames: string[];
}

async function drilled(backupId: string, body: object = {}) {
  const { code, message, data } = await world.api(`POST /backups/${backupId}/drill`, body);
  if (code !== 0) throw new Error(message);
  const detail = await until(
    'the end of the drill',
    async () => {
      const answer = (await world.api(`GET /workflow/${data.workFlowId}`)).data as unknown as Detail;
      return ['Finished', 'Error'].includes(answer.info.status) ? answer : undefined;
    },
    PATIENCE_SECONDS,
  );
  const [record] = (await world.records(`backupId=${backupId}`)) as DrilledRecord[];
  return { ...detail, workFlowId: String(data.workFlowId), record };
}

/** Nothing of a drill is left, whatever its outcome. */
async function assertNothingLeft({ nodes, info }: Detail): Promise<void> {
  expect(info.newCluster.fate).toBe('destroyed');
  const { clusterId: throwaway } = JSON.parse(nodes[0]?.parameters ?? '{}');
  expect(await world.api(`GET /clusters/${throwaway}`)).toMatchObject({ status: 404 });
  expect(await world.maintenanceOf(clusterId)).toBe('');
}

/** Changes a file of a backup. */
async function tamper(backupId: string, name: RegExp, change: (content: Buffer) => Buffer | string): Promise<void> {
  const Key = (await world.filesOf(backupId)).find((key) => name.test(key));
  const { Body } = await world.clients.s3.send(new GetObjectCommand({ Bucket: world.bucket, Key }));
  const content = Buffer.from((await Body?.transformToByteArray()) ?? []);
  await world.clients.s3.send(new PutObjectCommand({ Bucket: world.bucket, Key, Body: change(content) }));
}

describe('a drill', () => {
  it('of a good backup verifies it, and leaves only the evidence', async () => {
    const backupId = await noted();
    expect(((await world.record(backupId)) as DrilledRecord).checksums).toEqual({
      tables: 2,
      comparison: 'rowsAndKeyValues',
    });

    const drill = await drilled(backupId, { assertions: ['SELECT COUNT(*) = 3 FROM shop.orders'] });

    expect(drill.info).toMatchObject({ name: 'RestoreDrill', status: 'Finished', bizId: clusterId });
    expect(drill.nodeNames).toEqual(['createCluster', 'waitClusterReady', 'restoreNewCluster', 'verifyRestore', 'end']);
    expect(drill.record).toMatchObject({ status: 'Finished', verifiedAt: drill.record?.evidence?.time });
    expect(drill.record?.recoverySeconds).toBeGreaterThan(0);
    expect(drill.record?.evidence).toEqual({
      workFlowId: drill.workFlowId,
      time: expect.any(String),
      result: 'passed',
      comparison: 'rowsAndKeyValues',
      tables: 2,
      rows: '3',
      mismatches: [],
      assertions: [{ assertion: 'SELECT COUNT(*) = 3 FROM shop.orders', passed: true }],
      provisioningSeconds: expect.any(Number),
    });
    const { data } = await world.api(`GET /backups/${backupId}/evidence`);
    expect(data.drillTables).toMatchObject({ tables: [{ outcome: 'equal' }, { outcome: 'equal' }] });
    await assertNothingLeft(drill);
    expect((await world.api(`GET /workflow?bizId=${clusterId}&flowName=RestoreDrill`)).data.workFlows).toHaveLength(1);
    expect((await world.api(`DELETE /backups/${backupId}`)).code).toBe(0);
    await world.untilGone(backupId, PATIENCE_SECONDS);
    expect(await world.filesOf(backupId)).toEqual([]);
  }, 240_000);

  it('finds a corrupted file, and the backup is no longer verified', async () => {
    const backupId = await noted();
    expect((await drilled(backupId)).record?.verifiedAt).toBeDefined();
    await tamper(backupId, /\.sst$/, (content) => {
      content.writeUInt8(content.readUInt8(content.length - 3) ^ 1, content.length - 3);
      return content;
    });

    const drill = await drilled(backupId);

    expect(drill.info.status).toBe('Error');
    expect(drill.record).not.toHaveProperty('verifiedAt');
    expect(drill.record?.evidence).toMatchObject({ workFlowId: drill.workFlowId, result: 'failed' });
    expect(drill.record?.evidence?.reason).toMatch(/^BackupNotRestorable: /);
    await assertNothingLeft(drill);
  }, 240_000);

  it('of an incremental backup restores its whole chain, and compares the state at its own snapshot', async () => {
    const base = await noted();
    await sql(source, 'INSERT INTO shop.empty VALUES (1)', 'CREATE TABLE shop.later (id INT PRIMARY KEY)');
    const backupId = await noted({ backupType: 'incr' });
    await sql(source, 'DELETE FROM shop.empty', 'DROP TABLE shop.later');

    const drill = await drilled(backupId, { assertions: ['SELECT COUNT(*) FROM shop.empty'] });

    expect(drill.record).toMatchObject({ backupType: 'incr', verifiedAt: expect.any(String) });
    expect(drill.record?.evidence).toMatchObject({ result: 'passed', tables: 3, rows: '4' });
    await assertNothingLeft(drill);
    expect((await world.api(`DELETE /backups/${base}?force=true`)).code).toBe(0);
    await world.untilGone(base, PATIENCE_SECONDS);
  }, 240_000);

  it('finds differences from the checksums', async () => {
    const backupId = await noted();
    await tamper(backupId, /tables\/attempt-1\.json$/, (content) => {
      const notes = JSON.parse(content.toString());
      const [orders, ...others] = notes.tables.toSorted(
        (a: { rows: string }, b: { rows: string }) => +b.rows - +a.rows,
      );
      const gone = { ...orders, table: 'gone' };
      return JSON.stringify({ ...notes, tables: [{ ...orders, rows: '4' }, gone, ...others] });
    });

    const drill = await drilled(backupId);

    expect(drill.record).not.toHaveProperty('verifiedAt');
    expect(drill.record?.evidence).toMatchObject({
      result: 'failed',
      reason: '2 tables differ from the backup, such as "shop.orders" has 3 rows instead of 4',
      mismatches: ['"shop.orders" has 3 rows instead of 4', '"shop.gone" is missing'],
    });
    await assertNothingLeft(drill);
  }, 240_000);

  it('checks assertions, and stores only whether they hold', async () => {
    const backupId = await noted();
    const assertions = [
      "SELECT note = 'first' FROM shop.orders WHERE id = 1",
      'SELECT note FROM shop.orders WHERE id = 2',
      'SELECT note FROM shop.orders',
      'SELECT id FROM shop.gone',
    ];

    const drill = await drilled(backupId, { assertions });

    expect(drill.record?.evidence).toMatchObject({
      result: 'failed',
      reason: '3 of 4 assertions failed',
      mismatches: [],
      assertions: [
        { assertion: assertions[0], passed: true },
        { assertion: assertions[1], passed: false },
        { assertion: assertions[2], passed: false, error: 'it answered more than one row' },
        { assertion: assertions[3], passed: false, error: 'TiDB error 1146, no such table' },
      ],
    });
    expect(JSON.stringify([drill.record, drill.nodes])).not.toContain('publicity');
    await assertNothingLeft(drill);
  }, 240_000);

  it('on the worker restores and compares there, however long its assertions take', async () => {
    const backupId = await noted();
    const long = `SELECT COUNT(*) = 3 OR '${'x'.repeat(900)}' = '' FROM shop.orders`;
    const assertions = [...Array(9).fill(long), 'SELECT COUNT(*) = 4 FROM shop.orders'];

    const drill = await drilled(backupId, { assertions, executor: 'fargate' });

    expect(drill.nodes.map(({ name }) => name)).toEqual([
      ...['createCluster', 'waitClusterReady', 'restoreNewCluster', 'verifyRestore', 'fail'],
    ]);
    expect(JSON.parse(drill.nodes[3]?.parameters ?? '{}')).toMatchObject({ restore: { executor: 'fargate' } });
    expect(drill.record?.evidence).toMatchObject({ tables: 2, reason: '1 of 10 assertions failed' });
    await assertNothingLeft(drill);
  }, 240_000);

  it('that the provisioner refuses says so, and is no evidence against the backup', async () => {
    const backupId = await noted();
    const { record: before } = await drilled(backupId);

    const drill = await drilled(backupId, { parameters: { servers: 'many' } });

    expect(drill.record).toMatchObject({ verifiedAt: before?.verifiedAt, evidence: before?.evidence });
    expect(drill.record?.lastFailure).toEqual({
      workFlowId: drill.workFlowId,
      time: expect.any(String),
      reason: expect.stringMatching(/^ProvisionerRefused: .*servers must be a whole number/),
    });
  }, 240_000);

  it('is refused without checksums, and for an invalid assertion', async () => {
    await expect.poll(() => world.maintenanceOf(clusterId), { timeout: PATIENCE_SECONDS * 1_000 }).toBe('');
    const backupId = await world.backUp(clusterId);
    await world.untilRecord(backupId, ({ status }) => status === 'Finished', PATIENCE_SECONDS);

    expect(await world.api(`POST /backups/${backupId}/drill`, {})).toMatchObject({ status: 400, code: 20610 });
    const wrong = { assertions: ['DELETE FROM shop.orders'] };
    expect(await world.api(`POST /backups/${backupId}/drill`, wrong)).toMatchObject({ status: 400, code: 10001 });
  }, 120_000);
});
