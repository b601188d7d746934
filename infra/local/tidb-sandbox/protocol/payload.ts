/** A packet that ends before its fields do. */
export class MalformedPacket extends Error {
  override readonly name = 'MalformedPacket';
}

/** Reads the fields of one packet's payload; throws MalformedPacket beyond its end. */
export class PayloadReader {
  readonly #bytes: Buffer;
  #at: number;

  constructor(bytes: Buffer, at = 0) {
    this.#bytes = bytes;
    this.#at = at;
  }

  get hasMore(): boolean {
    return this.#at < this.#bytes.length;
  }

  uint8(): number {
    return this.#bytes.readUInt8(this.#advance(1));
  }

  uint16(): number {
    return this.#bytes.readUInt16LE(this.#advance(2));
  }

  uint32(): number {
    return this.#bytes.readUInt32LE(this.#advance(4));
  }

  int8(): number {
    return this.#bytes.readInt8(this.#advance(1));
  }

  int16(): number {
    return this.#bytes.readInt16LE(this.#advance(2));
  }

  int32(): number {
    return this.#bytes.readInt32LE(this.#advance(4));
  }

  int64(): bigint {
    return this.#bytes.readBigInt64LE(this.#advance(8));
  }

  uint64(): bigint {
    return this.#bytes.readBigUInt64LE(this.#advance(8));
  }

  float(): number {
    return this.#bytes.readFloatLE(this.#advance(4));
  }

  double(): number {
    return this.#bytes.readDoubleLE(this.#advance(8));
  }

  bytes(length: number): Buffer {
    const start = this.#advance(length);
    return this.#bytes.subarray(start, start + length);
  }

  skip(length: number): void {
    this.#advance(length);
  }

  /** Up to the next zero byte, or to the end. */
  nullTerminated(): string {
    const zero = this.#bytes.indexOf(0, this.#at);
    const end = zero < 0 ? this.#bytes.length : zero;
    const text = this.#bytes.toString('utf8', this.#at, end);
    this.#at = end + 1;
    return text;
  }

  lengthEncodedInteger(): number {
    const first = this.uint8();
    if (first < 0xfb) return first;
    if (first === 0xfc) return this.uint16();
    if (first === 0xfd) return this.uint8() + this.uint16() * 256;
    return Number(this.uint64());
  }

  lengthEncodedBytes(): Buffer {
    return this.bytes(this.lengthEncodedInteger());
  }

  rest(): Buffer {
    return this.#bytes.subarray(this.#at);
  }

  #advance(by: number): number {
    const start = this.#at;
    if (start + by > this.#bytes.length) throw new MalformedPacket();
    this.#at = start + by;
    return start;
  }
}

/** Builds one packet's payload; grows as needed. */
export class PayloadWriter {
  #bytes = Buffer.allocUnsafe(256);
  #length = 0;

  uint8(value: number): this {
    const at = this.#grow(1);
    this.#bytes.writeUInt8(value, at);
    return this;
  }

  uint16(value: number): this {
    const at = this.#grow(2);
    this.#bytes.writeUInt16LE(value, at);
    return this;
  }

  uint32(value: number): this {
    const at = this.#grow(4);
    this.#bytes.writeUInt32LE(value, at);
    return this;
  }

  uint64(value: bigint): this {
    const at = this.#grow(8);
    this.#bytes.writeBigUInt64LE(BigInt.asUintN(64, value), at);
    return this;
  }

  float(value: number): this {
    const at = this.#grow(4);
    this.#bytes.writeFloatLE(value, at);
    return this;
  }

  double(value: number): this {
    const at = this.#grow(8);
    this.#bytes.writeDoubleLE(value, at);
    return this;
  }

  raw(bytes: Uint8Array): this {
    const at = this.#grow(bytes.length);
    this.#bytes.set(bytes, at);
    return this;
  }

  text(value: string): this {
    return this.raw(Buffer.from(value));
  }

  nullTerminated(value: string): this {
    return this.text(value).uint8(0);
  }

  lengthEncodedInteger(value: bigint | number): this {
    const integer = BigInt(value);
    if (integer < 0xfbn) return this.uint8(Number(integer));
    if (integer <= 0xffffn) return this.uint8(0xfc).uint16(Number(integer));
    if (integer <= 0xffffffn) {
      return this.uint8(0xfd)
        .uint16(Number(integer & 0xffffn))
        .uint8(Number(integer >> 16n));
    }
    return this.uint8(0xfe).uint64(integer);
  }

  lengthEncoded(value: string | Uint8Array): this {
    const bytes = typeof value === 'string' ? Buffer.from(value) : value;
    return this.lengthEncodedInteger(bytes.length).raw(bytes);
  }

  /** Returns the payload and resets the writer. */
  take(): Buffer {
    const payload = this.#bytes.subarray(0, this.#length);
    this.#bytes = Buffer.allocUnsafe(256);
    this.#length = 0;
    return payload;
  }

  /** Makes room; `#bytes` may be another buffer afterwards. */
  /** Call it before reading `#bytes`, which it may replace. */
  #grow(by: number): number {
    const start = this.#length;
    this.#length += by;
    if (this.#length > this.#bytes.length) {
      const larger = Buffer.allocUnsafe(Math.max(this.#length, this.#bytes.length * 2));
      this.#bytes.copy(larger, 0, 0, start);
      this.#bytes = larger;
    }
    return start;
  }
}
