import { CLEAR_RESTORE } from '../../domain/tidb/restore-target.ts';
import { StatementDropped, type StatementKind, StatementLost } from '../../domain/tidb/tidb.ts';
import type { NodeFailureName } from '../../domain/workflow/failure-table.ts';
import { NodeFailure } from '../../domain/workflow/node-failure.ts';
import { accessFailure } from './access-error.ts';
import type { TidbError } from './tidb-error.ts';

/** What was sent: a statement, or the query for a backup's contents. */
type Sent = StatementKind | 'METADATA';

/** The meaning of an error of TiDB, by its text. */
interface Meaning {
  says: RegExp;
  name: NodeFailureName;
  /** What is wrong and what to do; without it, TiDB's own message says enough. */
  remedy?: string;
}

const ROLES_OR_KEYS = 'the roles of the TiDB and TiKV servers, or BackupS3AccessKey and BackupS3SecretAccessKey,';
const RIGHTS = 's3:ListBucket, s3:GetObject, s3:PutObject, s3:DeleteObject and s3:AbortMultipartUpload';

/** Errors of S3, of its SDKs in TiDB (Go) and TiKV (Rust), and of shared file systems. */
const STORE_REFUSALS: readonly Omit<Meaning, 'name'>[] = [
  {
    says: /\b(?:InvalidAccessKeyId|SignatureDoesNotMatch)\b/,
    remedy: 'the store rejects the configured keys; correct BackupS3AccessKey and BackupS3SecretAccessKey',
  },
  {
    says: /\b(?:ExpiredToken|InvalidToken)\b/,
    remedy: 'the session token of the configured keys has expired; set BackupS3SessionToken and its keys again',
  },
  {
    says: /\bNoCredentialProviders\b|Couldn't find AWS credentials/,
    remedy:
      'a TiDB or TiKV server has no credentials for the store; give all of them a role, or set BackupS3AccessKey and BackupS3SecretAccessKey',
  },
  {
    says: /\bNoSuchBucket\b|\bNotFound: Not Found\b/,
    remedy: 'the store has no such bucket; correct BackupStoragePath, or BackupS3Endpoint',
  },
  {
    says: /\b(?:PermanentRedirect|AuthorizationHeaderMalformed|BucketRegionError)\b|bucket and region are not matched/,
    remedy:
      'the bucket is in another region; correct BackupS3Region and, for a store that does not report its region, name its vendor in BackupS3Provider',
  },
  {
    // The answer to HEAD has no text, so wrong keys look the same.
    says: /\bAccessDenied\b|\bForbidden: Forbidden\b/,
    remedy: `the store denies TiDB access; ${ROLES_OR_KEYS} must be known to it and have ${RIGHTS} on the bucket`,
  },
  {
    says: /\bBadRequest: Bad Request\b/,
    remedy:
      "the store rejects TiDB's signature; set BackupS3Region, with BackupS3Provider, if it has a region, and renew temporary keys that have expired",
  },
  {
    says: /RequestError: send request failed|\bdial tcp\b/,
    remedy: 'a TiDB or TiKV server cannot reach the store; correct BackupS3Endpoint, or give it network access',
  },
  {
    says: /: permission denied|: read-only file system/,
    remedy: 'a TiDB or TiKV server may not write to the share; mount it for the user that they run as',
  },
  {
    // TiKV says this about a data file, which may really be missing.
    says: /^(?!.*\.sst\b).*: no such file or directory/s,
    remedy:
      'the share is not mounted on a TiDB server; mount it at the path of BackupStoragePath on all TiDB and TiKV servers',
  },
];

function storeRefusals(name: NodeFailureName): Meaning[] {
  return STORE_REFUSALS.map((refusal) => ({ ...refusal, name }));
}

/** A file is missing or has changed, whatever cluster reads it. */
const DAMAGE =
  /\bErrRestoreInvalidBackup\b|\bErrInvalidMetaFile\b|\binvalid metafile: |\bNoSuchKey\b|\bparse backupmeta failed\b|'new_collation_enabled' not found in backupmeta|\bCorruption: |\.sst\b.*no such file or directory/i;

const DAMAGED: Meaning = { says: DAMAGE, name: 'BackupNotRestorable' };

/** The first match decides. Everything else is `BackupFailed` or `RestoreFailed`, with TiDB's own message. */
const MEANINGS: Readonly<Record<Sent, readonly Meaning[]>> = {
  BACKUP: [
    {
      says: /\bErrBackupGCSafepointExceeded\b/,
      name: 'BasePastGcSafePoint',
      remedy:
        "TiDB's garbage collection has passed the snapshot of the base backup, so the changes since then are lost; take a full backup, and raise tidb_gc_life_time above the time between two backups",
    },
    ...storeRefusals('BackupPathUnusable'),
    // The path of another backup, and BR's error class for storage.
    {
      says: /backup meta file exists in|backup lock file and sst file exist in|\[BR:ExternalStorage:/,
      name: 'BackupPathUnusable',
    },
  ],
  RESTORE: [
    {
      says: /is not allowed in incremental restore|\bErrRestoreModeMismatch\b/,
      name: 'BackupNotReplayable',
      remedy:
        'TiDB cannot replay a schema change in this incremental backup (ADD INDEX, MODIFY COLUMN, REORGANIZE PARTITION), so neither it nor any later one of its chain can be restored by SQL; restore an earlier one, and take a full backup',
    },
    {
      says: /\bErrRestoreCheckpointMismatch\b|recorded in checkpoint|is already being restored by task/,
      name: 'RestoreLeftovers',
      remedy: `another restore was interrupted and left its checkpoint; ${CLEAR_RESTORE}`,
    },
    {
      says: /\bErrTablesAlreadyExisted\b|\bErrDatabasesAlreadyExisted\b|\bErrRestoreNotFreshCluster\b/,
      name: 'TablesInTheWay',
      remedy: 'tables of the backup already exist; drop them or choose another cluster',
    },
    {
      says: /log backup task is running|\bErrStreamLogTaskExist\b/,
      name: 'ReplicationRunning',
      remedy:
        'TiDB refuses to restore while a log backup runs; stop it (br log stop), restore, then start it again and take a full backup',
    },
    {
      says: /please remove changefeed\(s\) before restore/,
      name: 'ReplicationRunning',
      remedy:
        'TiDB refuses to restore while TiCDC replicates the cluster; remove its changefeeds (cdc cli changefeed remove) first',
    },
    {
      says: /cannot be restored at cluster of version|new_collation_enabled' not match|\bErrRestoreIncompatibleSys\b/,
      name: 'ClusterIncompatible',
      remedy: 'the backup is incompatible with this cluster; restore it into one with the same version and settings',
    },
    { says: /\bErrRestore(?:ChecksumMismatch|TotalKVMismatch)\b/, name: 'ChecksumMismatch' },
    DAMAGED,
    ...storeRefusals('StoreRefused'),
  ],
  METADATA: [
    DAMAGED,
    // Only here: for a RESTORE, a network error may have the same text.
    { says: /: unexpected EOF|^unexpected EOF|\bproto: /, name: 'BackupNotRestorable' },
    ...storeRefusals('StoreRefused'),
  ],
};

/** Why BACKUP or RESTORE failed. */
export function statementFailure(
  kind: StatementKind,
  error: TidbError,
): NodeFailure | StatementDropped | StatementLost {
  if (error.errno === undefined) return new StatementLost(`${error.code}: ${error.message}`, { cause: error });
  if (error.says(/^backup\/restore task \d+ is canceled$/)) return new StatementDropped(error.answer, { cause: error });
  return failureOf(kind, error, kind === 'BACKUP' ? 'BackupFailed' : 'RestoreFailed');
}

/** Why TiDB could not read a backup's contents. */
export function metadataFailure(error: TidbError): NodeFailure {
  return failureOf('METADATA', error, 'RestoreFailed');
}

function failureOf(sent: Sent, error: TidbError, otherwise: NodeFailureName): NodeFailure {
  const denied = accessFailure(error);
  if (denied !== undefined) return denied;
  const { name, remedy }: Pick<Meaning, 'name' | 'remedy'> = MEANINGS[sent].find(({ says }) => error.says(says)) ?? {
    name: otherwise,
  };
  const what = remedy ?? (sent === 'METADATA' ? 'TiDB cannot read the backup' : undefined);
  return new NodeFailure(name, what === undefined ? error.answer : `${what}: ${error.answer}`, { cause: error });
}
