import type { MissedWindow } from '../strategy/strategy.ts';
import type { BackupBase, BackupRecord } from './backup-record.ts';

/** What became of a cluster's backups at one moment: a backup that was begun, or a window in which none was. */
export type EvidenceEntry = { record: BackupRecord } | { missed: MissedWindow };

export interface EvidenceRange {
  /** Created, or opened, at or after, and at or before; milliseconds since 1970. Absent: whenever. */
  createdFrom?: number | undefined;
  createdTo?: number | undefined;
}

/** A backup, and what it builds upon. */
export interface ChainLink {
  backupId: string;
  base?: BackupBase | undefined;
}

/** What evidence is made of. All of it may be some moments old. */
export interface EvidenceView {
  /**
   * One page of what became of a cluster's backups, newest first. It costs the same however many there are.
   * @param page.after `next` of the page before
   */
  page(
    clusterId: string,
    range: EvidenceRange,
    page: { after?: string | undefined; pageSize: number },
  ): Promise<{ entries: EvidenceEntry[]; next?: string | undefined }>;
  /** Some of a cluster's backups that were created at `next` or before, newest first; without `next` there are no older ones. */
  olderLinks(clusterId: string, next: string): Promise<{ links: ChainLink[]; next?: string | undefined }>;
}
