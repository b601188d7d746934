import type { Readable } from 'node:stream';

interface Output {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  write(text: string): unknown;
}

/** Standard input; a person's if it is a terminal. */
type Input = Readable & { readonly isTTY?: boolean; setRawMode?(raw: boolean): unknown };

/** Everything outside that a command may use. */
export interface Surroundings {
  readonly stdin: Input;
  readonly stdout: Output;
  readonly stderr: Output;
  readonly env: Readonly<Partial<Record<string, string>>>;
  readonly now: () => number;
  readonly sleep: (ms: number) => Promise<void>;
}

export interface Style {
  readonly bold: (text: string) => string;
  readonly red: (text: string) => string;
  readonly green: (text: string) => string;
  readonly yellow: (text: string) => string;
}

/** Colours on a terminal that supports them, unless `NO_COLOR` is set (https://no-color.org). */
export function styleOf({ isTTY = false }: Output, { NO_COLOR = '', TERM }: Surroundings['env']): Style {
  const isPlain = !isTTY || NO_COLOR !== '' || TERM === 'dumb';
  const code = (start: number, end: number) => (text: string) => (isPlain ? text : `\x1b[${start}m${text}\x1b[${end}m`);
  return { bold: code(1, 22), red: code(31, 39), green: code(32, 39), yellow: code(33, 39) };
}
