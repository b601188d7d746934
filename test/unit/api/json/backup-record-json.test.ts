import { describe, expect, it } from 'vitest';
import { toBackupRecordJson } from '../../../../functions/api/json/backup-record-json.ts';
import type { BackupRecord } from '../../../../functions/domain/backup/backup-record.ts';
import { aBackup, aFinishedBackup, CREATED, later } from '../../../support/records.ts';

const UNSET = '0001-01-01T00:00:00Z';
const shown = (record: BackupRecord) => JSON.parse(JSON.stringify(toBackupRecordJson(record)));

describe('a record in an answer', () => {
  it('of a new backup has no time but that of its creation, and no result', () => {
    expect(shown(aBackup())).toEqual({
      ...{ id: 'backup-1', clusterId: 'cluster-1', workFlowId: 'backup-1', executor: 'lambda' },
      ...{ backupType: 'full', backupMethod: 'physical', backupMode: 'manual', status: 'Initializing' },
      ...{ filePath: 's3://backups/tidb/cluster-1/backup-1', storageType: 's3' },
      ...{ size: 0, sizeBytes: '0', backupTso: '0', progress: 0 },
      ...{ createTime: CREATED, updateTime: CREATED, startTime: UNSET, endTime: UNSET, deleteTime: UNSET },
    });
  });

  it('of a finished backup has its files, its result and what drills have found', () => {
    const record = aFinishedBackup({
      ...{ finishedAttempt: 2, sizeBytes: '1572864', fileCount: 7, tidbVersion: '8.5.0', tidbClusterId: '7' },
      ...{ newCollationEnabled: false, scope: { databases: ['shop'] }, base: { backupId: 'base', backupTso: '440' } },
      ...{ lockedUntil: later(9), expireAt: later(10), verifiedAt: later(11), recoverySeconds: 42 },
    });

    expect(shown(record)).toMatchObject({
      ...{ status: 'Finished', startTime: later(5), endTime: later(65), deleteTime: UNSET, progress: 100 },
      ...{ size: 1.5, sizeBytes: '1572864', backupTso: '449', files: 7, baseBackupId: 'base' },
      filePath: 's3://backups/tidb/cluster-1/backup-1/attempt-2',
      ...{ tidbVersion: '8.5.0', tidbClusterId: '7', newCollationEnabled: false, scope: { databases: ['shop'] } },
      ...{ lockedUntil: later(9), expireAt: later(10), verifiedAt: later(11), recoverySeconds: 42 },
    });
  });

  it('of a finished backup that no drill has verified has no verdict', () => {
    for (const field of ['verifiedAt', 'recoverySeconds', 'evidence', 'checksums', 'step', 'error'])
      expect(shown(aFinishedBackup())).not.toHaveProperty(field);
  });

  it('of a backup says where its copy is, where it came from, and why it is what it is', () => {
    const evidence = { workFlowId: 'drill-1', time: later(70), result: 'passed' as const, tables: 1, rows: '1' };
    const record = aFinishedBackup({
      location: { ...aBackup().location, copy: { bucket: 'copies', region: 'eu-west-1' } } as BackupRecord['location'],
      ...{
        copiedAt: later(80),
        fullBecause: 'DROP TABLE shop.a',
        evidence: { ...evidence, mismatches: [], assertions: [] },
      },
      ...{ imported: { time: later(90), workFlowId: 'import-1', withoutManifest: true } },
    });

    expect(shown(record)).toMatchObject({
      ...{ copyPath: 's3://copies/tidb/cluster-1/backup-1/attempt-1', copiedAt: later(80) },
      ...{ fullBecause: 'DROP TABLE shop.a', evidence },
      imported: { time: later(90), workFlowId: 'import-1', withoutManifest: true },
    });
  });

  it('of a running backup says what it does', () => {
    const { status: _, ...common } = aBackup();
    const running = { ...common, status: 'Processing' as const, startTime: later(1), progress: 40 };
    const statement = { server: 'tidb-0:4000', connectionId: '1' };

    expect(shown(running)).toMatchObject({ step: 'checking the cluster', progress: 40, startTime: later(1) });
    expect(shown({ ...running, statement }).step).toBe('backing up');
    expect(shown({ ...running, statement, step: 'noting checksums' }).step).toBe('noting checksums');
  });

  it('of a backup that is being deleted says since when, why, and what stands in the way', () => {
    const { status: _, ...common } = aBackup();
    const error = { code: 20_603, message: 'AccessDenied' };
    const deleting = { ...common, status: 'Deleting' as const, deleteTime: later(5), deletions: 1 };

    const why = { deletionReason: 'older than 7 days', deletionError: error };
    expect(shown({ ...deleting, ...why })).toMatchObject({
      ...{ deleteTime: later(5), deletionReason: 'older than 7 days', error },
    });
  });

  it('of a failed backup says that files may remain', () => {
    const { status: _, ...common } = aBackup();
    const failed = {
      ...common,
      ...{ status: 'Failed' as const, endTime: later(1), error: { code: 10_007, message: 'no space' } },
    };

    expect(shown(failed)).toMatchObject({ endTime: later(1), error: { code: 10_007, message: 'no space' } });
    expect(shown(failed)).not.toHaveProperty('progress');
    expect(shown({ ...failed, filesRemain: 'AccessDenied' }).error).toEqual({
      ...{ code: 10_007, message: 'no space; its files may remain: AccessDenied' },
    });
  });
});
