import { describe, expect, it } from 'vitest';
import type {
  BackupRecord,
  FinishedBackup,
  ProcessingBackup,
} from '../../../../functions/domain/backup/backup-record.ts';
import { displayPath } from '../../../../functions/domain/storage/storage-location.ts';
import type { DdlJob } from '../../../../functions/domain/tidb/ddl-tables.ts';
import { NodeFailure } from '../../../../functions/domain/workflow/node-failure.ts';
import { type IntervalDeps, intervalOf } from '../../../../functions/workflow/backup/interval-of-backup.ts';
import { encodeMessage } from '../../../../infra/local/tidb-sandbox/brie/protobuf.ts';
import { FakeTidb } from '../../../support/fake-tidb.ts';
import { aBackup, CREATED } from '../../../support/records.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';

function finished(backupId: string, backupTso: string, change: Partial<FinishedBackup> = {}): FinishedBackup {
  return {
    ...aBackup({ backupId }),
    ...{ status: 'Finished', startTime: CREATED, endTime: CREATED, finishedAttempt: 1, sizeBytes: '1', backupTso },
    ...change,
  };
}

const FULL = finished('full', '100');
const LINK = finished('link', '200', { backupType: 'incr', base: { backupId: 'full', backupTso: '100' } });
const INCREMENTAL: ProcessingBackup = {
  ...aBackup({ backupType: 'incr', base: { backupId: 'link', backupTso: '200' } }),
  ...{ status: 'Processing', startTime: CREATED, progress: 0 },
};

/** A chain of two with existing files; `meta` is the newest one's. */
function prepare(
  change: {
    record?: Partial<ProcessingBackup>;
    version?: string | undefined;
    records?: BackupRecord[];
    meta?: Uint8Array | undefined;
    ddl?: DdlJob[] | NodeFailure;
  } = {},
) {
  const clock = new VirtualClock();
  const tidb = new FakeTidb(clock);
  tidb.ddlHistory = change.ddl ?? [];
  const meta =
    'meta' in change
      ? change.meta
      : encodeMessage([
          [2, '8.5.0'],
          [6, 200n],
        ]);
  const missing = new Set<string>();
  const records = change.records ?? [FULL, LINK];
  const deps: IntervalDeps = {
    clock,
    backups: { get: async (id) => records.find(({ backupId }) => backupId === id) },
    files: {
      read: async () =>
        meta &&
        (async function* () {
          yield meta;
        })(),
      exists: async (location) => !missing.has(displayPath(location)),
      isEmpty: async () => true,
    },
  };
  const look = () => {
    const on = {
      control: tidb.openControl(),
      release: { tidbVersion: 'version' in change ? change.version : 'v8.5.0' },
    };
    return intervalOf({ ...INCREMENTAL, ...change.record }, on, deps);
  };
  return { look, missing, tidb, clock };
}

function aJob(type: string, table = 'orders'): DdlJob {
  return {
    type,
    database: 'shop',
    table,
    tableId: '7',
    byRestore: false,
    mayPrecedeBase: false,
    dropsOthers: false,
  };
}

describe('the interval of a backup', () => {
  it('begins at the base of an incremental one, and ends where its DDL was read', async () => {
    expect(await prepare().look()).toEqual({ lastBackup: '200', snapshot: '449999999999999999' });
  });

  it('is undefined for a full one', async () => {
    const { base: _, ...full } = INCREMENTAL;
    const { look } = prepare({ record: { ...full, base: undefined } });
    expect(await look()).toBeUndefined();
  });

  it.each([
    ['drop table', /drop table "shop.orders": a restore would not repeat it\. Take a full backup$/],
    ['add index /* ingest */', /^an incremental backup on link could not be restored, .*: add index "shop.orders"/],
    ['modify column', /modify column "shop.orders"/],
  ])('is refused because of %s, which is named', async (type, message) => {
    await expect(prepare({ ddl: [aJob(type)] }).look()).rejects.toMatchObject({
      name: 'BaseUnfit',
      message: expect.stringMatching(message),
    });
  });

  it('names some of many obstacles, and says how many more there are', async () => {
    const ddl = Array.from({ length: 9 }, (_, at) => aJob('add index', `t${at}`));
    await expect(prepare({ ddl }).look()).rejects.toThrow(/: (add index [^;]*; ){3}and 6 more\. Take a full backup$/);
    const three = prepare({ ddl: ddl.slice(0, 3) }).look();
    await expect(three).rejects.toThrow(/: (add index [^;]*; ){2}add index [^;]*\. Take a full backup$/);
  });

  it('depends on the release of TiDB and on the scope', async () => {
    const ddl = [aJob('add index')];
    const meta = encodeMessage([
      [2, '8.1.0'],
      [6, 200n],
    ]);
    expect(await prepare({ ddl, meta, version: 'v8.1.0' }).look()).toBeDefined();
    expect(await prepare({ ddl, record: { scope: { databases: ['other'] } } }).look()).toBeDefined();
  });

  it("is refused if TiDB's version differs from the base's, by its record or else by its files", async () => {
    const noted = prepare({ records: [FULL, { ...LINK, tidbVersion: 'v8.1.0' }] });
    const message = /on link could not be restored, .*: TiDB was v8\.1\.0 then, but is v8\.5\.0 now\. Take a full/;
    await expect(noted.look()).rejects.toMatchObject({ name: 'BaseUnfit', message: expect.stringMatching(message) });
    const written = prepare({
      meta: encodeMessage([
        [2, '8.1.0'],
        [6, 200n],
      ]),
    });
    await expect(written.look()).rejects.toMatchObject({ name: 'BaseUnfit' });
  });

  it('is not refused if either version is unknown', async () => {
    expect(await prepare({ meta: encodeMessage([[6, 200n]]) }).look()).toBeDefined();
    expect(await prepare({ version: undefined }).look()).toBeDefined();
  });

  it.each<[string, Parameters<typeof prepare>[0], RegExp]>([
    ['that ends elsewhere', { records: [FULL, { ...LINK, backupTso: '201' }] }, /it ends at TSO 201, not at 200/],
    ['whose record no longer exists', { records: [FULL] }, /backup link no longer exists/],
    [
      'that is being deleted',
      { records: [FULL, { ...LINK, status: 'Deleting', deleteTime: CREATED, deletions: 1 }] },
      /is Deleting/,
    ],
    ['without files', { meta: undefined }, /the base backup link .*: no file is in /],
    ['whose backupmeta is damaged', { meta: new Uint8Array([255]) }, /the base backup link .* is damaged/],
    ['whose files are of another backup', { meta: encodeMessage([[6, 201n]]) }, /is of another backup/],
    ['on one that is gone', { records: [LINK] }, /backup full no longer exists/],
    ['on one of another snapshot', { records: [{ ...FULL, backupTso: '99' }, LINK] }, /full ends at TSO 99/],
  ])('is refused on a base %s', async (_, change, message) => {
    await expect(prepare(change).look()).rejects.toMatchObject({
      name: 'BaseGone',
      message: expect.stringMatching(message),
    });
  });

  it('is refused if the files of an earlier link are missing', async () => {
    const { look, missing } = prepare();
    missing.add('s3://backups/tidb/cluster-1/full/attempt-1');
    await expect(look()).rejects.toMatchObject({
      name: 'BaseGone',
      message: expect.stringMatching(/^the base backup full .*: backupmeta is not in s3:/),
    });
  });

  it('passes on why DDL is hidden', async () => {
    const ddl = new NodeFailure('DdlHistoryUnreadable', 'the account must have PROCESS');
    await expect(prepare({ ddl }).look()).rejects.toBe(ddl);
  });
});
