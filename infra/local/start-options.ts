import { parseArgs } from 'node:util';
import { LOCAL_AUTHORIZATIONS, type LocalAuthorization } from './local-authorization.ts';
import type { TidbOptions } from './tidb.ts';
import { parseTidbVersion } from './tidb-sandbox/tidb-version.ts';

interface StartOptions {
  /** Port of the HTTP API; 0 for any free one. */
  readonly port: number;
  readonly authorization: LocalAuthorization;
  readonly tidb: TidbOptions;
}

/** Release of every sandbox: the two clusters and all created later. @throws for an unknown release */
export function sandboxesOf(version: string | undefined): TidbOptions {
  if (version === undefined) return { clusters: 2 };
  parseTidbVersion(version);
  return { clusters: 2, version };
}

/**
 * @param args command line: `--auth none|iam|jwt`, `--tidb-version 7.5`
 * @throws an error that says what would be right
 */
export function startOptions(args: readonly string[], { PORT = '8080' }: { readonly PORT?: string }): StartOptions {
  const { values } = parseArgs({
    args: [...args],
    options: { auth: { type: 'string', default: 'none' }, 'tidb-version': { type: 'string' } },
  });
  const authorization = LOCAL_AUTHORIZATIONS.find((each) => each === values.auth);
  if (authorization === undefined) {
    throw new Error(`--auth must be one of ${LOCAL_AUTHORIZATIONS.join(', ')}, not "${values.auth}"`);
  }
  return { port: portOf(PORT), authorization, tidb: sandboxesOf(values['tidb-version']) };
}

function portOf(text: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw new Error(`PORT must be a whole number from 0 to 65535, not "${text}"`);
}
