import { baseName, whyNotLinked, whyNotRestorable } from '../../domain/backup/backup-chain.ts';
import {
  attemptLocation,
  type FinishedBackup,
  type ProcessingBackup,
  type TidbRelease,
} from '../../domain/backup/backup-record.ts';
import type { BackupStore } from '../../domain/backup/backup-store.ts';
import { BACKUP_META, type BackupFiles } from '../../domain/storage/backup-files.ts';
import { displayPath } from '../../domain/storage/storage-location.ts';
import { ddlObstacles } from '../../domain/tidb/ddl-since-base.ts';
import type { BackupInterval, TidbControl } from '../../domain/tidb/tidb.ts';
import { parseTidbVersion } from '../../domain/tidb/tidb-version.ts';
import { NodeFailure } from '../../domain/workflow/node-failure.ts';
import { linksOf } from '../restore/look-before-restore.ts';
import { type WhileWanted, whileWanted } from '../shared/while-wanted.ts';

export interface IntervalDeps extends WhileWanted {
  backups: Pick<BackupStore, 'get'>;
  files: Pick<BackupFiles, 'read' | 'exists' | 'isEmpty'>;
}

/**
 * What an incremental backup must hold. TiDB may finish one that cannot be restored, which makes the rest of its chain
 * useless, too. So its chain, and the schema changes since its base, are checked before it is sent.
 * @returns `undefined` for a full backup
 * @throws NodeFailure BaseGone, BaseUnfit, DdlHistoryUnreadable
 */
export async function intervalOf(
  record: ProcessingBackup,
  { control, release }: { control: Pick<TidbControl, 'ddlSince'>; release: TidbRelease },
  deps: IntervalDeps,
): Promise<BackupInterval | undefined> {
  if (record.base === undefined) return undefined;
  const { backupId, backupTso } = record.base;
  const base = await wholeBase(record.base, deps);
  const [then, now] = [base.tidbVersion, release.tidbVersion];
  if (then !== undefined && now !== undefined && then !== now) {
    throw unfit(backupId, `TiDB was ${then} then, but is ${now} now`);
  }
  const { snapshotTso, ddl } = await whileWanted(control.ddlSince(backupTso), deps);
  const obstacles = ddlObstacles(ddl, record.scope, now === undefined ? undefined : parseTidbVersion(now));
  if (obstacles.length > 0) throw unfit(backupId, someOf(obstacles));
  return { lastBackup: backupTso, snapshot: snapshotTso };
}

const NAMED_AT_MOST = 3;

function someOf(obstacles: readonly string[]): string {
  const named = obstacles.slice(0, NAMED_AT_MOST).join('; ');
  const left = obstacles.length - NAMED_AT_MOST;
  return left > 0 ? `${named}; and ${left} more` : named;
}

function unfit(baseId: string, why: string): NodeFailure {
  return new NodeFailure(
    'BaseUnfit',
    `an incremental backup on ${baseId} could not be restored, because of changes since: ${why}. Take a full backup`,
  );
}

/**
 * The base, if everything that its restore needs exists: its own files are read, those of earlier links only looked up.
 */
async function wholeBase(
  { backupId, backupTso }: NonNullable<ProcessingBackup['base']>,
  { backups, files }: IntervalDeps,
): Promise<TidbRelease> {
  const base = await finished(backupId, backups);
  if (base.backupTso !== backupTso) throw gone(backupId, `it ends at TSO ${base.backupTso}, not at ${backupTso}`);
  const [link] = await linksOf([base], files).catch((error: unknown) => {
    if (!(error instanceof NodeFailure)) throw error;
    throw gone(backupId, error.message, error);
  });
  for (let last = base; last.base !== undefined; ) {
    const earlier = await finished(last.base.backupId, backups);
    const broken = whyNotLinked(last, earlier);
    if (broken !== undefined) throw gone(backupId, broken);
    const location = attemptLocation(earlier, earlier.finishedAttempt);
    if (!(await files.exists(location, BACKUP_META))) {
      throw gone(earlier.backupId, `${BACKUP_META} is not in ${displayPath(location)}`);
    }
    last = earlier;
  }
  return link?.takenBy ?? {};
}

async function finished(backupId: string, backups: Pick<BackupStore, 'get'>): Promise<FinishedBackup> {
  const record = await backups.get(backupId);
  if (record?.status === 'Finished') return record;
  throw new NodeFailure('BaseGone', `${whyNotRestorable(record, baseName({ backupId }))}; take a full backup`);
}

function gone(backupId: string, why: string, cause?: unknown): NodeFailure {
  return new NodeFailure(
    'BaseGone',
    `the base backup ${backupId} can no longer be restored: ${why}. Take a full backup`,
    { cause },
  );
}
