import { describe, expect, it } from 'vitest';
import type { FinishedBackup } from '../../../../functions/domain/backup/backup-record.ts';
import type { TableName } from '../../../../functions/domain/backup/backup-scope.ts';
import type { TidbControl } from '../../../../functions/domain/tidb/tidb.ts';
import {
  assertRoom,
  type LookedAtLink,
  lookAgain,
  lookBeforeRestore,
} from '../../../../functions/workflow/restore/look-before-restore.ts';
import { aBackup, CREATED } from '../../../support/records.ts';

const ORDERS = { database: 'shop', table: 'orders' };
const DROPPED = { database: 'shop', table: 'dropped_since' };

function link(backupId: string, tables: TableName[]): LookedAtLink {
  const record: FinishedBackup = {
    ...aBackup({ backupId }),
    ...{ status: 'Finished', startTime: CREATED, endTime: CREATED, backupTso: '1', sizeBytes: '1', finishedAttempt: 1 },
  };
  return { record, location: record.location, takenBy: {}, contents: { databases: ['shop'], tables } };
}

/** The second one was taken after a table had been dropped. */
const CHAIN = [link('full', [ORDERS, DROPPED]), link('incr', [ORDERS])];

const control = (present: TableName[]) =>
  ({
    restoreLeftovers: async () => ({ databases: [], registered: [] }),
    userTables: async () => present,
    release: async () => ({}),
    contentsOfBackup: async () => CHAIN[0]?.contents,
  }) as unknown as TidbControl;

describe('the check before a restore of a chain', () => {
  it('counts all tables, even those that a later link no longer has', async () => {
    await expect(assertRoom(CHAIN, {}, control([DROPPED]))).rejects.toMatchObject({
      name: 'TablesInTheWay',
      message: expect.stringContaining('"shop.dropped_since"'),
    });
    await expect(assertRoom(CHAIN, {}, control([{ database: 'shop', table: 'other' }]))).resolves.toBe(false);
    await expect(assertRoom(CHAIN, {}, control([]))).resolves.toBe(true);
  });

  it('expects only the requested tables afterwards', async () => {
    const files = { read: async () => undefined, isEmpty: async () => false };
    const scope = { tables: ['shop.nowhere'] };

    const look = await lookAgain([link('full', [])], { scope: { tables: ['shop.orders'] } }, control([]), files);

    expect(look.tables).toEqual([ORDERS]);
    await expect(lookAgain([link('full', [])], { scope }, control([]), files)).rejects.toHaveProperty(
      'name',
      'ScopeNotFound',
    );
  });

  const OTHER = { database: 'crm', table: 'people' };
  const scope = { databases: ['shop'] as [string] };
  const partly = (tables: TableName[]) => {
    const whole = link('part', tables);
    return { ...whole, record: { ...whole.record, scope } };
  };

  it.each<[string, LookedAtLink[], object, boolean]>([
    ['a part of a chain', CHAIN, { scope }, false],
    ['a chain of a part', [partly([ORDERS]), partly([ORDERS])], {}, false],
    ['a part of a full backup', [link('full', [ORDERS])], { scope }, true],
    ['a whole chain', CHAIN, {}, true],
  ])('allows %s beside other tables: %s', async (_, links, wanted, may) => {
    const room = assertRoom(links, wanted, control([OTHER]));

    if (may) await expect(room).resolves.toBe(false);
    else await expect(room).rejects.toMatchObject({ name: 'TablesInTheWay' });
    await expect(assertRoom(links, wanted, control([]))).resolves.toBe(true);
  });

  it('refuses a cluster with leftovers before it reads the backup', async () => {
    const dirty = {
      ...control([]),
      restoreLeftovers: async () => ({ databases: ['__TiDB_BR_Temporary_mysql'], registered: [] }),
      contentsOfBackup: () => expect.unreachable('it looks at the backup'),
    };
    const files = { read: async () => undefined, isEmpty: async () => false };

    await expect(lookBeforeRestore(CHAIN, {}, dirty, files)).rejects.toMatchObject({ name: 'RestoreLeftovers' });
  });

  it('never takes a cluster for empty that hides something or has been restored into', async () => {
    const silent = { ...control([]), restoreLeftovers: async () => ({ databases: [], registered: undefined }) };
    const files = { read: async () => undefined, isEmpty: async () => false };

    await expect(assertRoom(CHAIN, {}, silent)).resolves.toBe(false);
    await expect(lookAgain(CHAIN, {}, control([]), files)).resolves.toMatchObject({ isProvenEmpty: false });
  });

  it('creates empty databases if they are requested, and none with tables only', async () => {
    const files = { read: async () => undefined, isEmpty: async () => false };
    const holds = { databases: ['shop', 'Empty', 'bare'], tables: [ORDERS] };
    const emptyOf = async (wanted: object) => {
      const told = { ...control([]), contentsOfBackup: async () => holds };
      return (await lookAgain([link('full', [])], wanted, told, files)).emptyDatabases;
    };

    expect(await emptyOf({})).toEqual(['Empty', 'bare']);
    expect(await emptyOf({ scope: { databases: ['shop', 'empty'] } })).toEqual(['Empty']);
    expect(await emptyOf({ scope: { tables: ['shop.orders'] } })).toEqual([]);
  });
});
