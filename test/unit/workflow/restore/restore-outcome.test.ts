import { beforeEach, describe, expect, it, vi } from 'vitest';
import { NodeFailure } from '../../../../functions/domain/workflow/node-failure.ts';
import {
  accountState,
  assertMade,
  isRestored,
  judge,
  sayWhatIsLeft,
  whatIsLeftBehind,
} from '../../../../functions/workflow/restore/restore-outcome.ts';

const [ORDERS, ITEMS, OTHER] = ['orders', 'items', 'other'].map((table) => ({ database: 'shop', table }));
if (ORDERS === undefined || ITEMS === undefined || OTHER === undefined) throw new Error('there are three tables');
const AWAY = new NodeFailure('TidbUnreachable', 'it is away');
const CLEAN = { databases: [], registered: [] };

beforeEach(() => {
  vi.spyOn(console, 'warn').mockReturnValue();
});

describe('a restore that TiDB calls a success', () => {
  const unasked = async () => expect.unreachable('TiDB is asked');
  const made = (tables: (typeof ORDERS)[], emptyDatabases: string[], found: object) =>
    assertMade({ tables, emptyDatabases }, { userTables: unasked, userDatabases: unasked, ...found });

  it.each<[string, () => Promise<void>]>([
    ['some of its tables are there', () => made([ORDERS, ITEMS], [], { userTables: async () => [ITEMS] })],
    [
      'a table is there in another case',
      () => made([ORDERS], [], { userTables: async () => [{ database: 'SHOP', table: 'Orders' }] }),
    ],
    ['nobody can see its tables', () => made([ORDERS], [], { userTables: async () => Promise.reject(AWAY) })],
    ['its databases are there', () => made([], ['Test'], { userDatabases: async () => ['test'] })],
    ['nobody can see its databases', () => made([], ['test'], { userDatabases: async () => Promise.reject(AWAY) })],
    ['it had nothing to create', () => made([], [], {})],
  ])('is one if %s', async (_, checked) => {
    await expect(checked()).resolves.toBeUndefined();
  });

  it.each<[string, () => Promise<void>, RegExp]>([
    ['its tables', () => made([ORDERS, ITEMS], [], { userTables: async () => [OTHER] }), /none of the tables exists/],
    [
      'a database',
      () => made([], ['test', 'new'], { userDatabases: async () => ['test'] }),
      /not create the databases "new"$/,
    ],
  ])('is none without %s', async (_, checked, message) => {
    await expect(checked()).rejects.toMatchObject({ name: 'RestoreFailed', message: expect.stringMatching(message) });
  });

  it('may have left something, or it is unknown', async () => {
    const left = async () => ({ databases: ['__TiDB_BR_Temporary_sys'], registered: [] });

    expect(await whatIsLeftBehind({ restoreLeftovers: left })).toContain('__TiDB_BR_Temporary_sys');
    expect(await whatIsLeftBehind({ restoreLeftovers: async () => CLEAN })).toBeUndefined();
    expect(await whatIsLeftBehind({ restoreLeftovers: async () => Promise.reject(AWAY) })).toBeUndefined();
  });
});

it.each([
  ['all tables', [ORDERS, ITEMS], undefined, true],
  ['one of two tables', [ORDERS], undefined, false],
  ['those of its scope', [ORDERS], { tables: ['shop.orders'] as [string] }, true],
])('a cluster with %s shows that a restore has ended: %#', async (_, present, scope, isDone) => {
  const control = { userTables: async () => present, restoreLeftovers: async () => CLEAN };

  expect(await isRestored({ tables: [ORDERS, ITEMS] }, scope, control)).toBe(isDone);
});

describe("a cluster's account after its users were restored", () => {
  const has = (...names: string[]) => ({ has: (name: string) => names.includes(name), hasOn: () => true });
  const asked = (privileges: () => Promise<ReturnType<typeof has>>) => {
    const close = vi.fn();
    return { close, state: accountState({ privileges, close }) };
  };

  it.each([
    ['still works', async () => has('BACKUP_ADMIN', 'RESTORE_ADMIN', 'PROCESS'), { works: true }],
    [
      'lacks privileges',
      async () => has('PROCESS'),
      { works: false, reason: expect.stringContaining('BACKUP_ADMIN, RESTORE_ADMIN') },
    ],
    [
      'is refused',
      async () => Promise.reject(new NodeFailure('TidbAccessDenied', 'no')),
      { works: false, reason: expect.stringMatching(/^no; /) },
    ],
    ['cannot be asked', async () => Promise.reject(AWAY), undefined],
    ['runs into a bug', async () => Promise.reject(new Error('a bug')), undefined],
  ])('%s, and the connection is closed', async (_, privileges, expected) => {
    const { close, state } = asked(privileges);

    expect(await state).toEqual(expected);
    expect(close).toHaveBeenCalledOnce();
  });
});

describe('a file that TiKV does not find', () => {
  const NFS = { type: 'nfs', path: '/backups/a' } as const;
  const S3 = { type: 's3', bucket: 'backups', prefix: 'a' } as const;
  const missing = (path: string, name = 'BackupNotRestorable' as const) =>
    new NodeFailure(name, `Restore failed: open ${path}: no such file or directory`);
  const exists = async (_: unknown, name: string) => name === '1/2_3.sst';

  it('exists, but its share is not mounted', async () => {
    await expect(judge(missing('/backups/a/1/2_3.sst'), true, NFS, { exists })).rejects.toMatchObject({
      name: 'StoreRefused',
    });
    // The path may be all that TiKV says.
    const bare = new NodeFailure('BackupNotRestorable', '/backups/a/1/2_3.sst: no such file or directory');
    await expect(judge(bare, true, NFS, { exists })).rejects.toMatchObject({ name: 'StoreRefused' });
  });

  it.each([
    ['no longer exists', missing('/backups/a/1/9_9.sst'), NFS],
    ['is of another folder', missing('/elsewhere/1/2_3.sst'), NFS],
    ['is not a data file', missing('/backups/a/x 1/2_3.sst'), NFS],
    ['is in a bucket', missing('/backups/a/1/2_3.sst'), S3],
    ['is not the one that TiDB names', new NodeFailure('BackupNotRestorable', '/backups/a/1/2_3.sst is damaged'), NFS],
    ['is not the cause', new NodeFailure('RestoreFailed', missing('/backups/a/1/2_3.sst').message), NFS],
  ])('leaves the failure unchanged if it %s', async (_, error, location) => {
    await expect(judge(error, true, location, { exists })).rejects.toBe(error);
  });

  it("plays no role for errors other than a node's failure", async () => {
    const bug = new Error('a bug');
    await expect(judge(bug, true, NFS, { exists })).rejects.toBe(bug);
  });
});

describe('the leftovers of a failed restore', () => {
  const clock = { sleep: async () => new Promise<never>(() => {}) };
  const control = (present: (typeof ORDERS)[], change = {}) => ({
    ...{ userTables: async () => present, restoreLeftovers: async () => CLEAN, close: vi.fn() },
    ...change,
  });
  const FAILED = new NodeFailure('RestoreFailed', 'no space');

  it('are its tables, but not those from before', async () => {
    const asked = control([ORDERS, OTHER]);

    await expect(sayWhatIsLeft(FAILED, [ORDERS, ITEMS], asked, clock)).rejects.toMatchObject({
      name: 'RestoreFailed',
      message: 'no space; it left 1 tables; drop them before a retry: "shop.orders"',
    });
    expect(asked.close).toHaveBeenCalledOnce();
  });

  it.each<[string, object]>([
    ['is missing', control([OTHER])],
    ['cannot be seen', control([], { userTables: async () => Promise.reject(AWAY) })],
  ])('leave the failure unchanged if it %s', async (_, asked) => {
    await expect(sayWhatIsLeft(FAILED, [ORDERS], asked as ReturnType<typeof control>, clock)).rejects.toMatchObject({
      name: 'RestoreFailed',
      message: expect.stringMatching(/^no space/),
    });
  });
});
