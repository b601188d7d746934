import { createHash } from 'node:crypto';
import type { RowChange } from '../storage/storage.ts';
import type { BackupFile, ColumnFamily } from './backup-meta.ts';
import type { ExternalStorage } from './external-storage.ts';
import { SstWriter } from './sst-file.ts';
import { encodeTableKey, hashOfKey } from './table-key.ts';

/** A region has 96 MiB in TiKV; here it is what one writer holds in memory. It exceeds TiKV's part size, so that multipart uploads occur. */
const REGION_BYTES = 6 * 1024 * 1024;
/** Longer values are stored apart from their keys (SHORT_VALUE_MAX_LEN in TiKV's txn_types). */
const SHORT_VALUE_BYTES = 255;
/** The sandbox's cluster has one TiKV node. */
const STORE_ID = 1;
const REGION_EPOCH = 1;

/** Collects a table's rows, in key order, into one region's files. */
export class RegionWriter {
  readonly #tableId: bigint;
  readonly #regionId: number;
  readonly #families: Readonly<Record<ColumnFamily, SstWriter>> = { write: new SstWriter(), default: new SstWriter() };
  #firstKey: Uint8Array | undefined;
  #lastKey: Uint8Array | undefined;

  constructor(tableId: bigint, regionId: number) {
    this.#tableId = tableId;
    this.#regionId = regionId;
  }

  get isEmpty(): boolean {
    return this.#firstKey === undefined;
  }

  get isFull(): boolean {
    return this.#families.write.size + this.#families.default.size >= REGION_BYTES;
  }

  add(change: RowChange): void {
    const family = (change.value?.length ?? 0) > SHORT_VALUE_BYTES ? 'default' : 'write';
    this.#families[family].add(change);
    this.#firstKey ??= change.key;
    this.#lastKey = change.key;
  }

  /** Writes the files; `millis` is the Unix time in their names. */
  async flush(storage: ExternalStorage, millis: number): Promise<BackupFile[]> {
    const startKey = encodeTableKey(this.#tableId, this.#firstKey ?? new Uint8Array());
    const endKey = encodeTableKey(this.#tableId, this.#lastKey ?? new Uint8Array());
    const stem = `${STORE_ID}/${this.#regionId}_${REGION_EPOCH}_${hashOfKey(startKey)}_${millis}`;
    const files: BackupFile[] = [];
    for (const columnFamily of ['write', 'default'] as const) {
      const writer = this.#families[columnFamily];
      if (writer.isEmpty) continue;
      const { content, checksum } = writer.finish();
      const name = `${stem}_${columnFamily}.sst`;
      const sha256 = createHash('sha256').update(content).digest();
      await storage.write(name, content);
      files.push({ name, sha256, startKey, endKey, columnFamily, checksum, size: BigInt(content.length) });
    }
    return files;
  }
}
