import { ApiError, ConnectionError } from '../typescript/errors.ts';

/** What a script can tell from the exit code. */
export const EXIT = {
  ok: 0,
  /** The service refused the request or failed, a plan has conflicts, or a check found something wrong. */
  refused: 1,
  /** The command line is wrong. */
  usage: 2,
  /** The operation that was waited for failed. */
  failed: 3,
  /** The operation that was waited for was cancelled. */
  canceled: 4,
  /** The operation that was waited for did not end in time; it goes on. */
  timeout: 5,
  /** The API did not answer. */
  unreachable: 6,
  /** Not confirmed: nothing was changed. */
  unconfirmed: 7,
  interrupted: 130,
} as const;

/** Ends the command with a code of its own. */
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

/** An error as people read it: what was wrong, then what to do. */
export function errorText(error: unknown, hint?: string): string {
  const lines = [error instanceof Error ? error.message : String(error)];
  if (error instanceof ApiError && error.correlationId !== undefined)
    lines.push(`correlation id: ${error.correlationId}`);
  const next = hint ?? whatToDo(error);
  if (next !== undefined) lines.push(`next: ${next}`);
  return lines.join('\n');
}

/** An error as programs read it. */
export function errorJson(error: unknown): object {
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
      whatToDo: whatToDo(error),
    },
  };
}

/** The commands that help with what the API said. */
const NEXT: Readonly<Record<string, string>> = {
  TIEM_CLUSTER_NOT_FOUND: 'see the registered clusters with `tidb-backup clusters list`',
  TIEM_BACKUP_RECORD_NOT_FOUND: 'find the right id with `tidb-backup backup list`',
  TIEM_CLUSTER_MAINTENANCE_CONFLICT:
    'see what holds the cluster with `tidb-backup status`, and try again when it has ended',
  TIEM_BACKUP_RECORD_INVALID: 'look at the backup with `tidb-backup backup show ID`',
  TIEM_BACKUP_SYSTEM_CONFIG_INVAILD: 'check the store with `tidb-backup config check --wait`',
};

function whatToDo(error: unknown): string | undefined {
  if (error instanceof CommandError || error instanceof ConnectionError) return error.whatToDo;
  if (error instanceof ApiError) return NEXT[error.errorName ?? ''] ?? error.whatToDo;
  if (error instanceof Error && error.name === 'CredentialsProviderError') {
    return 'sign in (`aws sso login`), name a profile with --profile, or give a token with TIDB_BACKUP_TOKEN';
  }
  return undefined;
}
