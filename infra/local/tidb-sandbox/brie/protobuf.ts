/**
 * The part of Protocol Buffers' wire format that `backupmeta` needs: varints and length-delimited fields. Source:
 * https://protobuf.dev/programming-guides/encoding/
 */
const VARINT = 0;
const LENGTH_DELIMITED = 2;

export type FieldValue = bigint | string | Uint8Array;

/** Writes fields in order and omits zero and empty values, as proto3 does. */
export function encodeMessage(fields: Iterable<readonly [number: number, value: FieldValue]>): Uint8Array {
  const parts: Uint8Array[] = [];
  for (const [number, value] of fields) {
    if (typeof value === 'bigint') {
      if (value !== 0n) parts.push(encodeVarint(BigInt((number << 3) | VARINT)), encodeVarint(value));
      continue;
    }
    const bytes = typeof value === 'string' ? Buffer.from(value, 'utf8') : value;
    if (bytes.length === 0) continue;
    parts.push(encodeVarint(BigInt((number << 3) | LENGTH_DELIMITED)), encodeVarint(BigInt(bytes.length)), bytes);
  }
  return Buffer.concat(parts);
}

/** A message's fields by number. Throws for anything else. */
export class DecodedMessage {
  readonly #fields = new Map<number, (bigint | Uint8Array)[]>();

  constructor(bytes: Uint8Array) {
    const reader = new Reader(bytes);
    while (!reader.atEnd) {
      const tag = Number(reader.varint());
      const value = reader.value(tag & 7);
      const values = this.#fields.get(tag >> 3);
      if (values) values.push(value);
      else this.#fields.set(tag >> 3, [value]);
    }
  }

  uint(number: number): bigint {
    const value = this.#fields.get(number)?.at(-1) ?? 0n;
    if (typeof value !== 'bigint') throw new Error('proto: wrong wireType');
    return value;
  }

  bytes(number: number): Uint8Array {
    return this.#lengthDelimited(number).at(-1) ?? new Uint8Array();
  }

  text(number: number): string {
    return Buffer.from(this.bytes(number)).toString('utf8');
  }

  messages(number: number): DecodedMessage[] {
    return this.#lengthDelimited(number).map((bytes) => new DecodedMessage(bytes));
  }

  #lengthDelimited(number: number): Uint8Array[] {
    return (this.#fields.get(number) ?? []).map((value) => {
      if (typeof value === 'bigint') throw new Error('proto: wrong wireType');
      return value;
    });
  }
}

class Reader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get atEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  varint(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.#bytes[this.#at];
      if (byte === undefined) throw new Error('unexpected EOF');
      this.#at += 1;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    throw new Error('proto: integer overflow');
  }

  value(wireType: number): bigint | Uint8Array {
    if (wireType === VARINT) return this.varint();
    if (wireType !== LENGTH_DELIMITED) throw new Error(`proto: illegal wireType ${wireType}`);
    const length = Number(this.varint());
    const end = this.#at + length;
    if (end > this.#bytes.length) throw new Error('unexpected EOF');
    const bytes = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return bytes;
  }
}

function encodeVarint(value: bigint): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  while (rest > 0x7fn) {
    bytes.push(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  }
  bytes.push(Number(rest));
  return Uint8Array.from(bytes);
}
