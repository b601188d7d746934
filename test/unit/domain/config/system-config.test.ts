import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type ConfigKey,
  checkConfigValue,
  configKey,
  configValue,
  SECRET_MASK,
  storageBase,
  transferLimits,
} from '../../../../functions/domain/config/system-config.ts';

const DEPLOYMENT = { defaultStoragePath: 'own-bucket/tidb', nfsPath: '/mnt/backups' };
const WITHOUT_NFS = { defaultStoragePath: 'own-bucket/tidb' };

const LIMIT = { right: ['0', '1', '1000'], wrong: ['', '-1', '1.5', '1e3', ' 1', '10000001', 'fast', '0x10'] };
const KEY = {
  right: ['AKIAEXAMPLE', `a+b/c=d&"'\\%#é`, 'x'.repeat(256), ''],
  wrong: ['line\nbreak', '\u0000', 'x'.repeat(257), SECRET_MASK],
};
const LABEL = {
  right: ['eu-central-1', 'RegionOne', 'a', 'x'.repeat(63), ''],
  wrong: ['-a', 'a-', 'eu central', 'eu_central', 'a.b', 'é', 'x'.repeat(64), '"', 'a&region=b'],
};

/** Valid and invalid values of each key, and its error message. */
const VALUES: Record<ConfigKey, { right: string[]; wrong: string[]; message: string }> = {
  BackupStorageType: { right: ['s3', 'nfs'], wrong: ['', 'S3', 'tape'], message: 'must be "s3" or "nfs"' },
  BackupStoragePath: {
    right: ['my-bucket', 'my-bucket/a/b', `my-bucket/it's "a" +%#& prefix/`, '/mnt/backups', '/mnt/backups/é'],
    wrong: [
      ...['', '/', 'B!', 'ab', 'my..bucket', 'my-bucket/..', 'my-bucket/a//b', 'my-bucket/./a', 'my-bucket/a\u0000b'],
      ...['/mnt/../etc', '/mnt//a', '/mnt/./a', 's3://my-bucket/a', 'local:///mnt/a', `/mnt/${'é'.repeat(256)}`],
    ],
    message: 'must be "bucket/prefix", or an absolute path for nfs, of at most 512 bytes',
  },
  BackupS3Endpoint: {
    right: ['https://minio.example.com:9000', 'http://127.0.0.1:9000', 'http://[::1]:9000', ''],
    wrong: [
      ...[
        'minio',
        'minio:9000',
        'ftp://minio.example.com',
        'https://user@minio.example.com',
        'https://:p@minio.example.com',
      ],
      ...[
        'https://minio.example.com?a=b',
        'https://minio.example.com#a',
        ' https://minio.example.com',
        'https://a\nb.example.com',
      ],
      ...['https:\\\\minio.example.com', `https://${'a'.repeat(260)}.example.com`],
    ],
    message: 'must be an http or https URL of at most 256 characters, without blanks, user, query or fragment',
  },
  BackupS3AccessKey: { ...KEY, message: 'must be at most 256 characters, none of them a control character' },
  BackupS3SecretAccessKey: {
    right: KEY.right.concat('12345678'),
    wrong: KEY.wrong.concat('1234567', 'a'),
    message: 'must be 8 to 256 characters, none of them a control character',
  },
  BackupS3SessionToken: {
    right: KEY.right.concat('x'.repeat(4_096)),
    wrong: ['two long\nlines', 'short', 'x'.repeat(4_097), SECRET_MASK],
    message: 'must be 8 to 4096 characters, none of them a control character',
  },
  BackupS3Region: { ...LABEL, message: 'must be 1 to 63 letters, digits and inner hyphens, such as "eu-central-1"' },
  BackupS3Provider: { ...LABEL, message: 'must be 1 to 63 letters, digits and inner hyphens, such as "ceph"' },
  BackupRateLimit: { ...LIMIT, message: 'must be a whole number from 0 to 1000000; 0 leaves it to TiDB' },
  BackupConcurrency: { ...LIMIT, message: 'must be a whole number from 0 to 1000; 0 leaves it to TiDB' },
  RestoreRateLimit: { ...LIMIT, message: 'must be a whole number from 0 to 1000000; 0 leaves it to TiDB' },
  RestoreConcurrency: { ...LIMIT, message: 'must be a whole number from 0 to 1000; 0 leaves it to TiDB' },
  maxConcurrentAutoBackups: { ...LIMIT, message: 'must be a whole number from 0 to 10000; 0 sets no limit' },
};

describe('a value of the configuration', () => {
  const cases = configKey.options.map((key) => [key, VALUES[key]] as const);

  it.each(cases)('%s is stored as given', (key, { right }) => {
    for (const value of right) expect(checkConfigValue(key, value)).toBe(value);
  });

  it.each(cases)(
    '%s that is invalid is refused with what would be right, and not echoed',
    (key, { wrong, message }) => {
      for (const value of wrong) {
        const refusal = expect.objectContaining({
          code: 20601,
          httpStatus: 400,
          message: expect.stringContaining(`${key} ${message}`),
        });
        expect(() => checkConfigValue(key, value), JSON.stringify(value)).toThrow(refusal);
      }
    },
  );

  it.each(['BackupS3AccessKey', 'BackupS3SecretAccessKey'] as const)('%s that is refused is not echoed', (key) => {
    expect(() => checkConfigValue(key, 'top\nsecret')).toThrow(
      expect.objectContaining({ message: expect.not.stringMatching(/top|secret$/) }),
    );
  });

  it('allows 50 automatic backups at once by default', () => {
    expect(configValue({}, 'maxConcurrentAutoBackups', DEPLOYMENT)).toBe('50');
    expect(configValue({ maxConcurrentAutoBackups: '0' }, 'maxConcurrentAutoBackups', DEPLOYMENT)).toBe('0');
  });

  it('without a value or default is not found', () => {
    expect(() => configValue({}, 'BackupS3Endpoint', DEPLOYMENT)).toThrow(
      expect.objectContaining({ code: 20600, httpStatus: 404 }),
    );
  });

  it('that was once valid is distinguished from a missing one', () => {
    expect(() => configValue({ BackupConcurrency: 'many' }, 'BackupConcurrency', DEPLOYMENT)).toThrow(
      expect.objectContaining({ code: 20601 }),
    );
  });
});

describe('where backups go', () => {
  it.each([
    [{}, { type: 's3', bucket: 'own-bucket', prefix: 'tidb' }],
    [{ BackupStoragePath: 'own-bucket' }, { type: 's3', bucket: 'own-bucket', prefix: '' }],
    [{ BackupStoragePath: 'own-bucket/a/b//' }, { type: 's3', bucket: 'own-bucket', prefix: 'a/b' }],
    [
      { BackupStorageType: 'nfs', BackupStoragePath: '/mnt/backups/' },
      { type: 'nfs', path: '/mnt/backups' },
    ],
    [{ BackupStorageType: 'nfs' }, { type: 'nfs', path: '/mnt/backups' }],
    [
      { BackupStorageType: 'nfs', BackupStoragePath: '/mnt/backups/tidb' },
      { type: 'nfs', path: '/mnt/backups/tidb' },
    ],
  ])('of %j is %j', (stored, location) => {
    expect(storageBase(stored, DEPLOYMENT)).toEqual(location);
  });

  it.each([
    [{ BackupStorageType: 'tape' }, 20601],
    [{ BackupStorageType: 'nfs', BackupStoragePath: '/mnt' }, 20601],
    [{ BackupStorageType: 'nfs', BackupStoragePath: '/mnt/backups-of-others' }, 20601],
    [{ BackupStorageType: 'nfs', BackupStoragePath: '/etc' }, 20601],
    [{ BackupStorageType: 'nfs', BackupStoragePath: 'own-bucket/tidb' }, 20601],
    [{ BackupStoragePath: '/mnt' }, 20601],
    [{ BackupStoragePath: 'other-bucket/tidb' }, 20601],
    [{ BackupStoragePath: 'B!' }, 20601],
    [{ BackupS3Endpoint: 'minio' }, 20601],
    [{ BackupS3AccessKey: { secretArn: 'arn' } }, 20601],
    [{ BackupS3SecretAccessKey: { secretArn: 'arn' } }, 20601],
  ])('is undefined for %j: %i', (stored, code) => {
    expect(() => storageBase(stored, DEPLOYMENT)).toThrow(expect.objectContaining({ code }));
  });

  it('is a foreign bucket only with keys for it', () => {
    const keys = { BackupS3AccessKey: { secretArn: 'arn:a' }, BackupS3SecretAccessKey: { secretArn: 'arn:s' } };
    const location = storageBase({ BackupStoragePath: 'other-bucket/tidb', ...keys }, DEPLOYMENT);

    expect(location).toMatchObject({ bucket: 'other-bucket', prefix: 'tidb' });
  });

  it('is no file system unless the deployment mounts one', () => {
    expect(() => storageBase({ BackupStorageType: 'nfs' }, WITHOUT_NFS)).toThrow(
      expect.objectContaining({ code: 20600 }),
    );
    expect(() => storageBase({ BackupStorageType: 'nfs', BackupStoragePath: '/mnt/backups' }, WITHOUT_NFS)).toThrow(
      expect.objectContaining({ code: 20601, message: expect.stringContaining('needs a deployment that mounts') }),
    );
  });

  it('is never outside the configured bucket or folder, whatever the path', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.constantFrom('..', '.', '', '/', 'a', '\u0000'), fc.string()), { maxLength: 6 }),
        (parts) => {
          const path = parts.join('/');
          for (const stored of [
            { BackupStoragePath: `bucket/${path}` },
            { BackupStorageType: 'nfs', BackupStoragePath: `/mnt/backups/${path}` },
          ]) {
            let location: ReturnType<typeof storageBase>;
            try {
              location = storageBase(stored, DEPLOYMENT);
            } catch {
              continue;
            }
            const kept = location.type === 's3' ? location.prefix : location.path.slice('/mnt/backups/'.length);
            if (kept !== '') expect(kept.split('/').every((part) => !['', '.', '..'].includes(part))).toBe(true);
            expect(kept).toBe(path.replace(/\/+$/, ''));
          }
        },
      ),
    );
  });
});

describe('how hard TiKV may work', () => {
  it('is left to TiDB by default, and with 0', () => {
    expect(transferLimits({}, 'Backup')).toEqual({});
    expect(transferLimits({ BackupRateLimit: '0', BackupConcurrency: '0' }, 'Backup')).toEqual({});
  });

  it('is set separately for backups and restores', () => {
    const stored = { BackupRateLimit: '100', BackupConcurrency: '8', RestoreConcurrency: '16' };

    expect(transferLimits(stored, 'Backup')).toEqual({ rateLimit: 100, concurrency: 8 });
    expect(transferLimits(stored, 'Restore')).toEqual({ concurrency: 16 });
  });

  it('is never guessed from text that is not a number', () => {
    expect(() => transferLimits({ RestoreRateLimit: 'fast' }, 'Restore')).toThrow(
      expect.objectContaining({ code: 20601 }),
    );
  });
});
