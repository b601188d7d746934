import { CLEAR_RESTORE } from '../../domain/tidb/restore-target.ts';
import { StatementDropped, type StatementKind, StatementLost } from '../../domain/tidb/tidb.ts';
import type { NodeFailureName } from '../../domain/workflow/failure-table.ts';
import { NodeFailure } from '../../domain/workflow/node-failure.ts';
import { accessFailure } from './access-error.ts';
import type { TidbError } from './tidb-error.ts';

/** What was sent: a statement, or the question what a backup holds. */
type Sent = StatementKind | 'METADATA';

/** What an answer of TiDB means, by what it says. */
interface Meaning {
  says: RegExp;
  name: NodeFailureName;
  /** What is wrong and what would be right; without it, TiDB's own words say enough. */
  remedy?: string;
}

const ROLES_OR_KEYS = 'the roles of the TiDB and TiKV servers, or BackupS3AccessKey and BackupS3SecretAccessKey,';
const RIGHTS = 's3:ListBucket, s3:GetObject, s3:PutObject, s3:DeleteObject and s3:AbortMultipartUpload';

/** What S3, its SDKs in TiDB (Go) and TiKV (Rust), and shared file systems answer. */
const STORE_REFUSALS: readonly Omit<Meaning, 'name'>[] = [
  {
    says: /\b(?:InvalidAccessKeyId|SignatureDoesNotMatch)\b/,
    remedy: 'the store refuses the configured keys; correct BackupS3AccessKey and BackupS3SecretAccessKey',
  },
  {
    says: /\b(?:ExpiredToken|InvalidToken)\b/,
    remedy:
      'the session token of the configured keys is not valid any more; set BackupS3SessionToken and its keys again',
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
      'the bucket is in another region; correct BackupS3Region, and name the maker of a store that does not tell its region in BackupS3Provider',
  },
  {
    // The answer to a HEAD has no text, so that wrong keys look alike.
    says: /\bAccessDenied\b|\bForbidden: Forbidden\b/,
    remedy: `the store does not let TiDB do this; ${ROLES_OR_KEYS} must be known to it and have ${RIGHTS} on the bucket`,
  },
  {
    says: /\bBadRequest: Bad Request\b/,
    remedy:
      'the store does not take what TiDB signs; set BackupS3Region, with BackupS3Provider, if it has a region, and renew temporary keys that have expired',
  },
  {
    says: /RequestError: send request failed|\bdial tcp\b/,
    remedy: 'a TiDB or TiKV server cannot reach the store; correct BackupS3Endpoint, or open the way to it',
  },
  {
    says: /: permission denied|: read-only file system/,
    remedy: 'a TiDB or TiKV server may not write to the share; mount it for the user that they run as',
  },
  {
    // Of a data file, TiKV says so: that one may be missing.
    says: /^(?!.*\.sst\b).*: no such file or directory/s,
    remedy:
      'the share is not mounted on a TiDB server; mount it at the path of BackupStoragePath on all TiDB and TiKV servers',
  },
];

function storeRefusals(name: NodeFailureName): Meaning[] {
  return STORE_REFUSALS.map((refusal) => ({ ...refusal, name }));
}

/** A file is missing, or is not what was written: whatever cluster reads it. */
const DAMAGE =
  /\bErrRestoreInvalidBackup\b|\bErrInvalidMetaFile\b|\binvalid metafile: |\bNoSuchKey\b|\bparse backupmeta failed\b|'new_collation_enabled' not found in backupmeta|\bCorruption: |\.sst\b.*no such file or directory/i;

const DAMAGED: Meaning = { says: DAMAGE, name: 'BackupNotRestorable' };

/** The first that fits is it. All else is `BackupFailed` or `RestoreFailed`, in TiDB's own words. */
const MEANINGS: Readonly<Record<Sent, readonly Meaning[]>> = {
  BACKUP: [
    {
      says: /\bErrBackupGCSafepointExceeded\b/,
      name: 'BasePastGcSafePoint',
      remedy:
        "TiDB's garbage collection has passed the snapshot of the backup that this one builds on, so what changed since is not known any more; take a full backup, and raise tidb_gc_life_time above the time between two backups",
    },
    ...storeRefusals('BackupPathUnusable'),
    // The path of another backup, and BR's class of errors of the storage itself.
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
        'TiDB does not replay a change of schema that this incremental backup holds (ADD INDEX, MODIFY COLUMN, REORGANIZE PARTITION), so neither it nor any later one of its chain can be restored by SQL; restore an earlier one, and take a full backup',
    },
    {
      says: /\bErrRestoreCheckpointMismatch\b|recorded in checkpoint|is already being restored by task/,
      name: 'RestoreLeftovers',
      remedy: `another restore was interrupted and has left its checkpoint; ${CLEAR_RESTORE}`,
    },
    {
      says: /\bErrTablesAlreadyExisted\b|\bErrDatabasesAlreadyExisted\b|\bErrRestoreNotFreshCluster\b/,
      name: 'TablesInTheWay',
      remedy: 'tables of the backup exist already; drop them or choose another cluster',
    },
    {
      says: /log backup task is running|\bErrStreamLogTaskExist\b/,
      name: 'ReplicationRunning',
      remedy:
        'TiDB restores nothing while a log backup runs; end it (br log stop), restore, and start it again with a full backup after it',
    },
    {
      says: /please remove changefeed\(s\) before restore/,
      name: 'ReplicationRunning',
      remedy:
        'TiDB restores nothing while TiCDC replicates the cluster; remove its changefeeds (cdc cli changefeed remove) first',
    },
    {
      says: /cannot be restored at cluster of version|new_collation_enabled' not match|\bErrRestoreIncompatibleSys\b/,
      name: 'ClusterIncompatible',
      remedy: 'the backup does not fit this cluster; restore it into one of its own version and settings',
    },
    { says: /\bErrRestore(?:ChecksumMismatch|TotalKVMismatch)\b/, name: 'ChecksumMismatch' },
    DAMAGED,
    ...storeRefusals('StoreRefused'),
  ],
  METADATA: [
    DAMAGED,
    // Here alone: of a RESTORE, a network may say so too.
    { says: /: unexpected EOF|^unexpected EOF|\bproto: /, name: 'BackupNotRestorable' },
    ...storeRefusals('StoreRefused'),
  ],
};

/** Why BACKUP or RESTORE did not succeed. */
export function statementFailure(
  kind: StatementKind,
  error: TidbError,
): NodeFailure | StatementDropped | StatementLost {
  if (error.errno === undefined) return new StatementLost(`${error.code}: ${error.message}`, { cause: error });
  if (error.says(/^backup\/restore task \d+ is canceled$/)) return new StatementDropped(error.answer, { cause: error });
  return failureOf(kind, error, kind === 'BACKUP' ? 'BackupFailed' : 'RestoreFailed');
}

/** Why TiDB could not read what a backup holds. */
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
