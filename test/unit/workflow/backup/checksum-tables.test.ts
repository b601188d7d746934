import { describe, expect, it } from 'vitest';
import type { RecordedTable } from '../../../../functions/domain/backup/table-notes.ts';
import { displayPath } from '../../../../functions/domain/storage/storage-location.ts';
import { NodeFailure, WORKER_INTERRUPTED } from '../../../../functions/domain/workflow/node-failure.ts';
import { type BackupDeps, backup } from '../../../../functions/workflow/backup/backup.ts';
import { NO_FILES } from '../../../support/backup-node.ts';
import { FakeTidb } from '../../../support/fake-tidb.ts';
import { MemoryStores } from '../../../support/memory-stores.ts';
import { aBackup } from '../../../support/records.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';

const INPUT = { workFlowId: 'backup-1', backupId: 'backup-1', clusterId: 'cluster-1', maintenanceStatusChange: true };

const aTable = (table: string, database = 'shop'): RecordedTable => ({
  ...{ database, table, rows: '2', content: '3000000000', kvs: '4', bytes: '128', crc: '17', tableId: '112' },
});

function prepare({ minutes = 15, record = aBackup({ wantsChecksums: true }) } = {}) {
  const stores = new MemoryStores(record);
  const clock = new VirtualClock();
  const tidb = new FakeTidb(clock);
  tidb.fingerprints = Array.from({ length: 9 }, (_, n) => aTable(`t${n}`)).concat(aTable('orders'));
  tidb.emptyDatabases = ['test'];
  const written: { path: string; text: string }[] = [];
  const { clusters, backups, workflows, config } = stores;
  const deps: BackupDeps = {
    ...{ clusters, backups, workflows, config, tidb, clock },
    files: {
      ...NO_FILES,
      write: async (location, name, text) => {
        written.push({ path: `${displayPath(location)}/${name}`, text });
      },
    },
    executor: 'lambda',
    outOfTime: 'there was no time',
    deadline: clock.now() + minutes * 60_000,
  };
  return { stores, clock, tidb, deps, written };
}

describe('the tables of a backup', () => {
  it('get checksums at its snapshot, stored beside its attempt, while history is held', async () => {
    const { tidb, deps, written } = prepare();

    const result = await backup(INPUT, deps);

    expect(result).toMatchObject({
      backupTso: '449999999999999999',
      checksums: { tables: 10, comparison: 'rowsAndKeyValues' },
    });
    expect(new Set(tidb.readAt)).toEqual(new Set(['449999999999999999']));
    expect(written.map(({ path }) => path)).toEqual(['s3://backups/tidb/cluster-1/backup-1/tables/attempt-1.json']);
    const notes = JSON.parse(written[0]?.text ?? '');
    expect(notes).toMatchObject({ version: 2, backupTso: '449999999999999999', databases: ['shop', 'test'] });
    expect(notes.tables).toHaveLength(10);
    expect(notes.tables).toContainEqual(aTable('orders'));
    expect(tidb.openConnections).toBe(0);
  });

  it('are read four at a time', async () => {
    const { tidb, deps, clock } = prepare();
    tidb.readsFor = 60_000;
    const begun = clock.now();

    await backup(INPUT, deps);

    // Ten tables by four readers, after a backup of ten seconds.
    expect(clock.now() - begun).toBe(10_000 + 3 * 60_000);
    expect(tidb.readAt).toHaveLength(4);
  });

  it('are only those of its scope', async () => {
    const { tidb, deps, written } = prepare({
      record: aBackup({ wantsChecksums: true, scope: { tables: ['shop.orders', 'shop.t1'] } }),
    });

    tidb.tables = tidb.fingerprints;

    await backup(INPUT, deps);

    expect(JSON.parse(written[0]?.text ?? '').tables).toHaveLength(2);
  });

  it('are not read unless requested', async () => {
    const { tidb, deps, written } = prepare({ record: aBackup() });

    expect(await backup(INPUT, deps)).not.toHaveProperty('checksums');
    expect([tidb.readAt, written]).toEqual([[], []]);
  });

  it('do not fail the backup if they get no checksums, and it says why', async () => {
    const failures: [(world: ReturnType<typeof prepare>) => void, string][] = [
      [
        ({ tidb }) =>
          (tidb.unreadable = () => new NodeFailure('TidbAccessDenied', '"shop.t0": the account must have SELECT')),
        'TablesUnreadable: "shop.t0": the account must have SELECT',
      ],
      [({ tidb }) => (tidb.readsFor = 3_600_000), 'OutOfTime: there was no time left'],
      [
        ({ tidb }) => (tidb.onSend = () => (tidb.readsFor = 15 * 60_000 - 10_000)),
        'OutOfTime: there was no time left for "shop.t4"',
      ],
      [
        ({ tidb }) => (tidb.fingerprints = []),
        'TablesUnreadable: "shop.orders" is in the backup, but the account cannot see it: grant it SELECT',
      ],
      [({ tidb }) => (tidb.losesHold = true), 'TidbUnreachable: the hold is lost, so the data read cannot be trusted'],
      [
        ({ deps }) =>
          (deps.files.write = () => Promise.reject(new Error('AccessDenied for arn:aws:iam::111122223333'))),
        'the service could not compute them',
      ],
      [
        ({ tidb }) => (tidb.holdSnapshot = () => Promise.reject(new NodeFailure('TidbUnreachable', 'no server'))),
        'TidbUnreachable: no server',
      ],
    ];
    for (const [strike, missing] of failures) {
      const world = prepare();
      strike(world);

      const result = await backup(INPUT, world.deps);

      expect(result).toMatchObject({ backupTso: '449999999999999999', checksums: { missing } });
      expect(world.tidb.openConnections).toBe(0);
    }
  });

  it('may include views, of which only the definition is read, and empty databases', async () => {
    const { tidb, deps, written } = prepare();
    tidb.views = [{ database: 'shop', table: 'a_view' }];
    tidb.backupHolds = [...tidb.fingerprints, { database: 'Shop', table: 'A_VIEW' }];

    const { checksums } = await backup(INPUT, deps);

    expect(checksums).toEqual({ tables: 10, comparison: 'rowsAndKeyValues' });
    expect(JSON.parse(written[0]?.text ?? '').tables).toContainEqual(
      expect.objectContaining({ table: 'a_view', kind: 'view', definition: 'SELECT 1' }),
    );
  });

  it('get checksums except for those that cannot be read or seen, which are listed', async () => {
    const { tidb, deps, written } = prepare();
    tidb.backupHolds = [...tidb.fingerprints, { database: 'shop', table: 'hidden' }];
    tidb.unreadable = ({ table }) =>
      table === 't3' ? new NodeFailure('TablesUnreadable', '"shop.t3" cannot be read: TiDB error 9005') : undefined;

    const { checksums } = await backup(INPUT, deps);

    const reasons = [
      '"shop.t3" cannot be read: TiDB error 9005',
      '"shop.hidden" is in the backup, but the account cannot see it: grant it SELECT',
    ];
    expect(checksums).toEqual({
      ...{ tables: 9, comparison: 'rowsAndKeyValues' },
      ...{ unreadable: 2, unreadableExamples: reasons },
    });
    const noted: RecordedTable[] = JSON.parse(written[0]?.text ?? '').tables;
    expect(noted).toHaveLength(11);
    expect(noted.flatMap(({ unreadable }) => unreadable ?? [])).toEqual(reasons);
    expect(tidb.openConnections).toBe(0);
  });

  it('are read again in a new session if one does not know a table', async () => {
    const { tidb, deps } = prepare();
    let refused = false;
    tidb.unreadable = ({ table }) => {
      if (table !== 't3' || refused) return undefined;
      refused = true;
      return new NodeFailure('TablesUnreadable', '"shop.t3" cannot be read: TiDB error 1146');
    };

    expect((await backup(INPUT, deps)).checksums).toMatchObject({ tables: 10 });
    expect(tidb.readAt).toHaveLength(5);
    expect(tidb.openConnections).toBe(0);
  });

  it('say that key-value pairs could not be counted', async () => {
    const { tidb, deps } = prepare();
    tidb.fingerprints = tidb.fingerprints.map(({ kvs, bytes, crc, ...rows }) => rows);

    expect((await backup(INPUT, deps)).checksums).toEqual({ tables: 10, comparison: 'rows' });
  });

  it('say so only if none could be counted', async () => {
    const { tidb, deps } = prepare();
    tidb.fingerprints = tidb.fingerprints.map(({ kvs, bytes, crc, ...rows }, n) => (n === 3 ? aTable('t3') : rows));

    expect((await backup(INPUT, deps)).checksums).toEqual({ tables: 10, comparison: 'rowsAndKeyValues' });
  });

  it('count all that cannot be read, and name ten', async () => {
    const { tidb, deps } = prepare();
    const hidden = Array.from({ length: 12 }, (_, n) => ({ database: 'shop', table: `hidden${n}` }));
    tidb.backupHolds = [...tidb.fingerprints, ...hidden];

    const { checksums } = await backup(INPUT, deps);

    expect(checksums).toMatchObject({ tables: 10, unreadable: 12 });
    expect(checksums?.unreadableExamples).toHaveLength(10);
    expect(checksums?.unreadableExamples?.[9]).toContain('"shop.hidden9"');
  });

  it('are abandoned as soon as the worker is stopped, which keeps the backup', async () => {
    const { tidb, clock, deps, written } = prepare();
    const stop = new AbortController();
    Object.assign(deps, { deadline: Number.POSITIVE_INFINITY, interruption: stop.signal });
    tidb.readsFor = 3_600_000;
    const begun = clock.now();
    void clock.sleep(30_000).then(() => stop.abort(new NodeFailure(WORKER_INTERRUPTED, 'stopped')));

    const result = await backup(INPUT, deps);

    expect(result).toMatchObject({
      backupTso: '449999999999999999',
      checksums: { missing: 'WorkerInterrupted: the worker was stopped from outside while it read the tables' },
    });
    expect(clock.now() - begun).toBe(30_000);
    expect(written).toEqual([]);
    expect(tidb.openConnections).toBe(0);
  });

  it('are abandoned, and the backup too, once no workflow waits for the worker', async () => {
    const { tidb, clock, deps } = prepare();
    const stop = new AbortController();
    Object.assign(deps, { deadline: Number.POSITIVE_INFINITY, interruption: stop.signal });
    tidb.readsFor = 3_600_000;
    void clock.sleep(30_000).then(() => stop.abort(new NodeFailure('OperationSuperseded', 'nobody waits')));

    await expect(backup(INPUT, deps)).rejects.toMatchObject({ name: 'OperationSuperseded' });
    expect(tidb.openConnections).toBe(0);
  });

  it('are still read while the store is unavailable', async () => {
    const { stores, tidb, deps } = prepare();
    tidb.readsFor = 60_000;
    const { get } = stores.backups;
    let asked = 0;
    stores.backups.get = (backupId) => {
      asked += 1;
      return asked % 2 === 1 ? get(backupId) : Promise.reject(new Error('throttled'));
    };

    expect(await backup(INPUT, deps)).toMatchObject({ checksums: { tables: 10 } });
    expect(asked).toBeGreaterThan(10);
  });

  it('are abandoned once a user has canceled the backup', async () => {
    const { stores, tidb, clock, deps, written } = prepare();
    deps.deadline = Number.POSITIVE_INFINITY;
    tidb.readsFor = 3_600_000;
    const begun = clock.now();
    void clock.sleep(30_000).then(() => stores.requestCancel());

    await expect(backup(INPUT, deps)).rejects.toMatchObject({ name: 'BackupCanceled' });
    expect(clock.now() - begun).toBeLessThanOrEqual(36_000);
    expect(written).toEqual([]);
    expect(tidb.openConnections).toBe(0);
  });
});
