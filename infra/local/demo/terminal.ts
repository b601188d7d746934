const BAR_WIDTH = 30;

/** Prints a running step: a line that is redrawn on a terminal, only the milestones in a log file. */
export class ProgressLine {
  readonly #stream: NodeJS.WriteStream;
  #label = '';
  #lastPercent = -1;

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream;
  }

  show(label: string, percent?: number): void {
    const begins = label !== this.#label;
    if (begins) this.#lastPercent = -1;
    const rounded = percent === undefined ? undefined : Math.floor(percent);
    if (this.#stream.isTTY) {
      if (begins && this.#label !== '') this.#stream.write('\n');
      this.#stream.write(`\r\x1b[K${label.padEnd(34)}${rounded === undefined ? '' : bar(rounded)}`);
    } else if (begins || (rounded !== undefined && rounded >= this.#lastPercent + 20)) {
      this.#stream.write(`${label.padEnd(34)}${rounded === undefined ? '' : bar(rounded)}\n`);
      this.#lastPercent = rounded ?? -1;
    }
    this.#label = label;
  }

  end(): void {
    if (this.#stream.isTTY && this.#label !== '') this.#stream.write('\n');
    this.#label = '';
  }
}

function bar(percent: number): string {
  const filled = Math.round((Math.min(percent, 100) / 100) * BAR_WIDTH);
  return `[${'█'.repeat(filled)}${'░'.repeat(BAR_WIDTH - filled)}] ${String(percent).padStart(3)} %`;
}

/** Two columns, the first as wide as its widest entry. */
export function table(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`).join('\n');
}
