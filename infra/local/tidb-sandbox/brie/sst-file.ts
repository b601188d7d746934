import type { RowChange, TableChecksum } from '../storage/storage.ts';
import { RowChecksum } from './row-checksum.ts';

/** The sandbox's own format under TiKV's file names: this header, then length-prefixed keys and values in key order. */
const MAGIC = Buffer.from('TIDBSBX1');
/** Replaces a value's length if the key was deleted. */
const DELETED = 0xffff_ffff;
const LENGTH_BYTES = 4;

export interface SstContent {
  readonly content: Uint8Array;
  readonly checksum: TableChecksum;
}

/** Builds one file in memory: a region is small. */
export class SstWriter {
  readonly #checksum = new RowChecksum();
  #buffer = Buffer.allocUnsafe(64 * 1024);
  #length = MAGIC.copy(this.#buffer);

  get size(): number {
    return this.#length;
  }

  get isEmpty(): boolean {
    return this.#length === MAGIC.length;
  }

  add({ key, value }: RowChange): void {
    this.#reserve(2 * LENGTH_BYTES + key.length + (value?.length ?? 0));
    this.#append(key, key.length);
    this.#append(value ?? new Uint8Array(), value?.length ?? DELETED);
    if (value !== null) this.#checksum.add(key, value);
  }

  finish(): SstContent {
    return { content: this.#buffer.subarray(0, this.#length), checksum: this.#checksum.value };
  }

  #append(bytes: Uint8Array, length: number): void {
    this.#buffer.writeUInt32LE(length, this.#length);
    this.#buffer.set(bytes, this.#length + LENGTH_BYTES);
    this.#length += LENGTH_BYTES + bytes.length;
  }

  #reserve(more: number): void {
    const needed = this.#length + more;
    if (needed <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(needed, this.#buffer.length * 2));
    this.#buffer.copy(larger, 0, 0, this.#length);
    this.#buffer = larger;
  }
}

/** The changes in a file, in order. Throws if it is truncated or no such file. */
export function* readSst(content: Uint8Array): Iterable<RowChange> {
  const buffer = Buffer.from(content.buffer, content.byteOffset, content.byteLength);
  if (!buffer.subarray(0, MAGIC.length).equals(MAGIC)) throw new Error('Corruption: bad magic number');
  let at = MAGIC.length;
  const next = (): Uint8Array | null => {
    if (at + LENGTH_BYTES > buffer.length) throw new Error('Corruption: truncated block read');
    const length = buffer.readUInt32LE(at);
    at += LENGTH_BYTES;
    if (length === DELETED) return null;
    if (at + length > buffer.length) throw new Error('Corruption: truncated block read');
    at += length;
    return buffer.subarray(at - length, at);
  };
  while (at < buffer.length) {
    const key = next();
    if (key === null) throw new Error('Corruption: bad entry in block');
    yield { key, value: next() };
  }
}
