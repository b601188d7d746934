/** Field of `BackupMeta` (pingcap/kvproto brpb.proto) that holds the snapshot's TSO. */
const END_VERSION = 6;

/** Protobuf wire types that a BackupMeta uses. */
const VARINT = 0;
const LENGTH_DELIMITED = 2;

/**
 * The snapshot TSO of a finished backup, out of its `backupmeta`. SQL cannot tell it: `SHOW BACKUP METADATA` rounds it to
 * seconds. The file lists every other file in old formats, so it is read in passing and never held.
 * @throws Error if it is not a BackupMeta, or has no end version.
 */
export async function snapshotTso(backupMeta: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks = backupMeta[Symbol.asyncIterator]();
  try {
    return (await endVersion(new ByteReader(chunks))).toString();
  } finally {
    // What follows is not wanted: this frees the connection that it comes from.
    await chunks.return?.();
  }
}

async function endVersion(input: ByteReader): Promise<bigint> {
  for (;;) {
    const tag = await input.varint();
    if (tag === undefined) throw new Error('backupmeta has no end version');
    const wireType = Number(tag & 7n);
    const field = Number(tag >> 3n);
    if (wireType === VARINT) {
      const value = await input.varint();
      if (field === END_VERSION && value !== undefined) return value;
    } else if (wireType === LENGTH_DELIMITED) {
      await input.skip(Number((await input.varint()) ?? 0n));
    } else {
      throw new Error('backupmeta is not a BackupMeta message');
    }
  }
}

/** Takes bytes from chunks as they come. */
class ByteReader {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #chunk: Uint8Array = new Uint8Array();
  #position = 0;

  constructor(chunks: AsyncIterator<Uint8Array>) {
    this.#chunks = chunks;
  }

  /** Undefined at the end. */
  async varint(): Promise<bigint | undefined> {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      if (!(await this.#fill())) return undefined;
      const byte = this.#chunk[this.#position++] ?? 0;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    throw new Error('backupmeta holds a number of more than 64 bits');
  }

  async skip(count: number): Promise<void> {
    let left = count;
    while (left > 0 && (await this.#fill())) {
      const step = Math.min(left, this.#chunk.length - this.#position);
      this.#position += step;
      left -= step;
    }
  }

  /** False: there is nothing more. */
  async #fill(): Promise<boolean> {
    while (this.#position === this.#chunk.length) {
      const next = await this.#chunks.next();
      if (next.done) return false;
      this.#chunk = next.value;
      this.#position = 0;
    }
    return true;
  }
}
