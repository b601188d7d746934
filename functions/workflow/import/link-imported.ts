import type { BackupBase, FinishedBackup } from '../../domain/backup/backup-record.ts';
import { type ImportCounts, type ImportEntry, NO_COUNTS } from '../../domain/backup/import-job.ts';
import { uponBase } from '../../domain/backup/imported-backup.ts';
import { timestamp } from '../../domain/shared/clock.ts';
import { below, displayPath } from '../../domain/storage/storage-location.ts';
import { layoutOf } from './backup-folders.ts';
import { adopt, readFolder } from './import-folder.ts';
import type { ImportBackupsDeps, ImportRun } from './import-run.ts';

type Pages = ImportEntry[][];

/**
 * What takes all records to be there: imports incremental backups that name their base by its snapshot, and has each incremental one
 * hold its base, which is not to be deleted without it. Doing it again does what is left.
 * @returns the counts of all; undefined: the time is up
 */
export async function linkImported(run: ImportRun, deps: ImportBackupsDeps): Promise<ImportCounts | undefined> {
  const pages: Pages = [];
  for (let page = 1; page <= (run.job.pages ?? 0); page += 1) {
    pages.push((await deps.lists.read(run.workFlowId, page)) ?? []);
  }
  if (!(await importWaiting(pages, run, deps))) return undefined;
  const counts = { ...NO_COUNTS };
  for (const { result } of pages.flat()) counts[result] += 1;
  if (run.job.isPlan) return counts;
  return (await holdBases(pages.flat(), deps)) ? counts : undefined;
}

/** The oldest first: each may be the base of the next. */
async function importWaiting(pages: Pages, run: ImportRun, deps: ImportBackupsDeps): Promise<boolean> {
  const waiting = pages
    .flatMap((entries, page) => entries.map((entry) => ({ entries, page, entry })))
    .filter(isWaiting);
  waiting.sort((one, other) => (tsoOf(one.entry) < tsoOf(other.entry) ? -1 : 1));
  for (const { entries, page, entry } of waiting) {
    if (deps.timeIsUp.aborted) return false;
    const imported = await importUponBase(entry, pages, run, deps);
    if (imported === undefined) continue;
    entries[entries.indexOf(entry)] = imported;
    await deps.lists.write(run.workFlowId, page + 1, entries, timestamp(deps.clock));
  }
  return true;
}

function isWaiting({ entry }: { entry: ImportEntry }): boolean {
  return entry.result === 'skipped' && entry.baseTso !== undefined;
}

function tsoOf({ backupTso = '0' }: ImportEntry): bigint {
  return BigInt(backupTso);
}

/** Undefined: its base is not there. */
async function importUponBase(
  entry: ImportEntry,
  pages: Pages,
  run: ImportRun,
  deps: ImportBackupsDeps,
): Promise<ImportEntry | undefined> {
  const way = entry.path.slice(displayPath(run.place).length).split('/').filter(Boolean);
  const location = below(run.place, ...way);
  const layout = layoutOf(location, await deps.files.folders(location));
  const read = await readFolder({ location, ...(layout && { layout }) }, run, deps);
  if ('reason' in read || read.baseTso === undefined) return undefined;
  const { record, baseTso } = read;
  const base = baseIn(pages, record, baseTso) ?? (await deps.backups.ofTso(record, baseTso));
  if (base === undefined) return undefined;
  const known = await deps.backups.get(base.backupId);
  const upon = uponBase(record, known?.status === 'Finished' ? known : base);
  return await adopt(upon, { location }, run, deps);
}

/** Indexes may not show yet what this run has imported, nor ever what a plan would import. */
function baseIn(pages: Pages, { clusterId }: FinishedBackup, baseTso: string): BackupBase | undefined {
  const found = pages
    .flat()
    .find((entry) => entry.result !== 'skipped' && entry.clusterId === clusterId && entry.backupTso === baseTso);
  return found?.backupId === undefined ? undefined : { backupId: found.backupId, backupTso: baseTso };
}

/** For what other imports have brought before their bases, too. */
async function holdBases(entries: readonly ImportEntry[], deps: ImportBackupsDeps): Promise<boolean> {
  const there = entries.filter(({ result }) => result !== 'skipped');
  const wanted = new Map<string, BackupBase>();
  const tsos = new Map<string, string>();
  const clusters = new Set<string>();
  for (const { backupId = '', clusterId = '', base, backupTso, result } of there) {
    if (base !== undefined) wanted.set(backupId, base);
    if (backupTso !== undefined) tsos.set(backupId, backupTso);
    if (result === 'imported') clusters.add(clusterId);
  }
  for (const clusterId of clusters) {
    for (const { backupId, base, status } of await deps.retention.backupsOf(clusterId)) {
      const backupTso = base && tsos.get(base.backupId);
      if (status === 'Finished' && base && backupTso) wanted.set(backupId, { backupId: base.backupId, backupTso });
    }
  }
  const bases = await deps.backups.getAll([...new Set([...wanted.values()].map(({ backupId }) => backupId))]);
  const held = new Map(bases.map((base) => [base.backupId, 'dependents' in base ? base.dependents : undefined]));
  for (const [backupId, base] of wanted) {
    if (deps.timeIsUp.aborted) return false;
    if (held.has(base.backupId) && !held.get(base.backupId)?.has(backupId)) await deps.backups.holdBase(base, backupId);
  }
  return true;
}
