import { crc64 } from '../storage/crc64.ts';
import type { TableChecksum } from '../storage/storage.ts';

/** Sums up rows as `ADMIN CHECKSUM TABLE` does: XOR of each row's CRC-64, independent of order and files. */
export class RowChecksum {
  #crc64Xor = 0n;
  #totalKvs = 0n;
  #totalBytes = 0n;

  add(key: Uint8Array, value: Uint8Array): void {
    this.#crc64Xor ^= crc64(key, value);
    this.#totalKvs += 1n;
    this.#totalBytes += BigInt(key.length + value.length);
  }

  get value(): TableChecksum {
    return { crc64Xor: this.#crc64Xor, totalKvs: this.#totalKvs, totalBytes: this.#totalBytes };
  }
}

export function combineChecksums(checksums: Iterable<TableChecksum>): TableChecksum {
  const total = { crc64Xor: 0n, totalKvs: 0n, totalBytes: 0n };
  for (const { crc64Xor, totalKvs, totalBytes } of checksums) {
    total.crc64Xor ^= crc64Xor;
    total.totalKvs += totalKvs;
    total.totalBytes += totalBytes;
  }
  return total;
}

export function equalChecksums(a: TableChecksum, b: TableChecksum): boolean {
  return a.crc64Xor === b.crc64Xor && a.totalKvs === b.totalKvs && a.totalBytes === b.totalBytes;
}
