import { posix } from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type StoredConfig, storageBase } from '../../../../functions/domain/config/system-config.ts';
import { ServiceError } from '../../../../functions/domain/shared/errors.ts';
import { identifier } from '../../../../functions/domain/shared/identifiers.ts';
import { below, type StorageLocation } from '../../../../functions/domain/storage/storage-location.ts';
import { hostileText } from '../../../support/hostile/texts.ts';

const DEPLOYMENT = { defaultStoragePath: 'own-bucket/tidb', nfsPath: '/nfs/backups' };

const texts = fc.array(hostileText, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'));

/** `undefined` if it is refused. */
function baseOf(config: StoredConfig): StorageLocation | undefined {
  try {
    return storageBase(config, DEPLOYMENT);
  } catch (error) {
    if (error instanceof ServiceError && error.code === 20601) return undefined;
    throw error;
  }
}

const pathOf = (location: StorageLocation) => (location.type === 's3' ? `/${location.prefix}` : location.path);

it.each([
  ['s3', 'own-bucket/'],
  ['nfs', '/nfs/backups/'],
  ['s3', ''],
  ['nfs', ''],
])('any storage path, of %s, after %j: is refused, or leads nowhere else', (type, before) => {
  let accepted = 0;
  fc.assert(
    fc.property(texts, (text) => {
      const base = baseOf({ BackupStorageType: type, BackupStoragePath: before + text });
      if (base === undefined) return;
      accepted += 1;
      const folder = pathOf(below(base, 'cluster-1', 'backup-1'));

      expect(posix.normalize(folder)).toBe(folder);
      expect(folder.startsWith(`${pathOf(base).replace(/\/$/, '')}/cluster-1/backup-1`)).toBe(true);
      if (base.type === 's3') expect(base.bucket).toBe('own-bucket');
      else expect(`${base.path}/`.startsWith('/nfs/backups/')).toBe(true);
    }),
    { numRuns: 2_000 },
  );
  if (before !== '') expect(accepted).toBeGreaterThan(0);
});

it('an id is one segment of a path, and no other id starts with it', () => {
  fc.assert(
    fc.property(fc.oneof(hostileText, fc.stringMatching(/^[\w.-]{1,66}$/)), (text) => {
      if (!identifier.safeParse(text).success) return;
      const folder = posix.join('/base', text, 'backup-1');

      expect(folder).toBe(`/base/${text}/backup-1`);
      expect(posix.basename(posix.dirname(folder))).toBe(text);
    }),
    { numRuns: 2_000 },
  );
});
