import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { contentsOfBackupMeta, originOf, readBackupMeta } from '../../../../functions/domain/backup/backup-meta.ts';
import { encodeMessage } from '../../../../infra/local/tidb-sandbox/brie/protobuf.ts';

/** As BR writes it: the files come before the end version. */
function backupMeta(endVersion: bigint, files: readonly Uint8Array[] = []): Uint8Array {
  return encodeMessage([
    [1, 7_000_000_000_000_000_000n],
    [2, '8.5.0'],
    ...files.map((file) => [4, file] as const),
    [6, endVersion],
    [11, 'br 8.5.0'],
  ]);
}

async function* inChunks(bytes: Uint8Array, size: number) {
  for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size);
}

describe('the origin in a backupmeta', () => {
  it('is found after anything, and in any chunks', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.bigInt({ min: 1n, max: 2n ** 64n - 1n }),
        fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 5 }),
        fc.integer({ min: 1, max: 64 }),
        async (tso, files, size) => {
          expect(await originOf(inChunks(backupMeta(tso, files), size))).toEqual({
            backupTso: tso.toString(),
            tidbClusterId: '7000000000000000000',
          });
        },
      ),
    );
  });

  it('is read without the rest of the file', async () => {
    let isClosed = false;
    async function* endless() {
      try {
        yield backupMeta(449_999_999_999_999_999n);
        throw new Error('read on');
      } finally {
        isClosed = true;
      }
    }

    expect(await originOf(endless())).toMatchObject({ backupTso: '449999999999999999' });
    expect(isClosed).toBe(true);
  });

  it.each([
    ['is empty', new Uint8Array()],
    ['is truncated', backupMeta(1n).subarray(0, 12)],
    ['is something else', new TextEncoder().encode('{"not": "protobuf"}')],
  ])('a file that %s has none', async (_, bytes) => {
    await expect(originOf(inChunks(bytes, 16))).rejects.toThrow(
      /is empty|no end version|ends in the middle|not a BR message/,
    );
  });
});

/** TiDB's JSON of a database and a table, as far as needed (pkg/meta/model). */
const databaseInfo = (name: string) => JSON.stringify({ id: 2, db_name: { O: name, L: name.toLowerCase() }, state: 5 });
const tableInfo = (name: string) => JSON.stringify({ id: 104, name: { O: name, L: name.toLowerCase() }, cols: [] });
const schema = (database: string, table?: string) =>
  encodeMessage([
    [1, databaseInfo(database)],
    ...(table === undefined ? [] : [[2, tableInfo(table)] as const]),
    [4, 7n],
  ]);

const SCHEMAS = [
  schema('Shop', 'Orders'),
  schema('Shop', 'a "b"'),
  schema('test'),
  schema('__TiDB_BR_Temporary_mysql', 'user'),
];
const CONTENTS = {
  databases: ['Shop', 'test'],
  tables: [
    { database: 'Shop', table: 'Orders' },
    { database: 'Shop', table: 'a "b"' },
  ],
};

/** A file of BR that lists others. */
const metaFile = (parts: Readonly<Record<string, Uint8Array>>) =>
  encodeMessage(
    Object.entries(parts).map(
      ([name, bytes]) =>
        [
          1,
          encodeMessage([
            [1, name],
            [2, createHash('sha256').update(bytes).digest()],
          ]),
        ] as const,
    ),
  );

function folder(files: Readonly<Record<string, Uint8Array>>) {
  return async (name: string) => {
    const bytes = files[name];
    return bytes && inChunks(bytes, 7);
  };
}

describe('the data of a backupmeta', () => {
  it('are the snapshot, the release and the collations', async () => {
    const meta = encodeMessage([
      [2, '"8.5.0"\n'],
      [4, new Uint8Array(300)],
      [6, 449n],
      [20, 'True'],
    ]);
    expect(await readBackupMeta(inChunks(meta, 16))).toEqual({
      backupTso: '449',
      tidbVersion: 'v8.5.0',
      newCollationEnabled: true,
    });
  });

  it.each([
    ['is empty', new Uint8Array(), 'it is empty'],
    ['is truncated', backupMeta(1n, [new Uint8Array(100)]).subarray(0, 60), 'it ends in the middle'],
    ['is truncated in its last field', backupMeta(1n).subarray(0, -1), 'it ends in the middle'],
    ['holds zeros', new Uint8Array(100), 'it has no end version'],
    ['is something else', new TextEncoder().encode('{"not": "protobuf"}'), 'it is not a BR message'],
  ])('are rejected for one that %s', async (_, bytes, message) => {
    await expect(readBackupMeta(inChunks(bytes, 16))).rejects.toThrow(message);
  });
});

describe('the objects in a backupmeta', () => {
  it("are databases and tables, without TiDB's own, if they are in the file itself", async () => {
    const meta = encodeMessage([...SCHEMAS.map((each) => [7, each] as const), [6, 449n]]);
    expect(await contentsOfBackupMeta(folder({ backupmeta: meta }))).toEqual(CONTENTS);
  });

  it('are also found in separate files', async () => {
    const parts = {
      'backupmeta.schema.000000001': encodeMessage(SCHEMAS.slice(0, 1).map((each) => [3, each] as const)),
      'backupmeta.schema.000000002': encodeMessage(SCHEMAS.slice(1).map((each) => [3, each] as const)),
    };
    const meta = encodeMessage([
      [6, 449n],
      [13, metaFile({})],
      [14, metaFile(parts)],
    ]);

    expect(await contentsOfBackupMeta(folder({ backupmeta: meta, ...parts }))).toEqual(CONTENTS);
    const changed = { ...parts, 'backupmeta.schema.000000002': parts['backupmeta.schema.000000001'] };
    await expect(contentsOfBackupMeta(folder({ backupmeta: meta, ...changed }))).rejects.toThrow(
      'backupmeta.schema.000000002 has changed since it was written',
    );
    await expect(contentsOfBackupMeta(folder({ backupmeta: meta }))).rejects.toThrow(
      'backupmeta.schema.000000001 is missing',
    );
  });

  it('are none for a backup of empty databases only', async () => {
    expect(await contentsOfBackupMeta(folder({ backupmeta: backupMeta(449n) }))).toEqual({ databases: [], tables: [] });
  });
});
