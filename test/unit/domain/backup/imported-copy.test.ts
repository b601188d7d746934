import { describe, expect, it } from 'vitest';
import type { FinishedBackup } from '../../../../functions/domain/backup/backup-record.ts';
import { importedBackup } from '../../../../functions/domain/backup/imported-backup.ts';
import { manifestOf } from '../../../../functions/domain/backup/manifest.ts';
import { aBackup, CREATED, later } from '../../../support/records.ts';

const OWN = { bucket: 'backups-copy', region: 'eu-west-1' };
const FORGED = { bucket: 'bucket-of-a-victim', region: 'us-east-1' };

const RECORD: FinishedBackup = {
  ...aBackup(),
  location: {
    type: 's3',
    bucket: 'backups',
    prefix: 'tidb/cluster-1/backup-1',
    copy: FORGED,
    storageClass: 'STANDARD_IA',
  },
  ...{ status: 'Finished', startTime: CREATED, endTime: later(60), backupTso: '1', sizeBytes: '1' },
  ...{ attempts: 1, finishedAttempt: 1, copiedAt: later(90) },
};

describe('the second copy of an imported backup', () => {
  const imported = (location: object) =>
    importedBackup(
      {
        location: { type: 's3', bucket: 'backups', prefix: 'tidb/cluster-1/backup-1', ...location },
        layout: { clusterId: 'cluster-1', backupId: 'backup-1', attempt: 1 },
        manifest: manifestOf(RECORD),
        meta: { backupTso: '1' },
      },
      { workFlowId: 'import-1', isOwn: true, now: Date.parse(later(3_600)) },
    );

  it('is where the deployment says, never where a manifest says, and is looked for again', () => {
    const found = imported({ copy: OWN });

    expect(found).toHaveProperty('record.location', {
      ...{ type: 's3', bucket: 'backups', prefix: 'tidb/cluster-1/backup-1' },
      ...{ storageClass: 'STANDARD_IA', copy: OWN },
    });
    expect(found).not.toHaveProperty('record.copiedAt');
    expect(imported({})).not.toHaveProperty('record.location.copy');
  });
});
