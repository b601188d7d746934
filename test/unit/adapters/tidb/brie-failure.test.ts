import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { metadataFailure, statementFailure } from '../../../../functions/adapters/tidb/brie-failure.ts';
import { toTidbError } from '../../../../functions/adapters/tidb/tidb-error.ts';
import { StatementDropped, StatementLost } from '../../../../functions/domain/tidb/tidb.ts';
import { NodeFailure } from '../../../../functions/domain/workflow/node-failure.ts';

/** As mysql2 rejects. */
function answered(errno: number, message: string) {
  return Object.assign(new Error(message), { errno, code: 'ER_UNKNOWN', sqlState: 'HY000', sql: 'BACKUP … secret' });
}

function socketError(code: string) {
  return Object.assign(new Error(`read ${code}`), { errno: -104, code, fatal: true, sql: 'BACKUP … secret' });
}

const backupFailure = (message: string, errno = 8124) =>
  statementFailure('BACKUP', toTidbError(answered(errno, message)));
const restoreFailure = (message: string, errno = 8125) =>
  statementFailure('RESTORE', toTidbError(answered(errno, message)));
const readFailure = (message: string, errno = 1105) => metadataFailure(toTidbError(answered(errno, message)));

describe('what a failed BACKUP becomes', () => {
  it.each([
    [8124, 'Backup failed: backup meta file exists in s3://b/p//backupmeta, choose another', 'BackupPathUnusable'],
    [8124, 'Backup failed: backup lock file and sst file exist in s3://b/p', 'BackupPathUnusable'],
    [8124, 'Backup failed: denied: [BR:ExternalStorage:ErrStorageInvalidPermission]x', 'BackupPathUnusable'],
    [
      8124,
      'Backup failed: [BR:Backup:ErrBackupGCSafepointExceeded]backup GC safepoint exceeded',
      'BasePastGcSafePoint',
    ],
    [1105, 'BACKUP requires tikv store, not unistore', 'BackupFailed'],
    [1227, 'Access denied; you need (at least one of) the SUPER,BACKUP_ADMIN privilege(s)', 'TidbAccessDenied'],
  ])('%i "%s": %s', (errno, message, name) => {
    expect(backupFailure(message, errno)).toMatchObject({
      name,
      message: expect.stringContaining(`TiDB error ${errno}: ${message}`),
    });
  });
});

describe('what a failed RESTORE becomes', () => {
  it('is not assumed if TiDB dropped the statement from its queue or the connection was lost', () => {
    expect(restoreFailure('backup/restore task 1234 is canceled', 1105)).toBeInstanceOf(StatementDropped);
    expect(restoreFailure('the backup/restore task 1234 is canceled by a user', 1105)).toBeInstanceOf(NodeFailure);
    const lost = statementFailure('RESTORE', toTidbError(socketError('ECONNRESET')));
    expect(lost).toBeInstanceOf(StatementLost);
    expect(lost.message).toBe('ECONNRESET: read ECONNRESET');
  });

  it.each([
    ['table already exists: shop.t :[BR:Restore:ErrTablesAlreadyExisted]x', 'TablesInTheWay'],
    [
      'backup with cluster version 8.5.0 cannot be restored at cluster of version 7.5.0: major version mismatches',
      'ClusterIncompatible',
    ],
    ["the config 'new_collation_enabled' not match, upstream:True, downstream: False", 'ClusterIncompatible'],
    [
      'failed to validate checksum: [BR:Restore:ErrRestoreChecksumMismatch]restore checksum mismatch',
      'ChecksumMismatch',
    ],
    [
      'failed to validate checksum: [BR:Restore:ErrRestoreTotalKVMismatch]restore total kvs/size mismatch',
      'ChecksumMismatch',
    ],
    [
      'DDL job ID:112, Type:add index is not allowed in incremental restore when --allow-pitr-from-incremental enabled: [BR:Restore:ErrRestoreModeMismatch]restore mode mismatch',
      'BackupNotReplayable',
    ],
    [
      'want to restore cluster to the BackupTS[2], which is different from that[1] recorded in checkpoint. Perhaps you should',
      'RestoreLeftovers',
    ],
    ['[BR:Restore:ErrRestoreCheckpointMismatch]checkpoint mismatch', 'RestoreLeftovers'],
    [
      'table d.a cannot be restored by current task with ID 2 because it is already being restored by task (restoreId: 1, x: [BR:Restore:ErrTablesAlreadyExisted]y',
      'RestoreLeftovers',
    ],
    ['failed to check task exists: log backup task is running: pitr, please stop the task', 'ReplicationRunning'],
    [
      'found CDC changefeed(s): cluster/namespace: default changefeed(s): [x], please remove changefeed(s) before restore',
      'ReplicationRunning',
    ],
    ["failed to read s3 file, file info: input.key='a/1.sst': NoSuchKey: gone", 'BackupNotRestorable'],
    ['invalid metafile: checksum mismatch expect 1, got 2[BR:Common:ErrInvalidMetaFile]', 'BackupNotRestorable'],
    ['parse backupmeta failed because of wrong aes cipher: unexpected EOF', 'BackupNotRestorable'],
    ["the value 'new_collation_enabled' not found in backupmeta. you can use", 'BackupNotRestorable'],
    ['Corruption: truncated block read', 'BackupNotRestorable'],
    ['open /backups/a/1/2_3.sst: no such file or directory', 'BackupNotRestorable'],
    // The share is not mounted there: the node has just seen the file.
    ['load backupmeta failed: open /backups/a/backupmeta: no such file or directory', 'StoreRefused'],
    ['[BR:Restore:ErrRestoreNoSpace]no space left on device', 'RestoreFailed'],
    ['rpc error: code = Unavailable desc = connection refused', 'RestoreFailed'],
    ['rpc error: code = Unavailable desc = error reading from server: unexpected EOF', 'RestoreFailed'],
  ])('"%s": %s', (message, name) => {
    expect(restoreFailure(`Restore failed: ${message}`)).toMatchObject({
      name,
      message: expect.stringMatching(/TiDB error 8125: Restore failed: /),
    });
  });

  it('blames the account without RESTORE_ADMIN', () => {
    const message = 'Access denied; you need (at least one of) the SUPER,RESTORE_ADMIN privilege(s)';
    expect(restoreFailure(message, 1227)).toHaveProperty('name', 'TidbAccessDenied');
  });

  it('says what to clear after another restore was interrupted', () => {
    expect(restoreFailure('Restore failed: [BR:Restore:ErrRestoreCheckpointMismatch]x').message).toMatch(
      /drop the tables .*__TiDB_BR_Temporary_.*mysql\.tidb_restore_registry.*br abort/,
    );
  });
});

describe("TiDB's error for a backup that it cannot read", () => {
  it.each([
    ['unexpected EOF', 'BackupNotRestorable'],
    ['proto: BackupMeta: illegal tag 0 (wire type 0)', 'BackupNotRestorable'],
    ['invalid metafile: checksum mismatch expect 1, got 2', 'BackupNotRestorable'],
    ['NoSuchKey: The specified key does not exist.', 'BackupNotRestorable'],
    ['open /backups/a/backupmeta: no such file or directory', 'StoreRefused'],
    ['dial tcp 10.0.0.1:443: i/o timeout', 'StoreRefused'],
    ['something else', 'RestoreFailed'],
  ])('"%s": %s', (message, name) => {
    expect(readFailure(message)).toMatchObject({
      name,
      message: expect.stringContaining(`TiDB error 1105: ${message}`),
    });
  });
});

describe('a store that refuses TiDB', () => {
  it.each([
    ['InvalidAccessKeyId: no such key', 'BackupS3AccessKey'],
    ['SignatureDoesNotMatch: wrong', 'BackupS3SecretAccessKey'],
    ['ExpiredToken: The provided token has expired.', 'BackupS3SessionToken'],
    ['NoCredentialProviders: no valid providers in chain. Deprecated.', 'give all of them a role'],
    ["Couldn't find AWS credentials in sources (environment variables, …)", 'give all of them a role'],
    ['NoSuchBucket: The specified bucket does not exist', 'BackupStoragePath'],
    ['failed to get region of bucket backups: NotFound: Not Found', 'BackupStoragePath'],
    ['failed to get region of bucket backups: Forbidden: Forbidden\n\tstatus code: 403', 's3:ListBucket'],
    ['error occurred when checking backupmeta file: Forbidden: Forbidden\n\tstatus code: 403', 'BackupS3AccessKey'],
    ['Forbidden: Forbidden\n\tstatus code: 403', 's3:ListBucket'],
    ['NotFound: Not Found\n\tstatus code: 404', 'BackupStoragePath'],
    ['failed to get region of bucket b: BadRequest: Bad Request\n\tstatus code: 400', 'BackupS3Provider'],
    ['s3 bucket and region are not matched, bucket=b, input region=x, real region=us-east-1', 'BackupS3Provider'],
    ['check permission ListObjects failed due to AccessDenied: Access Denied', 's3:PutObject'],
    ['AuthorizationHeaderMalformed: the region is wrong; expecting eu-west-1', 'BackupS3Region'],
    ['s3 bucket and region are not matched, bucket=b, input region=a, real region=c', 'BackupS3Region'],
    ['RequestError: send request failed caused by: Get "http://s3:9000": dial tcp: no such host', 'BackupS3Endpoint'],
    ['open /backups/a/backup.lock: permission denied', 'mount it for the user'],
    ['mkdir /backups/a: read-only file system', 'mount it for the user'],
  ])('"%s": %s', (message, remedy) => {
    const says = { message: expect.stringContaining(remedy) };
    expect(backupFailure(`Backup failed: ${message}`)).toMatchObject({ name: 'BackupPathUnusable', ...says });
    expect(restoreFailure(`Restore failed: ${message}`)).toMatchObject({ name: 'StoreRefused', ...says });
    expect(readFailure(message)).toMatchObject({ name: 'StoreRefused', ...says });
  });
});

describe('a missing answer', () => {
  it.each(['ECONNRESET', 'ETIMEDOUT', 'EPIPE', 'PROTOCOL_CONNECTION_LOST'])('%s leaves the outcome open', (code) => {
    expect(statementFailure('BACKUP', toTidbError(socketError(code)))).toHaveProperty('name', 'StatementLost');
  });

  it.each([1053, 2006, 2013])('%i from a proxy that lost its server leaves the outcome open', (errno) => {
    expect(backupFailure('gone', errno)).toHaveProperty('name', 'StatementLost');
  });
});

describe('a failure', () => {
  it.each([
    ['is part of what TiDB says', 'ErrRestoreChecksumMismatch'],
    ['is a single letter of it', 'e'],
  ])("is recognized by TiDB's own text, even if a secret %s", (_, secret) => {
    const message = 'Restore failed: [BR:Restore:ErrRestoreChecksumMismatch]restore checksum mismatch';

    const failure = statementFailure('RESTORE', toTidbError(answered(8125, message), [secret]));

    expect(failure).toHaveProperty('name', 'ChecksumMismatch');
  });

  it('is recognized even at the end of a long answer', () => {
    const message = `Restore failed: ${'x'.repeat(2_000)} [BR:Restore:ErrTablesAlreadyExisted]`;

    expect(restoreFailure(message)).toHaveProperty('name', 'TablesInTheWay');
  });

  it('contains neither the statement nor a key', () => {
    const error = toTidbError(answered(1064, `syntax error near "access-key=hush'"`), ['hush']);
    const failure = statementFailure('BACKUP', error);

    expect(
      [JSON.stringify([failure, error]), inspect(failure, { showHidden: true, depth: null })].join('\n'),
    ).not.toMatch(/hush|secret/);
  });
});
