import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { storageBase, transferLimits } from '../../../functions/domain/system-config.ts';

const DEFAULT_PATH = 'own-bucket/tidb';

describe('where backups go', () => {
  it.each([
    [{}, { type: 's3', bucket: 'own-bucket', prefix: 'tidb' }],
    [{ BackupStoragePath: 'other-bucket' }, { type: 's3', bucket: 'other-bucket', prefix: '' }],
    [{ BackupStoragePath: 'other-bucket/a/b//' }, { type: 's3', bucket: 'other-bucket', prefix: 'a/b' }],
    [
      { BackupStorageType: 'nfs', BackupStoragePath: '/mnt/backups/' },
      { type: 'nfs', path: '/mnt/backups' },
    ],
  ])('of %j is %j', (stored, location) => {
    expect(storageBase(stored, DEFAULT_PATH)).toEqual(location);
  });

  it.each([
    [{ BackupStorageType: 'nfs' }, 20600],
    [{ BackupStorageType: 'tape' }, 20601],
    [{ BackupStoragePath: '/mnt' }, 20601],
    [{ BackupStoragePath: 'B!' }, 20601],
    [{ BackupS3Endpoint: 'minio' }, 20601],
    [{ BackupS3AccessKey: { secretArn: 'arn' } }, 20601],
    [{ BackupS3SecretAccessKey: { secretArn: 'arn' } }, 20601],
  ])('cannot be told from %j: %i', (stored, code) => {
    expect(() => storageBase(stored, DEFAULT_PATH)).toThrow(expect.objectContaining({ code }));
  });

  it('is never outside the bucket or folder that is named, whatever the path', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.constantFrom('..', '.', '', '/', 'a', '\u0000'), fc.string()), { maxLength: 6 }),
        (parts) => {
          const path = parts.join('/');
          for (const stored of [
            { BackupStoragePath: `bucket/${path}` },
            { BackupStorageType: 'nfs', BackupStoragePath: `/${path}` },
          ]) {
            let location: ReturnType<typeof storageBase>;
            try {
              location = storageBase(stored, DEFAULT_PATH);
            } catch {
              continue;
            }
            const kept = location.type === 's3' ? location.prefix : location.path.slice(1);
            if (kept !== '') expect(kept.split('/').every((part) => !['', '.', '..'].includes(part))).toBe(true);
            expect(kept).toBe(path.replace(/\/+$/, ''));
          }
        },
      ),
    );
  });
});

describe('how hard TiKV may work', () => {
  it('is left to TiDB until it is set, and again with 0', () => {
    expect(transferLimits({}, 'Backup')).toEqual({});
    expect(transferLimits({ BackupRateLimit: '0', BackupConcurrency: '0' }, 'Backup')).toEqual({});
  });

  it('is set for backups and restores apart', () => {
    const stored = { BackupRateLimit: '100', BackupConcurrency: '8', RestoreConcurrency: '16' };

    expect(transferLimits(stored, 'Backup')).toEqual({ rateLimit: 100, concurrency: 8 });
    expect(transferLimits(stored, 'Restore')).toEqual({ concurrency: 16 });
  });

  it('is not guessed from what is no number', () => {
    expect(() => transferLimits({ RestoreRateLimit: 'fast' }, 'Restore')).toThrow(
      expect.objectContaining({ code: 20601 }),
    );
  });
});
