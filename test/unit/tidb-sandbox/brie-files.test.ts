import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type BackupMeta,
  checksumOfTable,
  decodeBackupIndex,
  encodeBackupMeta,
} from '../../../infra/local/tidb-sandbox/brie/backup-meta.ts';
import { DecodedMessage, encodeMessage } from '../../../infra/local/tidb-sandbox/brie/protobuf.ts';
import { readBackupIndex, readBackupMeta } from '../../../infra/local/tidb-sandbox/brie/read-meta.ts';
import { readSst, SstWriter } from '../../../infra/local/tidb-sandbox/brie/sst-file.ts';
import { encodeTableKey, tableIdOf } from '../../../infra/local/tidb-sandbox/brie/table-key.ts';

const bytes = fc.uint8Array({ maxLength: 300 });
const uint64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const rows = fc.array(fc.record({ key: fc.uint8Array({ minLength: 1 }), value: fc.option(bytes) }));

function write(changes: Iterable<{ key: Uint8Array; value: Uint8Array | null }>) {
  const writer = new SstWriter();
  for (const change of changes) writer.add(change);
  return writer.finish();
}

describe('sst files', () => {
  it('return every row and deletion that was written', () => {
    fc.assert(
      fc.property(rows, (changes) => {
        const read = [...readSst(write(changes).content)].map(({ key, value }) => [[...key], value && [...value]]);
        expect(read).toEqual(changes.map(({ key, value }) => [[...key], value && [...value]]));
      }),
    );
  });

  it('have a checksum that does not depend on the order of the rows', () => {
    fc.assert(
      fc.property(rows, (changes) => {
        expect(write(changes).checksum).toEqual(write(changes.toReversed()).checksum);
      }),
    );
  });

  it('are refused if truncated or of another format', () => {
    const { content } = write([{ key: Buffer.from('key'), value: Buffer.from('value') }]);
    expect(() => [...readSst(content.subarray(0, -1))]).toThrow('truncated');
    expect(() => [...readSst(Buffer.from('something else'))]).toThrow('bad magic number');
  });
});

describe('table keys', () => {
  it('hold the id of their table, and sort by it', () => {
    const id = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
    fc.assert(
      fc.property(id, id, bytes, (a, b, key) => {
        expect(tableIdOf(encodeTableKey(a, key))).toBe(a);
        const order = Buffer.compare(encodeTableKey(a, key), encodeTableKey(b, key));
        expect(order).toBe(a < b ? -1 : a > b ? 1 : 0);
      }),
    );
  });
});

describe('backupmeta', () => {
  it('preserves all 64-bit numbers and bytes', () => {
    fc.assert(
      fc.property(uint64, bytes, fc.string(), (number, blob, text) => {
        const message = new DecodedMessage(
          encodeMessage([
            [1, number],
            [2, blob],
            [3, text],
            [200, number],
          ]),
        );
        expect([message.uint(1), message.uint(200)]).toEqual([number, number]);
        expect([...message.bytes(2)]).toEqual([...blob]);
        expect(message.text(3)).toBe(Buffer.from(text).toString());
      }),
    );
  });

  const meta: BackupMeta = {
    clusterId: 2n ** 64n - 1n,
    clusterVersion: '8.5.0',
    startVersion: 470647703261675520n,
    endVersion: 470647703865393152n,
    files: [
      {
        name: '1/1_1_aa_1_write.sst',
        sha256: Buffer.alloc(32, 7),
        startKey: encodeTableKey(5n, Buffer.from('a')),
        endKey: encodeTableKey(5n, Buffer.from('b')),
        columnFamily: 'write',
        checksum: { crc64Xor: 3n, totalKvs: 2n, totalBytes: 10n },
        size: 99n,
      },
    ],
    schemas: [
      { database: 'empty' },
      {
        database: 'größe',
        table: {
          id: 5n,
          name: "it's",
          nextRowId: 2n ** 63n,
          definition: { columns: [], indexes: [], clustered: true, comment: '', nextColumnId: 1, nextIndexId: 1 },
        },
      },
    ],
    newCollation: 'True',
    ddlJobs: [
      {
        id: 7n,
        type: 'drop table',
        subjobs: [],
        database: 'größe',
        databaseId: 4n,
        table: 'gone',
        tableId: 6n,
        tables: [],
        query: 'DROP TABLE gone',
        createTs: 470647703361675520n,
        schemaTs: 470647703361675521n,
        finishTs: 470647703361675522n,
      },
    ],
  };

  const stored = (files: ReturnType<typeof encodeBackupMeta>) => ({
    read: async (name: string) => files.find((file) => file.name === name)?.content ?? new Uint8Array(),
  });

  it('holds files, schemas and the DDL since its base, each in its own part', async () => {
    const encoded = encodeBackupMeta(meta);
    expect(encoded.map(({ name }) => name)).toEqual([
      'backupmeta.datafile.000000001',
      'backupmeta.schema.000000002',
      'backupmeta.ddl.000000003',
      'backupmeta',
    ]);
    const decoded = await readBackupMeta(await readBackupIndex(stored(encoded)), stored(encoded));
    expect(decoded).toMatchObject({
      ...meta,
      files: meta.files.map((file) => ({
        ...file,
        sha256: expect.anything(),
        startKey: expect.anything(),
        endKey: expect.anything(),
      })),
    });
    expect(checksumOfTable(5n, decoded.files)).toEqual({ crc64Xor: 3n, totalKvs: 2n, totalBytes: 10n });
  });

  it('is refused if truncated or written by a real BR', () => {
    const encoded = encodeBackupMeta(meta).at(-1)?.content ?? new Uint8Array();
    expect(() => decodeBackupIndex(encoded.subarray(0, -1))).toThrow('unexpected EOF');
    const foreign = encodeMessage([
      [2, '8.5.0'],
      [11, 'BR\nRelease Version: v8.5.0'],
    ]);
    expect(() => decodeBackupIndex(foreign)).toThrow('not supported by the sandbox');
  });
});
