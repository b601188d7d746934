import { attemptNumber, type BackupRecord } from '../../domain/backup/backup-record.ts';
import type { BackupStore } from '../../domain/backup/backup-store.ts';
import { NOTES_FOLDER } from '../../domain/backup/table-notes.ts';
import type { ConfigStore } from '../../domain/config/config-store.ts';
import { type DeploymentStorage, storageBase } from '../../domain/config/system-config.ts';
import { identifier } from '../../domain/shared/identifiers.ts';
import { BACKUP_META, type BackupFiles, FilesLocked } from '../../domain/storage/backup-files.ts';
import type { FormerPlaceStore } from '../../domain/storage/former-place-store.ts';
import type { OrphanEvents, OrphanedFiles, SearchCursor } from '../../domain/storage/orphaned-files.ts';
import { below, copyOf, displayPath, type StorageLocation } from '../../domain/storage/storage-location.ts';
import { currentPlace, distinctPlaces } from '../../domain/storage/storage-places.ts';
import { log } from '../../log.ts';
import { inParallel } from '../shared/in-parallel.ts';

export interface FindOrphanedFilesDeps extends DeploymentStorage {
  backups: Pick<BackupStore, 'getAll' | 'wantManifest'>;
  config: Pick<ConfigStore, 'read'>;
  formerPlaces: Pick<FormerPlaceStore, 'read'>;
  files: Pick<BackupFiles, 'folders' | 'exists' | 'contents' | 'removeAll'>;
  events: OrphanEvents;
  /** Whether the tenant wants orphaned files removed. */
  remove: boolean;
  /** Aborts when the sweep must end; another run continues where it stopped. */
  timeIsUp: AbortSignal;
}

/** Enough to hide the network's latency. */
const CONCURRENCY = 16;

/** A record exists before and after its files; but a statement may still be writing to folders younger than this. */
const YOUNG_MS = 24 * 3_600_000;

/**
 * Searches the deployment's own, the configured and the former storage places for folders that are named like those of
 * records (`CLUSTER/BACKUP/attempt-N`, and `tables` beside them) but have no record, and publishes them. Anything with
 * another name is not ours, and is left alone. It also requests the
 * manifests that finished backups lack.
 * @param now the sweep's time, in milliseconds since 1970
 * @param from where an earlier run stopped; defaults to the beginning
 * @throws Error of the last failure to search, publish or remove in the first two; everything else has been done
 */
export async function findOrphanedFiles(
  now: number,
  deps: FindOrphanedFilesDeps,
  from?: SearchCursor,
): Promise<{ orphaned: OrphanedFiles[]; stoppedAt?: SearchCursor }> {
  const orphaned: OrphanedFiles[] = [];
  const failures: unknown[] = from?.hasFailed ? [new Error('a storage place could not be searched before')] : [];
  const { inUse, former } = await storagePlaces(deps);
  const places = [...inUse, ...former];
  const first = places.findIndex((base) => displayPath(base) === from?.place);
  for (const [index, base] of places.entries()) {
    if (index < first) continue;
    const progress = { after: index === first ? (from?.after ?? '') : '' };
    try {
      for await (const orphan of orphansBelow(base, now, deps, progress)) {
        // A complete backup is not garbage: its record was lost, perhaps with all others.
        const isRemoved = deps.remove && orphan.detail.importable === undefined;
        const told = { ...orphan.detail, removed: isRemoved };
        orphaned.push(told);
        log.warn({ message: 'backup files without a record', ...told });
        await deps.events.orphaned([told]);
        if (isRemoved) for (const folder of orphan.folders) await removeUnlessLocked(folder, deps);
      }
    } catch (error) {
      if (deps.timeIsUp.aborted) {
        const { after } = progress;
        return { orphaned, stoppedAt: { place: displayPath(base), after, hasFailed: failures.length > 0 } };
      }
      const failure = { message: 'orphaned files could not be searched', path: displayPath(base), error };
      if (inUse.includes(base)) {
        log.error(failure);
        failures.push(error);
        // The store of a former place may no longer exist.
      } else log.warn(failure);
    }
  }
  if (failures.length > 0) throw failures.at(-1);
  return { orphaned };
}

/** Locked files are left to the first sweep after their lock ends. */
async function removeUnlessLocked(folder: StorageLocation, { files, timeIsUp }: FindOrphanedFilesDeps): Promise<void> {
  try {
    await files.removeAll(folder, timeIsUp);
  } catch (error) {
    if (!(error instanceof FilesLocked)) throw error;
    log.info({ message: 'backup files without a record are locked', path: displayPath(folder), until: error.until });
  }
}

/** Backups stay where they were written when the configuration changes. */
async function storagePlaces(
  deps: FindOrphanedFilesDeps,
): Promise<{ inUse: StorageLocation[]; former: StorageLocation[] }> {
  const [stored, former] = await Promise.all([deps.config.read(), deps.formerPlaces.read()]);
  const current = currentPlace(stored, deps);
  const inUse = distinctPlaces([storageBase({}, deps), ...(current ? [current] : [])]);
  const all = [...inUse, ...former];
  // A copy may arrive after its file was deleted.
  const copies = all.flatMap((place) => copyOf(place) ?? []);
  return { inUse, former: distinctPlaces([...all, ...copies]).slice(inUse.length) };
}

interface Orphan {
  detail: Omit<OrphanedFiles, 'removed'>;
  /** Nothing else of it is ever removed. */
  folders: StorageLocation[];
}

async function* orphansBelow(
  base: StorageLocation,
  now: number,
  { files, backups, timeIsUp }: FindOrphanedFilesDeps,
  progress: { after: string },
): AsyncGenerator<Orphan> {
  const { after } = progress;
  const clusterIds = (await files.folders(base)).filter((name) => isIdentifier(name) && name > after).sort();
  for (const clusterId of clusterIds) {
    timeIsUp.throwIfAborted();
    const folder = below(base, clusterId);
    const backupIds = (await files.folders(folder)).filter(isIdentifier);
    const records = await backups.getAll(backupIds);
    await wantManifests(records, folder, now, backups);
    const known = new Set(records.flatMap(({ location }) => [location, copyOf(location) ?? location]).map(displayPath));
    for (const backupId of backupIds) {
      const location = below(folder, backupId);
      if (known.has(displayPath(location))) continue;
      const own = (await files.folders(location)).filter(isOwn);
      const contents = await files.contents(location);
      if (own.length === 0 || contents === undefined || now - contents.lastWritten < YOUNG_MS) continue;
      const isWhole = await holdsBackup(location, own, files);
      yield {
        detail: {
          clusterId,
          backupId,
          path: displayPath(location),
          files: contents.files,
          sizeBytes: String(contents.bytes),
          lastWritten: new Date(contents.lastWritten).toISOString(),
          ...(isWhole && { importable: true }),
        },
        folders: own.map((name) => below(location, name)),
      };
    }
    progress.after = clusterId;
  }
}

/** Of backups that an older release has taken, and of those whose manifest could not be written. */
async function wantManifests(
  records: readonly BackupRecord[],
  folder: StorageLocation,
  now: number,
  backups: Pick<BackupStore, 'wantManifest'>,
): Promise<void> {
  const without = records.filter((record) => record.status === 'Finished' && record.manifestAt === undefined);
  const here = without.filter(
    ({ backupId, location }) => displayPath(location) === displayPath(below(folder, backupId)),
  );
  await inParallel(here, CONCURRENCY, ({ backupId }) => backups.wantManifest(backupId, new Date(now).toISOString()));
}

async function holdsBackup(
  location: StorageLocation,
  own: readonly string[],
  files: Pick<BackupFiles, 'exists'>,
): Promise<boolean> {
  for (const name of own) if (await files.exists(below(location, name), BACKUP_META)) return true;
  return false;
}

/** Names that the service itself lets into a record's folder. */
function isOwn(name: string): boolean {
  return attemptNumber(name) !== undefined || name === NOTES_FOLDER;
}

function isIdentifier(name: string): boolean {
  return identifier.safeParse(name).success;
}
