import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { InitializingBackup } from '../../../functions/domain/backup/backup-record.ts';
import type { OperationInput } from '../../../functions/domain/workflow/workflow.ts';
import { readPage, sectionOf } from '../../support/docs.ts';
import { contextWith, type NodeWorld, startNodeWorld, type TestCluster } from '../../support/node-world.ts';
import { tableRows } from '../../support/table-rows.ts';

const SECTION = sectionOf(readPage('docs/concepts.md'), 'TiDB versions');
const [HEADER = [], , ...ROWS] = tableRows(SECTION.replaceAll('`', ''));

let world: NodeWorld;
beforeAll(async () => {
  world = await startNodeWorld();
});
afterAll(() => world.stop());

async function backUp({ clusterId }: TestCluster, wanted: Partial<InitializingBackup> = {}): Promise<string> {
  const backupId = randomUUID();
  const input = await world.accepted(clusterId, backupId, {}, wanted);
  const backup = await world.handlers.backup(input, contextWith());
  await world.handlers.updateBackupRecord({ ...input, backup });
  await world.handlers.backupEnd({ ...input, backup });
  return backupId;
}

async function restore({ clusterId }: TestCluster, backupId: string, wanted: Partial<OperationInput> = {}) {
  const input = { ...(await world.acceptedRestore(clusterId, backupId, randomUUID())), ...wanted };
  try {
    await world.handlers.restoreFromSrcCluster(input, contextWith());
    await world.handlers.restoreEnd(input);
    return 'yes';
  } catch (error) {
    await world.clusters.unlock(clusterId, input.workFlowId);
    if (error instanceof Error && error.name === 'ClusterIncompatible') return 'refused';
    throw error;
  }
}

const usersOf = async ({ sql }: TestCluster) =>
  (await sql("SELECT user FROM mysql.user WHERE user <> 'root' ORDER BY user")).map(({ user }) => user);

/** What works on a release, in the documentation's words. */
async function tried(version: string): Promise<Record<string, string>> {
  const source = await world.cluster({ version });
  const [whole, part, chain] = await Promise.all([1, 2, 3].map(() => world.cluster({ version })));
  if (whole === undefined || part === undefined || chain === undefined) throw new Error('there are three');
  await source.sql('CREATE DATABASE shop');
  await source.sql('CREATE TABLE shop.orders (id INT PRIMARY KEY, note VARCHAR(20))');
  await source.sql("INSERT INTO shop.orders VALUES (1, 'a'), (2, 'b')");
  await source.sql("CREATE USER clerk IDENTIFIED BY 'c'");
  await whole.sql("CREATE USER guest IDENTIFIED BY 'g'");

  const full = await backUp(source, { wantsChecksums: true });
  const base = await world.backups.get(full);
  if (base?.status !== 'Finished') throw new Error('it is finished');
  const everything = await restore(whole, full);
  const scope = { tables: ['shop.orders'] };
  const inPart = await restore(part, full, { scope });
  expect(await part.sql('SELECT * FROM shop.orders')).toEqual(await source.sql('SELECT * FROM shop.orders'));
  // The accounts of a cluster survive a restore of everything.
  expect(await usersOf(whole)).toEqual(['guest']);
  await whole.sql('DROP DATABASE shop');
  const withUsers = await restore(whole, full, { withSystemTables: true });
  if (withUsers === 'yes') expect(await usersOf(whole)).toContain('clerk');

  const incremental = { backupType: 'incr', base: { backupId: full, backupTso: base.backupTso } } as const;
  await source.sql("INSERT INTO shop.orders VALUES (3, 'c')");
  const link = await backUp(source, { ...incremental, fallbackToFull: true });
  const linked = await restore(chain, link);
  expect(await chain.sql('SELECT COUNT(*) AS n FROM shop.orders')).toEqual([{ n: '3' }]);
  await source.sql('CREATE INDEX by_note ON shop.orders (note)');
  const overIndex = await world.backups.get(await backUp(source, { ...incremental, fallbackToFull: true }));
  return {
    TiDB: version,
    'a restore of everything': everything,
    'of a part': inPart,
    'with users and grants': withUsers,
    'what a drill compares': base.checksums?.missing ?? 'yes',
    'an incremental backup': linked,
    'over `CREATE INDEX`': overIndex?.backupType === 'incr' ? 'yes' : 'a full one instead',
  };
}

it.each(ROWS.map(([version = '']) => version))('TiDB %s can do what the documentation says', async (version) => {
  const row = ROWS.find(([name]) => name === version) ?? [];
  const told = Object.fromEntries(HEADER.map((name, index) => [name, row[index]]));
  const found = await tried(version);

  expect(told).toEqual(
    Object.fromEntries(Object.entries(found).map(([name, cell]) => [name.replaceAll('`', ''), cell])),
  );
});

it('the documentation names each release at which something changes', () => {
  expect(ROWS.map(([version]) => version)).toEqual([
    ...['6.5.11', '6.5.12', '7.1', '7.5', '7.6', '8.1', '8.2', '8.3', '8.5.0', '8.5.5'],
  ]);
});
