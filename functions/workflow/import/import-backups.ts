import { IMPORT_PAGE, type ImportEntry, type ImportJob, NO_COUNTS } from '../../domain/backup/import-job.ts';
import { importPlace, storageBase } from '../../domain/config/system-config.ts';
import { timestamp } from '../../domain/shared/clock.ts';
import { FileRefused } from '../../domain/storage/backup-files.ts';
import { copyOf, isInBucket, type StorageLocation } from '../../domain/storage/storage-location.ts';
import { currentPlace } from '../../domain/storage/storage-places.ts';
import { storeFailed } from '../../domain/storage/store-findings.ts';
import { NodeFailure } from '../../domain/workflow/node-failure.ts';
import { CATALOGUE, type CheckInput } from '../../domain/workflow/workflow.ts';
import { type BackupFolder, backupFolders, type PassedFolder } from './backup-folders.ts';
import { importFolder } from './import-folder.ts';
import type { ImportBackupsDeps, ImportRun } from './import-run.ts';
import { linkImported } from './link-imported.ts';

/** The node's result; only counts, because the list would not fit into the execution's history. */
interface ImportResult {
  isDone: boolean;
  isPlan: boolean;
  imported: number;
  present: number;
  skipped: number;
  pages: number;
}

/**
 * Node `importBackups`: searches a location and creates the missing records; for a plan, only the list. A run that dies
 * or times out is continued after its last page.
 * @throws NodeFailure ConfigInvalid, OperationSuperseded
 */
export async function importBackups({ workFlowId }: CheckInput, deps: ImportBackupsDeps): Promise<ImportResult> {
  const { workflows, lists, files, clock, timeIsUp } = deps;
  const workflow = { workFlowId, flowName: 'ImportBackups', bizId: CATALOGUE } as const;
  const earlier = await workflows.get(workFlowId);
  // It has ended, and its answer was lost.
  if (earlier?.status === 'Finished' && earlier.import) return resultOf(earlier.import, true);
  await workflows.setStatus(workflow, 'Processing', timestamp(clock));
  let job = await begin(workFlowId, deps);
  const run: ImportRun = { workFlowId, job, ...(await placesOf(job, deps)) };
  if (!job.isRead) {
    for await (const { folders, cursor } of pagesOf(searched(run.place, files, job.cursor))) {
      const { pages = 0, counts = NO_COUNTS } = job;
      if (folders.length > 0) {
        const entries = await importAll(folders, run, deps);
        await lists.write(workFlowId, pages + 1, entries, timestamp(clock));
        job = { ...job, pages: pages + 1, counts: counted(entries, counts) };
      }
      job = { ...job, cursor };
      await note(workFlowId, job, deps);
      if (timeIsUp.aborted) return resultOf(job, false);
    }
    job = { ...job, isRead: true };
    await note(workFlowId, job, deps);
  }
  const linked = await linkImported({ ...run, job }, deps);
  job = { ...job, ...linked.job };
  if (!linked.isDone) {
    await note(workFlowId, job, deps);
    return resultOf(job, false);
  }
  await note(workFlowId, job, deps);
  await workflows.setStatus(workflow, 'Finished', timestamp(clock));
  return resultOf(job, true);
}

async function begin(workFlowId: string, { workflows, clock }: ImportBackupsDeps): Promise<ImportRun['job']> {
  const job = await workflows.beginImport(workFlowId, timestamp(clock));
  if (job?.runs === undefined) throw superseded();
  return { ...job, runs: job.runs };
}

async function note(workFlowId: string, job: ImportRun['job'], { workflows, clock }: ImportBackupsDeps): Promise<void> {
  if (!(await workflows.recordImport(workFlowId, job, timestamp(clock)))) throw superseded();
}

function superseded(): NodeFailure {
  return new NodeFailure('OperationSuperseded', 'the import has ended, or another run has taken it over');
}

async function placesOf(
  { request }: ImportJob,
  deps: ImportBackupsDeps,
): Promise<Pick<ImportRun, 'place' | 'ownPlaces' | 'ownBucket'>> {
  const [stored, former] = await Promise.all([deps.config.read(), deps.formerPlaces.read()]);
  const current = currentPlace(stored, deps);
  const own = storageBase({}, deps);
  const places = [own, ...(current ? [current] : []), ...former];
  return {
    place: importPlace(request.path, stored, deps),
    ownBucket: isInBucket(own) ? own.bucket : undefined,
    // The second copy of a backup belongs to that backup: importing it as another one could delete it.
    ownPlaces: [...places, ...places.flatMap((place) => copyOf(place) ?? [])],
  };
}

/** @throws NodeFailure ConfigInvalid if the service may not list the folders */
async function* searched(
  place: StorageLocation,
  files: ImportBackupsDeps['files'],
  after?: string,
): ReturnType<typeof backupFolders> {
  try {
    yield* backupFolders(place, files, after);
  } catch (error) {
    if (!(error instanceof FileRefused)) throw error;
    const { message, remedy } = storeFailed('storeReach', error, place);
    throw new NodeFailure('ConfigInvalid', `${message}. ${remedy}`, { cause: error });
  }
}

interface Page {
  folders: BackupFolder[];
  /** The last folder that was looked at, also if it is no backup. */
  cursor: string;
}

/** As many folders are looked at between two notes of how far the search has come, however few of them are backups. */
const NOTED_EVERY = 1_000;

async function* pagesOf(found: AsyncIterable<BackupFolder | PassedFolder>): AsyncGenerator<Page> {
  let folders: BackupFolder[] = [];
  let looked = 0;
  let cursor: string | undefined;
  for await (const folder of found) {
    if ('location' in folder) folders.push(folder);
    cursor = folder.cursor;
    looked += 1;
    if (folders.length < IMPORT_PAGE && looked < NOTED_EVERY) continue;
    yield { folders, cursor };
    [folders, looked] = [[], 0];
  }
  if (looked > 0 && cursor !== undefined) yield { folders, cursor };
}

/** Records are read before files, so that files found without a record are not those of a running deletion. */
async function importAll(
  folders: readonly BackupFolder[],
  run: ImportRun,
  deps: ImportBackupsDeps,
): Promise<ImportEntry[]> {
  const ids = new Set(folders.flatMap(({ layout }) => layout?.backupId ?? []));
  const records = new Map((await deps.backups.getAll([...ids])).map((record) => [record.backupId, record]));
  return await Promise.all(folders.map((folder) => importFolder(folder, records, run, deps)));
}

function counted(entries: readonly ImportEntry[], counts: NonNullable<ImportJob['counts']>): typeof counts {
  const sum = { ...counts };
  for (const { result } of entries) sum[result] += 1;
  return sum;
}

function resultOf({ isPlan, counts = NO_COUNTS, pages = 0 }: ImportJob, isDone: boolean): ImportResult {
  return { isDone, isPlan, ...counts, pages };
}
