/** Protobuf wire types that BR's files use. */
const VARINT = 0;
const LENGTH_DELIMITED = 2;

/** A message that is malformed or truncated. */
export class MalformedMessage extends Error {
  override readonly name = 'MalformedMessage';
}

export interface Field {
  number: number;
  value: bigint | Uint8Array;
}

/**
 * The fields of a message, streamed; it is never held in memory as a whole. Of length-delimited fields, only the
 * `wanted` ones. Source: https://protobuf.dev/programming-guides/encoding/
 * @throws MalformedMessage
 */
export async function* fieldsOf(
  message: AsyncIterable<Uint8Array>,
  wanted: readonly number[] = [],
): AsyncGenerator<Field> {
  const chunks = message[Symbol.asyncIterator]();
  try {
    const input = new ByteReader(chunks);
    for (;;) {
      const tag = await input.firstVarint();
      if (tag === undefined) return;
      const number = Number(tag >> 3n);
      const wireType = Number(tag & 7n);
      if (wireType === VARINT) yield { number, value: await input.varint() };
      else if (wireType !== LENGTH_DELIMITED) throw new MalformedMessage('it is not a BR message');
      else {
        const length = Number(await input.varint());
        if (wanted.includes(number)) yield { number, value: await input.take(length) };
        else await input.skip(length);
      }
    }
  } finally {
    // Stopping early frees the connection that the bytes come from.
    await chunks.return?.();
  }
}

/** Like {@link fieldsOf}, for a message in memory. */
export async function* fieldsIn(message: Uint8Array, wanted: readonly number[] = []): AsyncGenerator<Field> {
  async function* whole() {
    yield message;
  }
  yield* fieldsOf(whole(), wanted);
}

/** Reads bytes from chunks as they arrive. */
class ByteReader {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #chunk: Uint8Array = new Uint8Array();
  #position = 0;

  constructor(chunks: AsyncIterator<Uint8Array>) {
    this.#chunks = chunks;
  }

  /** `undefined` at the end. */
  async firstVarint(): Promise<bigint | undefined> {
    return (await this.#fill()) ? await this.varint() : undefined;
  }

  async varint(): Promise<bigint> {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      if (!(await this.#fill())) throw endsInTheMiddle();
      const byte = this.#chunk[this.#position++] ?? 0;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    throw new MalformedMessage('it holds a number of more than 64 bits');
  }

  async take(count: number): Promise<Uint8Array> {
    const parts: Uint8Array[] = [];
    await this.#each(count, (part) => parts.push(part));
    return Buffer.concat(parts);
  }

  async skip(count: number): Promise<void> {
    await this.#each(count, () => {});
  }

  async #each(count: number, use: (part: Uint8Array) => void): Promise<void> {
    for (let left = count; left > 0; ) {
      if (!(await this.#fill())) throw endsInTheMiddle();
      const part = this.#chunk.subarray(this.#position, this.#position + left);
      use(part);
      this.#position += part.length;
      left -= part.length;
    }
  }

  /** False at the end. */
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

function endsInTheMiddle(): MalformedMessage {
  return new MalformedMessage('it ends in the middle');
}
