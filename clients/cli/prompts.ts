import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { CommandError, EXIT } from './exit-codes.ts';
import type { Surroundings } from './terminal.ts';

/**
 * Asks before a change that cannot be undone.
 * @param what "Delete backup …"
 * @throws CommandError unless the answer is yes
 */
export async function confirm(what: string, surroundings: Surroundings): Promise<void> {
  if (!isInteractive(surroundings)) {
    throw new CommandError(
      EXIT.unconfirmed,
      `${what}: needs confirmation, but there is no terminal to ask on; nothing was changed`,
      'see what it would do with --plan, then add --yes',
    );
  }
  const answer = await ask(`${what}? [y/N] `, surroundings, true);
  if (/^y(es)?$/i.test(answer.trim())) return;
  throw new CommandError(EXIT.unconfirmed, 'not confirmed; nothing was changed');
}

/** Reads a line without echoing it. */
export function askSecret(question: string, surroundings: Surroundings): Promise<string> {
  return ask(question, surroundings, false);
}

export function isInteractive({ stdin, stderr }: Surroundings): boolean {
  return stdin.isTTY === true && stderr.isTTY === true;
}

/** All of standard input, without the final line break. */
export async function readStdin({ stdin }: Surroundings): Promise<string> {
  return (await text(stdin)).replace(/\r?\n$/, '');
}

async function ask(question: string, { stdin, stderr }: Surroundings, isEchoed: boolean): Promise<string> {
  stderr.write(question);
  const output = new Writable({
    write(chunk, _encoding, done) {
      if (isEchoed) stderr.write(String(chunk));
      done();
    },
  });
  const lines = createInterface({ input: stdin, output, terminal: stdin.isTTY === true });
  const ended = new AbortController();
  lines.once('SIGINT', () => ended.abort());
  lines.once('close', () => ended.abort());
  try {
    return await lines.question('', { signal: ended.signal });
  } catch {
    throw new CommandError(EXIT.unconfirmed, 'no answer; nothing was changed');
  } finally {
    lines.close();
    if (!isEchoed) stderr.write('\n');
  }
}
