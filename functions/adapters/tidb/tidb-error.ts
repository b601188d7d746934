import { NodeFailure } from '../../domain/node-failure.ts';
import { withoutSecrets } from '../../domain/redaction.ts';
import { type StatementKind, StatementLost } from '../../domain/tidb.ts';

/**
 * What mysql2 rejects with, without the statement that it attaches to its errors: that one may hold keys, and an error's
 * properties end up in logs.
 */
export class TidbError extends Error {
  override readonly name = 'TidbError';
  /** Private, so that nothing logs it. */
  readonly #answer: string;
  /** TiDB's error number, if TiDB answered; else undefined: the connection failed. */
  readonly errno: number | undefined;
  /** mysql2's or the operating system's name of the error: `ECONNREFUSED`, `ER_ACCESS_DENIED_ERROR`. */
  readonly code: string;

  /**
   * @param answer as it came
   * @param secrets what the message must not hold
   */
  constructor(answer: string, code: string, errno: number | undefined, secrets: readonly string[] = []) {
    super(withoutSecrets(answer, secrets));
    this.#answer = answer;
    this.code = code;
    this.errno = errno;
  }

  /** Whether TiDB's own text matches: the message has its secrets masked and its end cut off, so what it means is not told from it. */
  says(pattern: RegExp): boolean {
    return pattern.test(this.#answer);
  }
}

/** mysql2 gave up waiting for the answer to a statement, after that one's own `timeout`. */
export function isTimeout({ code }: TidbError): boolean {
  return code === 'PROTOCOL_SEQUENCE_TIMEOUT';
}

/** Sent by a server or proxy that is going away, or has lost the server behind it: as good as a closed socket. */
const SERVER_GONE = new Set([1053, 2006, 2013]);

/** @param secrets texts that must not appear in the message, whatever TiDB answers. */
export function toTidbError(raw: unknown, secrets: readonly string[] = []): TidbError {
  const { message, code, errno, sqlState } = fieldsOf(raw);
  // Only an answer of the server has an SQL state; the errno of a socket's error is the operating system's.
  const answered = sqlState !== undefined && errno !== undefined && !SERVER_GONE.has(errno);
  return new TidbError(message, code ?? 'UNKNOWN', answered ? errno : undefined, secrets);
}

function fieldsOf(raw: unknown): { message: string; code?: string; errno?: number; sqlState?: string } {
  if (!(raw instanceof Error)) return { message: String(raw) };
  return {
    message: raw.message,
    ...('code' in raw && typeof raw.code === 'string' && { code: raw.code }),
    ...('errno' in raw && typeof raw.errno === 'number' && { errno: raw.errno }),
    ...('sqlState' in raw && typeof raw.sqlState === 'string' && { sqlState: raw.sqlState }),
  };
}

const ACCESS_DENIED = 1045;
const DATABASE_ACCESS_DENIED = 1044;
const SYNTAX_ERROR = 1064;
const TABLE_ACCESS_DENIED = 1142;
const PRIVILEGE_MISSING = 1227;
const PRIVILEGE_CHECK_FAILED = 8121;
const HOST_NOT_PRIVILEGED = 1130;

export function refusesAccount(error: TidbError): boolean {
  return error.errno === ACCESS_DENIED || error.errno === HOST_NOT_PRIVILEGED;
}

/** TiDB does not let the account do what it was asked to do; `undefined` for all other errors. */
export function accessFailure(error: TidbError): NodeFailure | undefined {
  const privilege = missingPrivilege(error);
  if (privilege === undefined) return undefined;
  return new NodeFailure('TidbAccessDenied', `the cluster's account must have ${privilege}: ${answerOf(error)}`, {
    cause: error,
  });
}

/** As TiDB's message names it. */
function missingPrivilege({ errno, message }: TidbError): string | undefined {
  switch (errno) {
    case DATABASE_ACCESS_DENIED:
      return 'a privilege on the database';
    case TABLE_ACCESS_DENIED:
      return /^([A-Z ]+) command denied/.exec(message)?.[1] ?? 'a privilege on the table';
    case PRIVILEGE_MISSING:
      return /at least one of\) the (.+?) privilege\(s\)/.exec(message)?.[1] ?? 'another privilege';
    case PRIVILEGE_CHECK_FAILED:
      return /'(\w+)'/.exec(message)?.[1]?.toUpperCase() ?? 'another privilege';
    default:
      return undefined;
  }
}

/** Why BACKUP or RESTORE did not succeed. */
export function statementFailure(kind: StatementKind, error: TidbError): NodeFailure | StatementLost {
  if (error.errno === undefined) return new StatementLost(`${error.code}: ${error.message}`, { cause: error });
  const answer = answerOf(error);
  const fail = (name: NodeFailure['name'], message = answer) => new NodeFailure(name, message, { cause: error });
  const denied = accessFailure(error);
  if (denied !== undefined) return denied;
  if (refusesStorageKeys(error)) {
    const message = `the store refuses the configured keys (BackupS3AccessKey, BackupS3SecretAccessKey): ${answer}`;
    return fail(kind === 'BACKUP' ? 'BackupPathUnusable' : 'RestoreFailed', message);
  }
  if (error.says(/ErrBackupGCSafepointExceeded/)) {
    const message = `TiDB's garbage collection has passed the snapshot of the backup that this one builds upon, so what changed since is not known any more; take a full backup, and raise tidb_gc_life_time above the time between two backups: ${answer}`;
    return fail('BasePastGcSafePoint', message);
  }
  if (kind === 'BACKUP') return fail(isPathTrouble(error) ? 'BackupPathUnusable' : 'BackupFailed');
  if (error.says(/ErrTablesAlreadyExisted/)) {
    return fail('TablesInTheWay', `tables of the backup exist already, drop them or choose another cluster: ${answer}`);
  }
  return fail(isDamage(error) ? 'BackupNotRestorable' : 'RestoreFailed');
}

/** This release has no such statement, or parses it and no more; what we send is written right. */
export function isUnknownStatement(error: TidbError): boolean {
  return error.errno === SYNTAX_ERROR || error.says(/unsupported BRIE statement kind/);
}

/** Why TiDB could not read what a backup holds. */
export function metadataFailure(error: TidbError): NodeFailure {
  const name = isDamage(error) ? 'BackupNotRestorable' : 'RestoreFailed';
  return new NodeFailure(name, `TiDB cannot read the backup: ${answerOf(error)}`, { cause: error });
}

/**
 * BR's, TiKV's and the stores' texts for files that are missing, or not what was written. All else may be the fault of the cluster
 * that it was tried with: keys that are refused, a share that is not mounted there, no space, a TiKV that is away.
 */
function isDamage(error: TidbError): boolean {
  return error.says(
    /\bErrRestore(?:ChecksumMismatch|InvalidBackup|TotalKVMismatch)\b|\bErrInvalidMetaFile\b|\bNoSuchKey\b|\bparse backupmeta failed\b|\bCorruption: |\.sst\b.*no such file or directory/i,
  );
}

function answerOf({ errno, message }: TidbError): string {
  return `TiDB error ${errno}: ${message}`;
}

/** What S3 answers to a key that it does not know, and to a wrong signature. With its own role, TiKV meets neither. */
function refusesStorageKeys(error: TidbError): boolean {
  return error.says(/\b(InvalidAccessKeyId|SignatureDoesNotMatch)\b/);
}

/** BR's texts for a path that another backup uses or has used, and its class of errors of the storage itself. */
function isPathTrouble(error: TidbError): boolean {
  return error.says(/backup meta file exists in|backup lock file and sst file exist in|\[BR:ExternalStorage:/);
}
