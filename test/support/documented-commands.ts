import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { readPage, sectionOf } from './docs.ts';

const CLIENTS = {
  aws: fileURLToPath(new URL('./aws-cli.ts', import.meta.url)),
  curl: fileURLToPath(new URL('./curl.ts', import.meta.url)),
};

/** The shell blocks of one section of a page, by title, including its subsections. */
export function commandsOf(page: string, title: string): string {
  return [...sectionOf(readPage(page), title).matchAll(/^```sh\n(.*?)^```$/gms)].map(([, block]) => block).join('');
}

/**
 * Runs commands in a shell with our `aws` and `curl`. A failing command or an unset variable ends them.
 * @throws with their standard error
 */
export async function runCommands(commands: string, variables: Readonly<Record<string, string>>): Promise<string> {
  const bin = await mkdtemp(join(tmpdir(), 'documented-'));
  try {
    for (const [name, client] of Object.entries(CLIENTS)) {
      await writeFile(join(bin, name), `#!/bin/sh\nexec "${process.execPath}" "${client}" "$@"\n`);
      await chmod(join(bin, name), 0o755);
    }
    const { NODE_COMPILE_CACHE } = process.env;
    const path = [bin, dirname(process.execPath), process.env.PATH].join(delimiter);
    const child = spawn('sh', ['-eu', '-c', commands], {
      env: { PATH: path, CURL_LOG: join(bin, 'sent'), NODE_COMPILE_CACHE, ...variables },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const [output, errors, [exitCode]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, 'exit'),
    ]);
    if (exitCode !== 0) throw new Error(`${commands}\nexit code ${exitCode}: ${errors}`);
    return output;
  } finally {
    await rm(bin, { recursive: true });
  }
}

/** Where `aws` finds the local cloud. */
export function endpointVariables(endpoints: object): Record<string, string> {
  return Object.fromEntries(
    Object.entries(endpoints).map(([service, url]) => [`AWS_ENDPOINT_URL_${service.toUpperCase()}`, url]),
  );
}
