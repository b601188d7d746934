import { NodeFailure } from '../../domain/node-failure.ts';
import { withoutSecrets } from '../../domain/redaction.ts';
import { type StatementKind, StatementLost } from '../../domain/tidb.ts';
import { accessFailure } from './access-error.ts';

/**
 * What mysql2 rejects with, without the statement that it attaches to its errors: that one may hold keys, and an error's
 * properties end up in logs.
 */
export class TidbError extends Error {
  override readonly name = 'TidbError';
  /** Private, so that nothing logs it. */
  readonly #raw: string;
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
    this.#raw = answer;
    this.code = code;
    this.errno = errno;
  }

  /** TiDB's answer as it may be shown. */
  get answer(): string {
    return this.errno === undefined ? this.message : `TiDB error ${this.errno}: ${this.message}`;
  }

  /** Whether TiDB's own text matches: the message has its secrets masked and its end cut off, so what it means is not told from it. */
  says(pattern: RegExp): boolean {
    return pattern.test(this.#raw);
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

const SYNTAX_ERROR = 1064;

/** Why BACKUP or RESTORE did not succeed. */
export function statementFailure(kind: StatementKind, error: TidbError): NodeFailure | StatementLost {
  if (error.errno === undefined) return new StatementLost(`${error.code}: ${error.message}`, { cause: error });
  const answer = error.answer;
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
  return new NodeFailure(name, `TiDB cannot read the backup: ${error.answer}`, { cause: error });
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

/** What S3 answers to a key that it does not know, and to a wrong signature. With its own role, TiKV meets neither. */
function refusesStorageKeys(error: TidbError): boolean {
  return error.says(/\b(InvalidAccessKeyId|SignatureDoesNotMatch)\b/);
}

/** BR's texts for a path that another backup uses or has used, and its class of errors of the storage itself. */
function isPathTrouble(error: TidbError): boolean {
  return error.says(/backup meta file exists in|backup lock file and sst file exist in|\[BR:ExternalStorage:/);
}
