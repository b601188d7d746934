import { quoteInput } from '../shared/errors.ts';
import { derivedIdentifier } from '../shared/identifiers.ts';
import { displayPath, pathOf, type StorageLocation } from '../storage/storage-location.ts';
import { isSameVersion, type PinnedVersion } from '../storage/versions.ts';
import type { BackupMeta } from './backup-meta.ts';
import type { BackupBase, FinishedBackup } from './backup-record.ts';
import { type KeptOfRecord, MANIFEST_VERSION, MAX_MANIFEST_BYTES, manifest } from './manifest.ts';
import { millisOf } from './tso.ts';

/** What an import has read of a folder. All of it may have been written by anybody. */
export interface FoundBackup {
  /** The record's own folder, or that of `br`. */
  location: StorageLocation;
  /** By the names of its folders; absent: `backupmeta` lies right in the location. */
  layout?: { clusterId: string; backupId: string; attempt: number };
  /** The text of its manifest; absent: there is none. */
  manifest?: string;
  meta: BackupMeta;
  /** Until when the storage locks `backupmeta`. */
  lockedUntil?: string | undefined;
  /** Of `backupmeta`, as it lies there now. */
  version?: PinnedVersion | undefined;
  /** Counted only where no manifest tells. */
  size?: { sizeBytes: string; fileCount: number };
}

export interface Import {
  workFlowId: string;
  /** Of backups that do not tell theirs. */
  clusterId?: string | undefined;
  /**
   * Whether nobody but the service can have written manifests there: the bucket of the deployment, whose policy sees to that. Elsewhere
   * they are not believed in what lets a backup pass for tested, or has it removed by a rule.
   */
  isOwn: boolean;
  /** Milliseconds since 1970. */
  now: number;
}

/** A record, or why the backup cannot have one. `baseTso`: of an incremental one without a manifest, what it builds upon. */
export type ImportedBackup = { record: FinishedBackup; note?: string; baseTso?: string } | { reason: string };

/** Clocks of services differ; a backup does not come from the future. */
const SKEW_MS = 5 * 60_000;

/** No import is followed by a deletion within this time, whatever its manifest says. */
const GRACE_MS = 7 * 24 * 3_600_000;

/** The id of a backup whose folder does not name one: always the same for the same folder. */
export function idOfFolder(location: StorageLocation): string {
  const endpoint = location.type === 's3' ? (location.endpoint ?? '') : '';
  return `imported-${derivedIdentifier(`${endpoint} ${displayPath(location)}`, 0)}`;
}

export function importedBackup(found: FoundBackup, job: Import): ImportedBackup {
  if (isToCome(millisOf(found.meta.backupTso), job)) return { reason: 'its snapshot is in the future' };
  return found.manifest === undefined || found.layout === undefined
    ? fromMeta(found, job)
    : fromManifest(found, found.manifest, found.layout, job);
}

function fromManifest(
  found: FoundBackup,
  text: string,
  layout: NonNullable<FoundBackup['layout']>,
  job: Import,
): ImportedBackup {
  const read = readManifest(text);
  if ('reason' in read) return read;
  // Whether its second copy is whole is looked at anew.
  const { storageTerms, copiedAt: _, ...all } = read.kept;
  const kept = job.isOwn ? all : withoutClaims(all);
  const reason = whyNotTrusted(kept, found, layout, job);
  if (reason !== undefined) return { reason };
  const earliest = new Date(job.now + GRACE_MS).toISOString();
  const isSoon =
    kept.backupMode === 'manual' && kept.expireAt !== undefined && Date.parse(kept.expireAt) < Date.parse(earliest);
  // A rule of retention may have taken it, or may take it at once: time to look at that.
  const expireAt = isSoon || kept.backupMode === 'auto' ? earliest : kept.expireAt;
  return {
    record: {
      ...kept,
      ...(expireAt !== undefined && { expireAt }),
      ...ofFolder(found, job, storageTerms),
      imported: { ...importedBy(job), withoutManifest: kept.imported?.withoutManifest },
      metaVersion: metaVersionOf(kept, found, job),
      // What the manifest says of locks and holds is not known to be so by now.
      lockedUntil: found.lockedUntil,
    },
    ...(isSoon && { note: `its expiry ${kept.expireAt} is moved to ${expireAt}` }),
  };
}

/** What only tests and rules of this deployment may say. */
function withoutClaims(kept: Omit<KeptOfRecord, 'storageTerms' | 'copiedAt'>): typeof kept {
  const { verifiedAt: _, recoverySeconds: _seconds, evidence: _evidence, lastFailure: _failure, ...rest } = kept;
  return { ...rest, backupMode: 'manual', expireAt: kept.backupMode === 'manual' ? kept.expireAt : undefined };
}

/** In the own bucket the manifest knows which one was written, whatever lies there by now. */
function metaVersionOf(
  { metaVersion }: Pick<KeptOfRecord, 'metaVersion'>,
  { version }: FoundBackup,
  { isOwn }: Import,
) {
  if (metaVersion === undefined || version === undefined) return metaVersion ?? version;
  return isOwn && !isSameVersion(metaVersion, version) ? metaVersion : version;
}

function readManifest(text: string): { kept: KeptOfRecord } | { reason: string } {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return { reason: 'its manifest is no JSON' };
  }
  const version = typeof json === 'object' && json !== null && 'schemaVersion' in json ? json.schemaVersion : undefined;
  if (typeof version === 'number' && version > MANIFEST_VERSION) {
    return { reason: `its manifest has schemaVersion ${version}, and this release reads up to ${MANIFEST_VERSION}` };
  }
  const parsed = manifest.safeParse(json);
  if (parsed.success) return { kept: parsed.data.backup };
  const [issue] = parsed.error.issues;
  return { reason: `its manifest is not valid: ${quoteInput(issue?.path.join('.') ?? '')}` };
}

/** Undefined: what the manifest says agrees with where it lies, with `backupmeta` and with the clock. */
function whyNotTrusted(
  kept: Omit<KeptOfRecord, 'storageTerms'>,
  { meta }: FoundBackup,
  { clusterId, backupId, attempt }: NonNullable<FoundBackup['layout']>,
  { now }: Import,
): string | undefined {
  if (kept.clusterId !== clusterId || kept.backupId !== backupId || kept.finishedAttempt !== attempt) {
    return 'its manifest is of another folder';
  }
  if (kept.backupTso !== meta.backupTso) return 'its manifest names another snapshot than backupmeta';
  if (differs(kept.tidbClusterId, meta.tidbClusterId)) return 'its manifest names another TiDB than backupmeta';
  if ((kept.backupType === 'incr') !== (kept.base !== undefined)) return 'its manifest names no fitting base';
  if (differs(kept.base?.backupTso ?? '0', meta.baseTso ?? '0'))
    return 'its manifest names another base than backupmeta';
  const times = [kept.createTime, kept.startTime, kept.endTime].map((time) => Date.parse(time));
  const inOrder = times.every((time, index) => index === 0 || time >= (times[index - 1] ?? 0));
  if (!inOrder || times.some((time) => isToCome(time, { now }))) return 'its manifest has impossible times';
  const counts = [kept.attempts, kept.finishedAttempt, kept.fileCount ?? 0, kept.recoverySeconds ?? 0];
  if (counts.some((count) => !(count >= 0 && count <= 1e9)) || kept.attempts < attempt) {
    return 'its manifest has impossible numbers';
  }
  return undefined;
}

/** As far as both are known. */
function differs(one: string | undefined, other: string | undefined): boolean {
  return one !== undefined && other !== undefined && one !== other;
}

function isToCome(time: number, { now }: Pick<Import, 'now'>): boolean {
  return !(time <= now + SKEW_MS);
}

/** One that `br` or an older release has taken: `backupmeta` does not tell what it was asked to hold. */
function fromMeta(found: FoundBackup, job: Import): ImportedBackup {
  const { layout, meta, lockedUntil, version: metaVersion, size } = found;
  const time = new Date(millisOf(meta.backupTso)).toISOString();
  const backupId = layout?.backupId ?? idOfFolder(found.location);
  const clusterId = layout?.clusterId ?? job.clusterId ?? (meta.tidbClusterId && `tidb-${meta.tidbClusterId}`);
  if (clusterId === undefined) return { reason: 'it does not tell its cluster: name one by clusterId' };
  const { tidbVersion, newCollationEnabled, tidbClusterId, backupTso, baseTso } = meta;
  return {
    record: {
      ...{
        backupId,
        clusterId,
        workFlowId: backupId,
        backupMethod: 'physical',
        backupMode: 'manual',
        status: 'Finished',
      },
      backupType: baseTso === undefined ? 'full' : 'incr',
      ...{ executor: 'lambda', createTime: time, startTime: time, endTime: time, backupTso, lockedUntil, metaVersion },
      ...{ tidbVersion, newCollationEnabled, tidbClusterId },
      ...(size ?? { sizeBytes: '0' }),
      ...{ attempts: layout?.attempt ?? 1, finishedAttempt: layout?.attempt ?? 1 },
      ...ofFolder(found, job),
      imported: { ...importedBy(job), withoutManifest: true, ...(layout === undefined && { isFlat: true }) },
    },
    ...(baseTso !== undefined && { baseTso }),
  };
}

/**
 * Nothing of it comes from a manifest but the terms, which only cost is reckoned with. Where the second copy is, and so what a deletion
 * removes beside the folder, the deployment says alone.
 */
function ofFolder(
  { location }: FoundBackup,
  job: Import,
  { copy: _, ...terms }: NonNullable<KeptOfRecord['storageTerms']> = {},
): Pick<FinishedBackup, 'status' | 'location' | 'imported' | 'updateTime'> {
  return {
    status: 'Finished',
    location: location.type === 's3' ? { ...location, ...terms } : location,
    imported: importedBy(job),
    updateTime: new Date(job.now).toISOString(),
  };
}

function importedBy({ workFlowId, now }: Import): NonNullable<FinishedBackup['imported']> {
  return { workFlowId, time: new Date(now).toISOString() };
}

/** The record of an incremental backup that names its base by its snapshot alone, once that is found. */
export function uponBase(
  record: FinishedBackup,
  base: Pick<FinishedBackup, 'backupId' | 'backupTso' | 'scope'>,
): FinishedBackup {
  const upon: BackupBase = { backupId: base.backupId, backupTso: base.backupTso };
  return { ...record, base: upon, ...(base.scope && { scope: base.scope }) };
}

/** The service's own places hold nothing but `CLUSTER/BACKUP/attempt-N`; nor may a backup hold such a place. */
export function whyNotFlat(location: StorageLocation, places: readonly StorageLocation[]): string | undefined {
  const own = `${displayPath(location)}/`;
  const overlaps = places.some((place) => {
    const path = `${displayPath(place)}/`;
    return place.type === location.type && (own.startsWith(path) || path.startsWith(own));
  });
  if (overlaps)
    return "it lies in the service's own storage path, but not in CLUSTER/BACKUP/attempt-N: move it elsewhere";
  return pathOf(location) === '' ? 'it lies in the root of its bucket: move it into a folder of its own' : undefined;
}

/** Reads a manifest, and no more of it than it may have. Undefined: it is larger. */
export async function limitedText(file: AsyncIterable<Uint8Array>): Promise<string | undefined> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of file) {
    size += part.length;
    if (size > MAX_MANIFEST_BYTES) return undefined;
    parts.push(part);
  }
  return Buffer.concat(parts).toString();
}
