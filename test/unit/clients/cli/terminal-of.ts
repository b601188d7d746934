import { PassThrough } from 'node:stream';
import { runCommandLine } from '../../../../clients/cli/app.ts';
import type { Surroundings } from '../../../../clients/cli/terminal.ts';

interface Options {
  readonly env?: Readonly<Record<string, string>>;
  /** What a person types, or a program pipes in. */
  readonly input?: string;
  readonly isTerminal?: boolean;
  readonly columns?: number;
}

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs a command line with a clock that only moves while the command sleeps. */
export async function runAt(endpoint: string, line: readonly string[], options: Options = {}): Promise<Ran> {
  const { env = {}, input = '', isTerminal = false, columns = 100 } = options;
  const written = { out: '', err: '' };
  const output = (to: 'out' | 'err') => ({
    isTTY: isTerminal,
    columns,
    write(text: string) {
      written[to] += text;
    },
  });
  const stdin = Object.assign(new PassThrough(), { isTTY: isTerminal });
  stdin.end(input);
  let now = Date.UTC(2026, 2, 1, 7, 0, 0);
  const surroundings: Surroundings = {
    stdin,
    stdout: output('out'),
    stderr: output('err'),
    env: { TIDB_BACKUP_ENDPOINT: endpoint, ...env },
    now: () => now,
    async sleep(ms) {
      now += ms;
    },
  };
  const code = await runCommandLine(line, surroundings, '1.2.3');
  return { code, ...written };
}
