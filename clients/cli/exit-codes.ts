import { ApiError, ConnectionError } from '../typescript/errors.ts';

/** What a script can tell from the exit code. */
export const EXIT = {
  ok: 0,
  /** The service refused the request or failed, a plan has conflicts, or a check found something wrong. */
  refused: 1,
  /** Wrong command line. */
  usage: 2,
  /** The awaited operation failed. */
  failed: 3,
  /** The awaited operation was canceled. */
  canceled: 4,
  /** The awaited operation did not end in time; it continues. */
  timeout: 5,
  /** The API did not answer. */
  unreachable: 6,
  /** Not confirmed: nothing was changed. */
  unconfirmed: 7,
  interrupted: 130,
} as const;

/** Ends the command with its own exit code. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly exitCode: number;
  /** The next step. */
  readonly whatToDo: string | undefined;

  constructor(exitCode: number, message: string, whatToDo?: string) {
    super(message);
    this.exitCode = exitCode;
    this.whatToDo = whatToDo;
  }
}

export function exitCodeOf(error: unknown): number {
  if (error instanceof CommandError) return error.exitCode;
  if (error instanceof ConnectionError) return EXIT.unreachable;
  return EXIT.refused;
}

/**
 * An error for people: what was wrong, then what to do.
 * @param help where to look up the flags of the command
 */
export function errorText(error: unknown, help: string): string {
  const lines = [error instanceof Error ? error.message : String(error)];
  if (error instanceof ApiError && error.correlationId !== undefined)
    lines.push(`correlation id: ${error.correlationId}`);
  const next = whatToDo(error, help);
  if (next !== undefined) lines.push(`next: ${next}`);
  return lines.join('\n');
}

/** An error for programs. */
export function errorJson(error: unknown, help: string): object {
  const message = error instanceof Error ? error.message : String(error);
  const ofApi = error instanceof ApiError ? error : undefined;
  return {
    error: {
      message,
      exitCode: exitCodeOf(error),
      ...(ofApi && {
        httpStatus: ofApi.httpStatus,
        code: ofApi.code,
        name: ofApi.errorName,
        correlationId: ofApi.correlationId,
      }),
      whatToDo: whatToDo(error, help),
    },
  };
}

/** Commands that help with an error of the API. */
const NEXT: Readonly<Record<string, string>> = {
  TIEM_CLUSTER_NOT_FOUND: 'see the registered clusters with `tidb-backup clusters list`',
  TIEM_BACKUP_RECORD_NOT_FOUND: 'find the right id with `tidb-backup backup list`',
  TIEM_CLUSTER_MAINTENANCE_CONFLICT:
    'see which operation holds the cluster with `tidb-backup status`, and try again when it has ended',
  TIEM_BACKUP_RECORD_INVALID: 'look at the backup with `tidb-backup backup show ID`',
  TIEM_BACKUP_SYSTEM_CONFIG_INVAILD: 'check the store with `tidb-backup config check --wait`',
};

function whatToDo(error: unknown, help: string): string | undefined {
  if (error instanceof CommandError || error instanceof ConnectionError) return error.whatToDo;
  if (error instanceof ApiError) {
    if (error.errorName === 'TIEM_PARAMETER_INVALID') return `correct the command; ${help}`;
    return NEXT[error.errorName ?? ''] ?? error.whatToDo;
  }
  if (error instanceof Error && error.name === 'CredentialsProviderError') {
    return 'sign in (`aws sso login`), name a profile with --profile, or give a token with TIDB_BACKUP_TOKEN';
  }
  return undefined;
}
