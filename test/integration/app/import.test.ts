import { DeleteItemCommand, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TABLES } from '../../../functions/adapters/dynamodb/tables.ts';
import { MANIFEST } from '../../../functions/domain/backup/manifest.ts';
import { until } from '../support/until.ts';
import { type AppWorld, fill, sharedAppWorld, sql } from './app-world.ts';

const ALL_ROWS = 'SELECT * FROM shop.orders ORDER BY id';

let world: AppWorld;
beforeAll(async () => {
  world = await sharedAppWorld();
}, 120_000);
afterAll(() => world.stop());

interface Imported {
  status: string;
  counts: { imported: number; present: number; skipped: number };
  entries: { path: string; backupId?: string; result: string; reason?: string }[];
}

async function importAll(body: object = {}, query = ''): Promise<Imported> {
  const { code, message, data } = await world.api(`POST /backups/import${query}`, body);
  expect({ code, message }).toMatchObject({ code: 0 });
  return await until(
    'the end of the import',
    async () => {
      const answer = (await world.api(`GET /workflow/${data.workFlowId}/import`)).data as unknown as Imported;
      expect(answer.status).not.toBe('Error');
      return answer.status === 'Finished' ? answer : undefined;
    },
    60,
  );
}

const keyOf = (clusterId: string, backupId: string, name: string) =>
  `backups/${clusterId}/${backupId}/attempt-1/${name}`;

async function read(key: string): Promise<string | undefined> {
  const answer = await world.clients.s3
    .send(new GetObjectCommand({ Bucket: world.bucket, Key: key }))
    .catch(() => undefined);
  return await answer?.Body?.transformToString();
}

const manifestOf = (clusterId: string, backupId: string) =>
  until(`the manifest of ${backupId}`, () => read(keyOf(clusterId, backupId, MANIFEST)), 30);

async function finished(clusterId: string): Promise<string> {
  const backupId = await world.backUp(clusterId);
  await world.untilRecord(backupId, ({ status }) => status === 'Finished', 60);
  await expect.poll(() => world.maintenanceOf(clusterId), { timeout: 60_000 }).toBe('');
  return backupId;
}

/** Like a lost table. */
async function lose(backupId: string): Promise<void> {
  const { TableNames = [] } = await world.clients.dynamodb.send(new ListTablesCommand({}));
  const table = TableNames.find((name) => name.includes('TablesBackups'));
  await world.clients.dynamodb.send(
    new DeleteItemCommand({ TableName: table, Key: { [TABLES.backups.partitionKey]: { S: backupId } } }),
  );
}

async function restore(clusterId: string, backupId: string): Promise<void> {
  const { data } = await world.api(`POST /clusters/${clusterId}/restore`, { backupId });
  await until(
    'the end of the restore',
    async () => {
      const { info } = (await world.api(`GET /workflow/${data.workFlowId}`)).data as { info: { status: string } };
      expect(info.status).not.toBe('Error');
      return info.status === 'Finished' || undefined;
    },
    60,
  );
}

/** Copies BR's files of a backup, as if `br` had written them there. */
async function copyAsBr(clusterId: string, backupId: string, folder: string): Promise<void> {
  const from = keyOf(clusterId, backupId, '');
  for (const key of (await world.filesOf(from)).filter((name) => !name.endsWith(MANIFEST))) {
    const file = await world.clients.s3.send(new GetObjectCommand({ Bucket: world.bucket, Key: key }));
    const Body = await file.Body?.transformToByteArray();
    await world.clients.s3.send(
      new PutObjectCommand({ Bucket: world.bucket, Key: `${folder}/${key.slice(from.length)}`, Body }),
    );
  }
}

describe('a lost catalogue', () => {
  it('is recreated from the manifests, and its backups are restored and deleted like any other', async () => {
    const [source, target] = [await world.sandbox(), await world.sandbox()];
    await fill(source, 64);
    const [clusterId, targetId] = [await world.register(source), await world.register(target)];
    const backupId = await finished(clusterId);
    const before = await world.record(backupId);
    expect(await manifestOf(clusterId, backupId)).not.toMatch(/secret|arn:/);
    await lose(backupId);
    expect(await world.record(backupId)).toBeUndefined();

    const plan = await importAll({}, '?plan=true');

    expect(plan).toMatchObject({ counts: { imported: 1, present: 0, skipped: 0 } });
    expect(await world.record(backupId)).toBeUndefined();

    const { counts, entries } = await importAll();

    expect({ counts, entries }).toMatchObject({
      counts: { imported: 1, present: 0, skipped: 0 },
      entries: [{ path: `s3://${world.bucket}/backups/${clusterId}/${backupId}`, backupId, result: 'imported' }],
    });
    expect({ ...(await world.record(backupId)), updateTime: '' }).toEqual({
      ...before,
      imported: { time: expect.any(String), workFlowId: expect.any(String) },
      updateTime: '',
    });

    await restore(targetId, backupId);
    expect(await sql(target, ALL_ROWS)).toEqual(await sql(source, ALL_ROWS));

    await world.api(`DELETE /backups/${backupId}`);
    await world.untilGone(backupId, 60);
    expect(await world.filesOf(backupId)).toEqual([]);
  }, 180_000);

  it('is not overwritten by an import, and a manifest moved into another folder creates no record', async () => {
    const source = await world.sandbox();
    await fill(source, 16);
    const clusterId = await world.register(source);
    const backupId = await finished(clusterId);
    const manifest = await manifestOf(clusterId, backupId);
    const meta = await world.clients.s3.send(
      new GetObjectCommand({ Bucket: world.bucket, Key: keyOf(clusterId, backupId, 'backupmeta') }),
    );
    const files = { backupmeta: (await meta.Body?.transformToByteArray()) ?? '', [MANIFEST]: manifest };
    for (const [name, Body] of Object.entries(files)) {
      await world.clients.s3.send(
        new PutObjectCommand({ Bucket: world.bucket, Key: keyOf(clusterId, 'another', name), Body }),
      );
    }
    const before = await world.record(backupId);

    const { counts, entries } = await importAll({ path: `${world.bucket}/backups/${clusterId}` });

    expect(counts).toEqual({ imported: 0, present: 1, skipped: 1 });
    expect(entries).toMatchObject(
      [
        { backupId, result: 'present' },
        { backupId: 'another', result: 'skipped', reason: 'its manifest belongs to another folder' },
      ].sort((a, b) => (a.backupId < b.backupId ? -1 : 1)),
    );
    expect(await world.record(backupId)).toEqual(before);
  }, 120_000);
});

describe('a backup taken by br', () => {
  it('is imported from backupmeta alone, restored into a named cluster, and deleted with its folder only', async () => {
    const [source, target] = [await world.sandbox(), await world.sandbox()];
    await fill(source, 64);
    const [clusterId, targetId] = [await world.register(source), await world.register(target)];
    const backupId = await finished(clusterId);
    for (const day of ['monday', 'tuesday']) await copyAsBr(clusterId, backupId, `br/${day}`);

    const { counts, entries } = await importAll({ path: `${world.bucket}/br` });

    expect(counts).toEqual({ imported: 2, present: 0, skipped: 0 });
    const [monday = ''] = entries.flatMap((entry) => (entry.path.endsWith('/monday') ? [entry.backupId] : []));
    expect((await world.record(monday))?.clusterId).toMatch(/^tidb-\d+$/);
    await restore(targetId, monday);
    expect(await sql(target, ALL_ROWS)).toEqual(await sql(source, ALL_ROWS));
    await expect.poll(() => world.maintenanceOf(targetId), { timeout: 60_000 }).toBe('');

    expect(await world.api(`DELETE /backups/${monday}`)).toMatchObject({ code: 0 });
    await world.untilGone(monday, 60);
    expect(await world.filesOf('br/monday/')).toEqual([]);
    expect((await world.filesOf('br/tuesday/')).length).toBeGreaterThan(1);
    expect((await world.filesOf(backupId)).length).toBeGreaterThan(1);
  }, 180_000);
});
