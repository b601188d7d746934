/**
 * A timestamp of TiDB's oracle: physical milliseconds << 18 | logical counter. Above 2^53, hence a bigint; as text it is a decimal string.
 * Source: tikv/client-go oracle.ComposeTS.
 */
export type Tso = bigint;

const LOGICAL_BITS = 18n;

export function tsoFromMillis(millis: number): Tso {
  return BigInt(Math.floor(millis)) << LOGICAL_BITS;
}

/** Physical part in Unix milliseconds. */
export function millisFromTso(tso: Tso): number {
  return Number(tso >> LOGICAL_BITS);
}

/** Issues strictly increasing timestamps, even if the clock stands still or goes back. */
export class TimestampOracle {
  readonly #clock: () => number;
  #last: Tso;

  /** `clock` returns Unix milliseconds; `last` is the greatest timestamp already used, 0n for a new cluster. */
  constructor(clock: () => number, last: Tso) {
    this.#clock = clock;
    this.#last = last;
  }

  /** Later timestamps are greater. */
  advance(past: Tso): void {
    if (past > this.#last) this.#last = past;
  }

  next(): Tso {
    const physical = tsoFromMillis(this.#clock());
    this.#last = physical > this.#last ? physical : this.#last + 1n;
    return this.#last;
  }
}
