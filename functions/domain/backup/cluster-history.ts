import type { OwnBackups } from '../cluster/cluster.ts';
import type { MissedWindow } from '../strategy/strategy.ts';
import type { BackupRecord } from './backup-record.ts';
import type { EvidenceRange } from './evidence-view.ts';

/** What a chart or a timeline shows of a backup. */
export interface PastBackup {
  backupId: string;
  backupType: BackupRecord['backupType'];
  backupMode: BackupRecord['backupMode'];
  status: BackupRecord['status'];
  createTime: string;
  /** The backup that an incremental one builds on. */
  baseBackupId?: string | undefined;
  /** Of a finished backup. */
  finished?: { startTime: string; endTime: string; sizeBytes: string } | undefined;
  /** How long its last successful drill took. */
  recoverySeconds?: number | undefined;
}

/** Backups and missed windows of a cluster, read from indexes. All of it may be some moments old. */
export interface ClusterHistory {
  /**
   * The newest backups and missed windows in a time range, newest first. The number of calls does not depend on how many there are.
   * @returns `since` if there are more: from then on, none is left out
   */
  read(
    own: OwnBackups,
    range: EvidenceRange,
  ): Promise<{ backups: PastBackup[]; missedWindows: MissedWindow[]; since?: string | undefined }>;
}
