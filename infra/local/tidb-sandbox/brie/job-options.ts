import { notSupported, SqlError } from '../sql/errors.ts';
import { assertNever } from '../storage/cell.ts';
import { type Tso, tsoFromMillis } from '../storage/tso.ts';
import { hasFeature, type TidbVersion } from '../tidb-version.ts';
import { millisOfDatetime } from './datetime.ts';
import type { BooleanOption, BrieJobStatement, BrieOption, StringOption } from './statement.ts';

/** BR's default (defaultBackupConcurrency in br/pkg/task/backup.go). */
const DEFAULT_CONCURRENCY = 4;
const MEBIBYTE = 1024 * 1024;

/** The effective options of a BACKUP or RESTORE; the last of repeated options counts. */
export interface JobOptions {
  readonly concurrency: number;
  /** Bytes per second and TiKV; unset for no limit. */
  readonly rateLimit?: number;
  readonly checksum: boolean;
  /** Whether TiKV uses the keys of the URL too, or only TiDB. */
  readonly sendCredentials: boolean;
  /** Whether RESTORE also restores `mysql` and `sys`. */
  readonly withSystemTables: boolean;
  readonly snapshot: Snapshot;
  /** The base of an incremental backup. */
  readonly lastBackup?: Tso;
}

export type Snapshot =
  | { readonly kind: 'now' }
  | { readonly kind: 'tso'; readonly tso: Tso }
  | { readonly kind: 'ago'; readonly millis: number };

/** Checks the options as buildBRIE does in pkg/executor/brie.go. Throws 1105 for what TiDB or the sandbox cannot do, 1292 for an invalid datetime. */
export function resolveOptions(
  { kind, options }: BrieJobStatement,
  version: TidbVersion,
  utcOffsetMinutes: number,
): JobOptions {
  const defaults: JobOptions = {
    concurrency: DEFAULT_CONCURRENCY,
    checksum: kind === 'RESTORE' || !hasFeature(version, 'backupWithoutChecksum'),
    sendCredentials: true,
    withSystemTables: hasFeature(version, 'restoresSystemTables'),
    snapshot: { kind: 'now' },
  };
  return Object.assign(defaults, ...options.map((option) => effectOf(option, utcOffsetMinutes)));
}

function effectOf(option: BrieOption, utcOffsetMinutes: number): Partial<JobOptions> {
  switch (option.kind) {
    case 'integer':
      return option.name === 'CONCURRENCY' ? { concurrency: Number(option.value) || DEFAULT_CONCURRENCY } : {};
    case 'boolean':
      return booleanEffect(option.name, option.value);
    case 'string':
      checkString(option.name, option.value);
      return {};
    case 'checksum':
      return { checksum: option.level !== 'OFF' };
    case 'rateLimit':
      // 0 means "no limit" in BR.
      return option.mebibytesPerSecond === 0n ? {} : { rateLimit: Number(option.mebibytesPerSecond) * MEBIBYTE };
    case 'snapshotAgo':
      return { snapshot: { kind: 'ago', millis: Number(option.microseconds / 1000n) } };
    case 'timestamp': {
      const tso =
        typeof option.at === 'bigint' ? option.at : tsoFromMillis(millisOfDatetime(option.at, utcOffsetMinutes));
      if (option.name === 'LAST_BACKUP') return { lastBackup: tso };
      // BACKUP treats zero as "not given".
      return { snapshot: tso === 0n ? { kind: 'now' } : { kind: 'tso', tso } };
    }
    default:
      return assertNever(option);
  }
}

function booleanEffect(name: BooleanOption, value: boolean): Partial<JobOptions> {
  switch (name) {
    case 'SEND_CREDENTIALS_TO_TIKV':
      return { sendCredentials: value };
    case 'WITH_SYS_TABLE':
      return { withSystemTables: value };
    default:
      // The other options have no effect: the sandbox has no statistics and nothing to wait for.
      return {};
  }
}

function checkString(name: StringOption, value: string): void {
  // Compression has no visible effect; files are stored uncompressed.
  if (name === 'COMPRESSION_TYPE' && !['zstd', 'snappy', 'lz4'].includes(value)) {
    throw new SqlError(1105, `unsupported compression type: ${value}`);
  }
  if (name !== 'ENCRYPTION_METHOD' || value === 'plaintext') return;
  if (!['aes128-ctr', 'aes192-ctr', 'aes256-ctr'].includes(value)) {
    throw new SqlError(1105, `unsupported encryption method: ${value}`);
  }
  throw notSupported(`ENCRYPTION_METHOD '${value}'`);
}
