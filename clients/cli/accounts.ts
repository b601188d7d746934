import { readFile } from 'node:fs/promises';
import { flag } from './command.ts';
import { CommandError, EXIT } from './exit-codes.ts';
import { askSecret, isInteractive, readStdin } from './prompts.ts';
import type { Surroundings } from './terminal.ts';

/** How the service reaches TiDB: its servers, the account, TLS. No flag takes a secret, since others can read a command line. */
export const TIDB = {
  host: flag.texts('A TiDB server; give it once for each', 'HOST:PORT'),
  user: flag.text(
    'Account in TiDB. Its password comes from a prompt, --password-stdin or TIDB_BACKUP_PASSWORD',
    'NAME',
  ),
  passwordStdin: flag.yes("Read the account's password from standard input"),
  passwordSecret: flag.text('Secret with user and password, instead of --user', 'ARN'),
  tls: flag.choice('How the connection is encrypted', ['disabled', 'preferred', 'required', 'verify']),
  caFile: flag.text('Certificate authorities, as a PEM file', 'FILE'),
  caSecret: flag.text('Secret with the certificate authorities', 'ARN'),
  clientCertFile: flag.text('Client certificate, as a PEM file', 'FILE'),
  clientKeyFile: flag.text('Key of the client certificate, as a PEM file', 'FILE'),
  clientSecret: flag.text('Secret with the client certificate and its key', 'ARN'),
  timezone: flag.text('Time zone of windows and days, as in Europe/Berlin', 'ZONE'),
};

export interface TidbFlags {
  readonly host?: readonly string[] | undefined;
  readonly user?: string | undefined;
  readonly passwordStdin?: boolean | undefined;
  readonly passwordSecret?: string | undefined;
  readonly tls?: 'disabled' | 'preferred' | 'required' | 'verify' | undefined;
  readonly caFile?: string | undefined;
  readonly caSecret?: string | undefined;
  readonly clientCertFile?: string | undefined;
  readonly clientKeyFile?: string | undefined;
  readonly clientSecret?: string | undefined;
  readonly timezone?: string | undefined;
}

/** The registration fields that the flags give, without the account. */
export async function tidbFields(flags: TidbFlags) {
  return {
    tls: flags.tls,
    timezone: flags.timezone,
    ca: await fileText(flags.caFile),
    caSecretArn: flags.caSecret,
    clientCertificate: await fileText(flags.clientCertFile),
    clientKey: await fileText(flags.clientKeyFile),
    clientSecretArn: flags.clientSecret,
  };
}

type Account = { secretArn: string } | { user: string; password: string };

/** The account that the flags give. @returns `undefined` if they give none @throws CommandError if its password is missing */
export async function accountOf(flags: TidbFlags, surroundings: Surroundings): Promise<Account | undefined> {
  const { user, passwordSecret } = flags;
  if (passwordSecret !== undefined && user !== undefined) {
    throw new CommandError(EXIT.usage, '--user and --password-secret exclude each other: the secret names the user');
  }
  if (passwordSecret !== undefined) return { secretArn: passwordSecret };
  if (user === undefined) return undefined;
  return { user, password: await passwordOf(flags, surroundings) };
}

async function passwordOf({ user, passwordStdin }: TidbFlags, surroundings: Surroundings): Promise<string> {
  if (passwordStdin) return await readStdin(surroundings);
  const { TIDB_BACKUP_PASSWORD: password } = surroundings.env;
  if (password !== undefined) return password;
  if (isInteractive(surroundings)) return await askSecret(`Password of ${user}: `, surroundings);
  throw new CommandError(
    EXIT.usage,
    'the password is missing, and there is no terminal to ask on',
    'use --password-stdin, TIDB_BACKUP_PASSWORD, or --password-secret ARN',
  );
}

async function fileText(path: string | undefined): Promise<string | undefined> {
  if (path === undefined) return undefined;
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new CommandError(EXIT.usage, `cannot read ${path}: ${error instanceof Error ? error.message : error}`);
  }
}
