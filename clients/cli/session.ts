import { type Client, createClient } from '../typescript/client.ts';
import { type ConnectionFlags, connect } from './connection.ts';
import { type Row, table } from './table.ts';
import { type Style, type Surroundings, styleOf } from './terminal.ts';

/** A running command: its client and its output. */
export class Session {
  readonly surroundings: Surroundings;
  readonly isJson: boolean;
  readonly style: Style;
  readonly #flags: ConnectionFlags;
  #client: Promise<Client> | undefined;

  constructor(
    surroundings: Surroundings,
    { json = false, ...flags }: ConnectionFlags & { json?: boolean | undefined },
  ) {
    this.surroundings = surroundings;
    this.isJson = json;
    this.style = styleOf(surroundings.stdout, surroundings.env);
    this.#flags = flags;
  }

  get client(): Promise<Client> {
    this.#client ??= connect(this.#flags, this.surroundings.env).then(createClient);
    return this.#client;
  }

  get connection(): ConnectionFlags {
    return this.#flags;
  }

  /** To standard output: JSON for programs, or lines for people. */
  print(value: unknown, lines: () => readonly string[]): void {
    const text = this.isJson ? JSON.stringify(value, null, 2) : lines().join('\n');
    if (text !== '') this.surroundings.stdout.write(`${text}\n`);
  }

  table(headers: readonly string[], rows: readonly Row[]): string[] {
    return table(headers, rows, this.style.bold);
  }

  /** To standard error, for people: it never mixes with what a program reads. */
  note(text: string): void {
    if (!this.isJson) this.surroundings.stderr.write(`${text}\n`);
  }
}
