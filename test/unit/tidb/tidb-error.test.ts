import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { metadataFailure, statementFailure, toTidbError } from '../../../functions/adapters/tidb/tidb-error.ts';

/** As mysql2 rejects with. */
function answered(errno: number, message: string) {
  return Object.assign(new Error(message), { errno, code: 'ER_UNKNOWN', sqlState: 'HY000', sql: 'BACKUP … secret' });
}

function socketError(code: string) {
  return Object.assign(new Error(`read ${code}`), { errno: -104, code, fatal: true, sql: 'BACKUP … secret' });
}

describe('what a failed statement becomes', () => {
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
  ])('BACKUP, %i "%s": %s', (errno, message, name) => {
    expect(statementFailure('BACKUP', toTidbError(answered(errno, message)))).toMatchObject({
      name,
      message: expect.stringContaining(`TiDB error ${errno}: ${message}`),
    });
  });

  it.each([
    [8125, 'Restore failed: table already exists: shop.t :[BR:Restore:ErrTablesAlreadyExisted]x', 'TablesInTheWay'],
    [8125, 'Restore failed: backup with cluster version 7 cannot be restored at cluster of version 8', 'RestoreFailed'],
    [
      8125,
      'Restore failed: failed to validate checksum: [BR:Restore:ErrRestoreChecksumMismatch]restore checksum mismatch',
      'BackupNotRestorable',
    ],
    [
      8125,
      "Restore failed: failed to read s3 file, file info: input.key='a/1.sst': NoSuchKey: gone",
      'BackupNotRestorable',
    ],
    [8125, 'Restore failed: Corruption: truncated block read', 'BackupNotRestorable'],
    [8125, 'Restore failed: open /backups/a/1/2_3.sst: no such file or directory', 'BackupNotRestorable'],
    // The share is not mounted there: the node has just seen the file.
    [
      8125,
      'Restore failed: load backupmeta failed: open /backups/a/backupmeta: no such file or directory',
      'RestoreFailed',
    ],
    [8125, 'Restore failed: [BR:Restore:ErrRestoreNoSpace]no space left on device', 'RestoreFailed'],
    [8125, 'Restore failed: rpc error: code = Unavailable desc = connection refused', 'RestoreFailed'],
    [1227, 'Access denied; you need (at least one of) the SUPER,RESTORE_ADMIN privilege(s)', 'TidbAccessDenied'],
  ])('RESTORE, %i "%s": %s', (errno, message, name) => {
    expect(statementFailure('RESTORE', toTidbError(answered(errno, message)))).toHaveProperty('name', name);
  });

  it.each([
    ['BACKUP', 'InvalidAccessKeyId', 'BackupPathUnusable'],
    ['RESTORE', 'SignatureDoesNotMatch', 'RestoreFailed'],
  ] as const)('%s with keys that the store refuses (%s) names what to correct', (kind, code, name) => {
    const error = toTidbError(answered(8124, `failed: ListObjects: ${code}: hush is refused`), ['hush']);

    expect(statementFailure(kind, error)).toMatchObject({
      name,
      message: expect.stringMatching(/^the store refuses .*\(BackupS3AccessKey, BackupS3SecretAccessKey\)(?!.*hush)/),
    });
  });

  it.each(['ECONNRESET', 'ETIMEDOUT', 'EPIPE', 'PROTOCOL_CONNECTION_LOST'])('%s leaves it open', (code) => {
    expect(statementFailure('BACKUP', toTidbError(socketError(code)))).toHaveProperty('name', 'StatementLost');
  });

  it.each([1053, 2006, 2013])('%i from a proxy that lost its server leaves it open', (errno) => {
    expect(statementFailure('BACKUP', toTidbError(answered(errno, 'gone')))).toHaveProperty('name', 'StatementLost');
  });

  it('a backup that TiDB cannot read is not restorable', () => {
    const name = (message: string) => metadataFailure(toTidbError(answered(1105, message))).name;
    expect(name('parse backupmeta failed because of wrong aes cipher')).toBe('BackupNotRestorable');
    expect(name('SignatureDoesNotMatch')).toBe('RestoreFailed');
  });

  it.each([
    ['is part of what TiDB says', 'ErrRestoreChecksumMismatch'],
    ['is a letter of it', 'e'],
  ])('is told from what TiDB said, also where a secret %s', (_, secret) => {
    const message = 'Restore failed: [BR:Restore:ErrRestoreChecksumMismatch]restore checksum mismatch';

    const failure = statementFailure('RESTORE', toTidbError(answered(8125, message), [secret]));

    expect(failure).toHaveProperty('name', 'BackupNotRestorable');
  });

  it('is told from the end of a long answer, too', () => {
    const message = `Restore failed: ${'x'.repeat(2_000)} [BR:Restore:ErrTablesAlreadyExisted]`;

    expect(statementFailure('RESTORE', toTidbError(answered(8125, message)))).toHaveProperty('name', 'TablesInTheWay');
  });

  it('carries neither the statement nor a key', () => {
    const error = toTidbError(answered(1064, `syntax error near "access-key=hush'"`), ['hush']);
    const failure = statementFailure('BACKUP', error);

    expect(
      [JSON.stringify([failure, error]), inspect(failure, { showHidden: true, depth: null })].join('\n'),
    ).not.toMatch(/hush|secret/);
  });
});
