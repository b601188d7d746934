import { describe, expect, it } from 'vitest';
import { storageUrl } from '../../../../functions/adapters/tidb/storage-url.ts';
import { storageBase } from '../../../../functions/domain/config/system-config.ts';
import {
  costOf,
  usageAfterTransition,
  usageOfBackup,
  usageOfDeletion,
  usageOfRestore,
} from '../../../../functions/domain/planning/cost.ts';
import {
  classAt,
  type StorageClass,
  storageClass,
  TRANSITIONS,
} from '../../../../functions/domain/storage/storage-class.ts';
import { classNow, type StorageLocation } from '../../../../functions/domain/storage/storage-location.ts';

const GIB = 1024 ** 3;
const DAY_MS = 24 * 3_600_000;
const TERMS = {
  storageClass: 'STANDARD_IA',
  transition: { afterDays: 60, storageClass: 'GLACIER_IR' },
} as const;
const DEPLOYMENT = { defaultStoragePath: 'own-bucket/tidb', storageTerms: TERMS };
const KEYS = { BackupS3AccessKey: { secretArn: 'arn:a' }, BackupS3SecretAccessKey: { secretArn: 'arn:s' } };

describe('the storage class of a backup', () => {
  it("is used by BACKUP only in the deployment's bucket", () => {
    expect(storageBase({}, DEPLOYMENT)).toMatchObject(TERMS);
    expect(storageBase({ BackupStoragePath: 'own-bucket/elsewhere' }, DEPLOYMENT)).toMatchObject(TERMS);
    const elsewhere = [
      storageBase({ ...KEYS, BackupStoragePath: 'other/tidb' }, DEPLOYMENT),
      storageBase({ ...KEYS, BackupS3Endpoint: 'https://s3.example.com' }, DEPLOYMENT),
      storageBase({}, { defaultStoragePath: 'own-bucket/tidb' }),
    ];
    for (const location of elsewhere) {
      expect(location).not.toHaveProperty('storageClass');
      expect(location).not.toHaveProperty('transition');
    }
    expect(storageUrl(storageBase({}, DEPLOYMENT))).toBe('s3://own-bucket/tidb?storage-class=STANDARD_IA');
  });

  it("changes once the bucket's lifecycle rule has moved the files", () => {
    expect(classAt({}, 0)).toBe('STANDARD');
    expect(classAt(TERMS, 60 * DAY_MS - 1)).toBe('STANDARD_IA');
    expect(classAt(TERMS, 60 * DAY_MS)).toBe('GLACIER_IR');
    const location: StorageLocation = { type: 's3', bucket: 'own-bucket', prefix: 'tidb', ...TERMS };
    const now = () => Date.parse('2026-03-31T00:00:00Z');
    expect(classNow(location, '2026-03-01T00:00:00Z', { now })).toBe('STANDARD_IA');
    expect(classNow(location, '2026-01-01T00:00:00Z', { now })).toBe('GLACIER_IR');
    expect(
      classNow({ ...location, endpoint: 'https://s3.example.com' }, '2026-01-01T00:00:00Z', { now }),
    ).toBeUndefined();
  });

  it('is never one from which S3 moves files back', () => {
    for (const [from, into] of Object.entries(TRANSITIONS)) {
      expect(into).not.toContain(from);
      expect(into).not.toContain('STANDARD');
    }
  });
});

describe('the price of a storage class', () => {
  const sizeBytes = String(1_000 * GIB);
  const backup = (storageClass: StorageClass) =>
    costOf(usageOfBackup({ executor: 'lambda', seconds: 60, sizeBytes, isOnS3: true, storageClass }));
  const restore = (storageClass: StorageClass) =>
    costOf(
      usageOfRestore({
        ...{ executor: 'lambda', seconds: 60, sizesBytes: [sizeBytes], isOnS3: true },
        storageClasses: [storageClass],
      }),
    );

  it("per month equals AWS's list price", () => {
    expect(storageClass.options.map((each) => [each, backup(each).perMonthUsd])).toEqual([
      ['STANDARD', 23],
      ['STANDARD_IA', 12.5],
      ['ONEZONE_IA', 10],
      // 32,000 objects are monitored.
      ['INTELLIGENT_TIERING', 23.08],
      ['GLACIER_IR', 4],
    ]);
  });

  it('is saved with the backup', () => {
    for (const each of storageClass.options) {
      const { perMonthUsd } = costOf(usageOfDeletion([{ sizeBytes, isOnS3: true, storageClass: each }]));
      expect(perMonthUsd).toBe(-backup(each).perMonthUsd);
    }
    const both = costOf(
      usageOfDeletion([
        { sizeBytes, isOnS3: true },
        { sizeBytes, isOnS3: true, storageClass: 'GLACIER_IR' },
      ]),
    );
    expect(both.perMonthUsd).toBe(-27);
  });

  it('is higher for writes and reads where storage is cheaper', () => {
    const [standard, infrequent, glacier] = [restore('STANDARD'), restore('STANDARD_IA'), restore('GLACIER_IR')];
    // Three replicas read 1,000 GB each.
    expect(infrequent.parts).toContainEqual({ unit: 's3IaRetrievedGb', quantity: 3_000, usd: 30 });
    expect(glacier.parts).toContainEqual({ unit: 's3GlacierIrRetrievedGb', quantity: 3_000, usd: 90 });
    expect(standard.onceUsd).toBeLessThan(1);
    expect(backup('STANDARD').onceUsd).toBeLessThan(backup('STANDARD_IA').onceUsd);
    expect(backup('STANDARD_IA').onceUsd).toBeLessThan(backup('GLACIER_IR').onceUsd);
  });

  it('changes with the transition, which is paid once', () => {
    const cost = costOf({ s3GbMonth: 1_000 }, usageAfterTransition(sizeBytes, TERMS));

    expect(cost).toMatchObject({ perMonthUsd: 23, later: { afterDays: 60, onceUsd: 0.64, perMonthUsd: 4 } });
    expect(costOf({}, usageAfterTransition(sizeBytes, {}))).not.toHaveProperty('later');
  });
});
