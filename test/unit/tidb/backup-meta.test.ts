import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { snapshotTso } from '../../../functions/domain/backup-meta.ts';
import { encodeMessage } from '../../../infra/local/tidb-sandbox/brie/protobuf.ts';

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

describe('the snapshot TSO in a backupmeta', () => {
  it('is found whatever comes before it and however it is cut into chunks', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.bigInt({ min: 1n, max: 2n ** 64n - 1n }),
        fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 5 }),
        fc.integer({ min: 1, max: 64 }),
        async (tso, files, size) => {
          expect(await snapshotTso(inChunks(backupMeta(tso, files), size))).toBe(tso.toString());
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

    expect(await snapshotTso(endless())).toBe('449999999999999999');
    expect(isClosed).toBe(true);
  });

  it.each([
    ['is empty', new Uint8Array()],
    ['is cut off', backupMeta(1n).subarray(0, 12)],
    ['is something else', new TextEncoder().encode('{"not": "protobuf"}')],
  ])('a file that %s has none', async (_, bytes) => {
    await expect(snapshotTso(inChunks(bytes, 16))).rejects.toThrow(/backupmeta/);
  });
});
