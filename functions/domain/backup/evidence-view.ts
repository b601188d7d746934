import type { MissedWindow } from '../strategy/strategy.ts';
import type { BackupBase, BackupRecord } from './backup-record.ts';

/** A backup that was started, or a window in which none was. */
export type EvidenceEntry = { record: BackupRecord } | { missed: MissedWindow };

export interface EvidenceRange {
  /** Inclusive bounds on the time of creation or window opening, in milliseconds since 1970. Default: unbounded. */
  createdFrom?: number | undefined;
  createdTo?: number | undefined;
}

/** A backup and its base. */
export interface ChainLink {
  backupId: string;
  base?: BackupBase | undefined;
}

/** The data behind the evidence report. It may be a few moments old. */
export interface EvidenceView {
  /**
   * One page of a cluster's backups and missed windows, newest first. Its cost does not depend on their number.
   * @param page.after `next` of the previous page
   */
  page(
    clusterId: string,
    range: EvidenceRange,
    page: { after?: string | undefined; pageSize: number },
  ): Promise<{ entries: EvidenceEntry[]; next?: string | undefined }>;
  /**
   * Some of a cluster's backups created at or before `next`, newest first. The result has no `next` if there are no
   * older ones.
   */
  olderLinks(clusterId: string, next: string): Promise<{ links: ChainLink[]; next?: string | undefined }>;
}
