import type { BackupBase } from '../../domain/backup/backup-record.ts';
import { type ImportEntry, type ImportJob, NO_COUNTS } from '../../domain/backup/import-job.ts';
import { withBase } from '../../domain/backup/imported-backup.ts';
import { timestamp } from '../../domain/shared/clock.ts';
import { below, displayPath } from '../../domain/storage/storage-location.ts';
import { layoutOf } from './backup-folders.ts';
import { adopt, readFolder } from './import-folder.ts';
import type { ImportBackupsDeps, ImportRun } from './import-run.ts';

/** Enough to hide the network's latency. */
const CONCURRENCY = 32;

interface Linked {
  isDone: boolean;
  /** What is to be kept of it. */
  job: Partial<Pick<ImportJob, 'linked' | 'counts'>>;
}

/** An entry of the list, and where it stands. */
interface Listed {
  page: number;
  entry: ImportEntry;
}

/**
 * The second phase, which needs all records: imports incremental backups that know only the snapshot of their base, and
 * adds the holds of incremental backups on their bases. Idempotent.
 * @returns the final counts; `undefined` if the time is up
 */
export async function linkImported(run: ImportRun, deps: ImportBackupsDeps): Promise<Linked> {
  const pages: ImportEntry[][] = [];
  for (let page = 1; page <= (run.job.pages ?? 0); page += 1) {
    pages.push((await deps.lists.read(run.workFlowId, page)) ?? []);
  }
  const { isDone, linked } = await importWaiting(pages, run, deps);
  const counts = { ...NO_COUNTS };
  for (const page of pages) for (const { result } of page) counts[result] += 1;
  const job = { counts, ...(linked !== undefined && { linked }) };
  if (!isDone || run.job.isPlan) return { isDone, job };
  return { isDone: await holdBases(pages.flat(), deps), job };
}

/** The oldest first: each may be the base of the next. Whatever has become of one, the next run goes on behind it. */
async function importWaiting(
  pages: ImportEntry[][],
  run: ImportRun,
  deps: ImportBackupsDeps,
): Promise<{ isDone: boolean; linked: string | undefined }> {
  const all = pages.flatMap((entries, page) => entries.map((entry): Listed => ({ page, entry })));
  const bases = new Map(all.flatMap(({ entry }) => (entry.result === 'skipped' ? [] : [[baseKey(entry), entry]])));
  let { linked } = run.job;
  const waiting = all.filter(isWaiting).map((listed) => ({ ...listed, order: orderOf(listed.entry) }));
  waiting.sort((one, other) => (one.order < other.order ? -1 : 1));
  for (const { page, entry, order } of waiting) {
    if (linked !== undefined && order <= linked) continue;
    if (linked !== run.job.linked && deps.timeIsUp.aborted) return { isDone: false, linked };
    linked = order;
    const imported = await importWithBase(entry, bases, run, deps);
    const entries = pages[page];
    if (imported === undefined || entries === undefined) continue;
    entries[entries.indexOf(entry)] = imported;
    if (imported.result !== 'skipped') bases.set(baseKey(imported), imported);
    await deps.lists.write(run.workFlowId, page + 1, entries, timestamp(deps.clock));
  }
  return { isDone: true, linked };
}

function isWaiting({ entry }: Listed): boolean {
  return entry.result === 'skipped' && entry.baseTso !== undefined;
}

/** By snapshot, as text. */
function orderOf({ backupTso = '0', path }: ImportEntry): string {
  return `${backupTso.padStart(20, '0')} ${path}`;
}

function baseKey({ clusterId, backupTso }: Pick<ImportEntry, 'clusterId' | 'backupTso'>): string {
  return `${clusterId} ${backupTso}`;
}

/** `undefined` if its base is missing. */
async function importWithBase(
  entry: ImportEntry,
  bases: ReadonlyMap<string, ImportEntry>,
  run: ImportRun,
  deps: ImportBackupsDeps,
): Promise<ImportEntry | undefined> {
  const way = entry.path.slice(displayPath(run.place).length).split('/').filter(Boolean);
  const location = below(run.place, ...way);
  const layout = layoutOf(location, await deps.files.folders(location));
  const read = await readFolder({ location, ...(layout && { layout }) }, run, deps);
  if ('reason' in read || read.baseTso === undefined) return undefined;
  const { record, baseTso } = read;
  // Indexes may not yet show what this run has imported, and never what a plan would import.
  const listed = bases.get(baseKey({ clusterId: record.clusterId, backupTso: baseTso }))?.backupId;
  const base = listed ? { backupId: listed, backupTso: baseTso } : await deps.backups.ofTso(record, baseTso);
  if (base === undefined) return undefined;
  const known = await deps.backups.get(base.backupId);
  const upon = withBase(record, known?.status === 'Finished' ? known : base);
  return await adopt(upon, { location }, run, deps);
}

/** Also links backups that other imports brought before their bases. */
async function holdBases(entries: readonly ImportEntry[], deps: ImportBackupsDeps): Promise<boolean> {
  const there = entries.filter(({ result }) => result !== 'skipped');
  const wanted = new Map<string, { base: BackupBase; clusterId: string }>();
  const tsos = new Map<string, string>();
  const clusters = new Set<string>();
  for (const { backupId = '', clusterId = '', base, backupTso, result } of there) {
    if (base !== undefined) wanted.set(backupId, { base, clusterId });
    if (backupTso !== undefined) tsos.set(backupId, backupTso);
    if (result === 'imported') clusters.add(clusterId);
  }
  for (const clusterId of clusters) {
    for (const { backupId, base, status } of await deps.retention.backupsOf(clusterId)) {
      const backupTso = base && tsos.get(base.backupId);
      if (status === 'Finished' && base && backupTso)
        wanted.set(backupId, { base: { backupId: base.backupId, backupTso }, clusterId });
    }
  }
  const found = await deps.backups.getAll([...new Set([...wanted.values()].map(({ base }) => base.backupId))]);
  const bases = new Map(found.map((base) => [base.backupId, base]));
  const missing = [...wanted].filter(([backupId, { base, clusterId }]) => {
    const there = bases.get(base.backupId);
    const isHeld = there !== undefined && 'dependents' in there && there.dependents?.has(backupId);
    // No manifest may keep a backup of another cluster from being deleted.
    return there?.clusterId === clusterId && !isHeld;
  });
  for (let at = 0; at < missing.length; at += CONCURRENCY) {
    if (deps.timeIsUp.aborted) return false;
    const some = missing.slice(at, at + CONCURRENCY);
    await Promise.all(some.map(([backupId, { base }]) => deps.backups.holdBase(base, backupId)));
  }
  return true;
}
