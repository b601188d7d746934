import { type BackupMeta, KeyValueBackup, readBackupMeta } from '../../domain/backup/backup-meta.ts';
import { attemptLocation, type BackupRecord, type FinishedBackup } from '../../domain/backup/backup-record.ts';
import type { BackupStore } from '../../domain/backup/backup-store.ts';
import type { ImportEntry } from '../../domain/backup/import-job.ts';
import {
  type FoundBackup,
  idOfFolder,
  importedBackup,
  limitedText,
  whyNotFlat,
} from '../../domain/backup/imported-backup.ts';
import { MANIFEST } from '../../domain/backup/manifest.ts';
import { quoteSome } from '../../domain/shared/errors.ts';
import { BACKUP_META, FileRefused, type FolderContents } from '../../domain/storage/backup-files.ts';
import { displayPath, isInBucket, type StorageLocation } from '../../domain/storage/storage-location.ts';
import { MalformedMessage } from '../../domain/tidb/protobuf-fields.ts';
import type { BackupFolder } from './backup-folders.ts';
import type { ImportBackupsDeps, ImportRun } from './import-run.ts';

/**
 * Imports one backup, unless it has a record.
 * @param records those that existed before its files were examined
 */
export async function importFolder(
  folder: BackupFolder,
  records: ReadonlyMap<string, BackupRecord>,
  run: ImportRun,
  deps: ImportBackupsDeps,
): Promise<ImportEntry> {
  const path = displayPath(folder.location);
  const backupId = folder.layout?.backupId ?? idOfFolder(folder.location);
  const record = records.get(backupId) ?? (folder.layout ? undefined : await deps.backups.get(backupId));
  if (record !== undefined) return ofRecord(record, folder, run);
  const read = await readFolder(folder, run, deps);
  if ('reason' in read) return { path, backupId, result: 'skipped', reason: read.reason };
  if (read.baseTso !== undefined) return waitingForBase(read.record, path, read.baseTso);
  return await adopt(read.record, folder, run, deps, read.note);
}

/** Creates the record, or for a plan reports that it would be created. */
export async function adopt(
  record: FinishedBackup,
  folder: Pick<BackupFolder, 'location'>,
  run: ImportRun,
  { backups }: { backups: Pick<BackupStore, 'get' | 'adopt' | 'holdBase'> },
  reason?: string,
): Promise<ImportEntry> {
  const path = displayPath(folder.location);
  const base = record.base && (await backups.get(record.base.backupId));
  if (base !== undefined && base.clusterId !== record.clusterId) {
    return { path, ...listed(record), result: 'skipped', reason: 'its base is a backup of another cluster' };
  }
  if (!run.job.isPlan) {
    if (!(await backups.adopt(record))) {
      const other = await backups.get(record.backupId);
      if (other !== undefined) return ofRecord(other, folder, run);
    }
    // At once: nobody may delete the base before the import ends. One that comes later is held then.
    if (record.base !== undefined && base !== undefined) await backups.holdBase(record.base, record.backupId);
  }
  return { path, ...listed(record), result: 'imported', ...(reason && { reason }) };
}

/** An import never overwrites a record. */
function ofRecord(
  record: BackupRecord,
  { location }: Pick<BackupFolder, 'location'>,
  { workFlowId }: ImportRun,
): ImportEntry {
  const path = displayPath(location);
  const { backupId, clusterId } = record;
  if (displayPath(record.location) !== path) {
    const reason = `its id is that of the backup in ${displayPath(record.location)}, which has a record`;
    return { path, backupId, clusterId, result: 'skipped', reason };
  }
  // Created by a run that died before it could record that.
  const result = record.imported?.workFlowId === workFlowId ? 'imported' : 'present';
  return { path, backupId, clusterId, result, ...(record.status === 'Finished' && listed(record)) };
}

/** A backup without a manifest knows only its base's snapshot, which may be found later. */
function waitingForBase(record: FinishedBackup, path: string, baseTso: string): ImportEntry {
  const reason = `its base, the backup with TSO ${baseTso}, is missing: import that one first`;
  return { path, ...listed(record), result: 'skipped', reason, baseTso };
}

/** The list entry of a found backup. */
function listed(record: FinishedBackup): Pick<ImportEntry, 'backupId' | 'clusterId' | 'backupTso' | 'base'> {
  const { backupId, clusterId, backupTso, base } = record;
  return { backupId, clusterId, backupTso, ...(base && { base }) };
}

/** What no run could read, such as an archived file, does not keep the others from being imported. */
export async function readFolder(
  folder: Omit<BackupFolder, 'cursor'>,
  run: ImportRun,
  deps: Pick<ImportBackupsDeps, 'files' | 'clock'>,
): Promise<ReturnType<typeof importedBackup>> {
  try {
    return await readFiles(folder, run, deps);
  } catch (error) {
    if (error instanceof FileRefused) return { reason: error.message };
    throw error;
  }
}

async function readFiles(
  { location, layout, foreign = [] }: Omit<BackupFolder, 'cursor'>,
  { workFlowId, job, ownPlaces, ownBucket }: ImportRun,
  { files, clock }: Pick<ImportBackupsDeps, 'files' | 'clock'>,
): Promise<ReturnType<typeof importedBackup>> {
  const isOwn = isInBucket(location) && location.endpoint === undefined && location.bucket === ownBucket;
  const import_ = { workFlowId, clusterId: job.request.clusterId, isOwn, now: clock.now() };
  if (layout === undefined) {
    const reason =
      foreign.length > 0
        ? `it holds folders that BR did not write: ${quoteSome(foreign)}`
        : whyNotFlat(location, ownPlaces);
    if (reason !== undefined) return { reason };
    const meta = await metaIn(location);
    return 'reason' in meta ? meta : importedBackup(await sized({ location, meta }, location), import_);
  }
  const { attempts, ...ids } = layout;
  let found: FoundBackup | undefined;
  let reason = 'it has no backupmeta: the backup is incomplete';
  for (const attempt of attempts) {
    const own = attemptLocation({ location }, attempt);
    const meta = await metaIn(own);
    if ('reason' in meta) {
      reason = meta.reason;
      continue;
    }
    const manifest = await files.read(own, MANIFEST);
    const text = manifest && (await limitedText(manifest));
    if (manifest !== undefined && text === undefined) return { reason: 'its manifest is larger than 256 KiB' };
    // Of several attempts, the finished one has a manifest.
    if (text === undefined && found !== undefined) continue;
    found = { location, layout: { ...ids, attempt }, meta, ...(text !== undefined && { manifest: text }) };
    if (text !== undefined) break;
  }
  if (found?.layout === undefined) return { reason };
  const own = attemptLocation({ location }, found.layout.attempt);
  if (found.manifest === undefined) return importedBackup(await sized(found, own), import_);
  return importedBackup({ ...found, ...(await files.stateOf(own, BACKUP_META)) }, import_);

  async function metaIn(own: StorageLocation): Promise<BackupMeta | { reason: string }> {
    const file = await files.read(own, BACKUP_META);
    if (file === undefined) return { reason };
    try {
      return await readBackupMeta(file);
    } catch (error) {
      if (error instanceof KeyValueBackup) return { reason: `${error.message}: restore it with br` };
      if (!(error instanceof MalformedMessage)) throw error;
      return { reason: 'its backupmeta cannot be read: it is damaged, or br has encrypted it' };
    }
  }

  /** No manifest says how large it is. */
  async function sized(backup: FoundBackup, own: StorageLocation): Promise<FoundBackup> {
    const contents = await files.contents(own);
    return {
      ...backup,
      ...(await files.stateOf(own, BACKUP_META)),
      ...(contents && { size: sizeOf(contents) }),
    };
  }
}

/** As BACKUP and the count after it would have told: without the manifest, which an earlier import may have left. */
function sizeOf({ files, dataBytes = 0n, manifests = 0 }: FolderContents): NonNullable<FoundBackup['size']> {
  return { sizeBytes: String(dataBytes), fileCount: files - manifests };
}
