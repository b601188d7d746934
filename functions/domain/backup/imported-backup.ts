import { quoteInput } from '../shared/errors.ts';
import { derivedIdentifier } from '../shared/identifiers.ts';
import { displayPath, pathOf, type StorageLocation } from '../storage/storage-location.ts';
import { isSameVersion, type PinnedVersion } from '../storage/versions.ts';
import type { BackupMeta } from './backup-meta.ts';
import type { BackupBase, FinishedBackup } from './backup-record.ts';
import { type KeptOfRecord, MANIFEST_VERSION, MAX_MANIFEST_BYTES, manifest } from './manifest.ts';
import { millisOf } from './tso.ts';

/** What an import read from a folder. None of it can be trusted. */
export interface FoundBackup {
  /** The record's own folder, or that of `br`. */
  location: StorageLocation;
  /** From the folder names. Unset if `backupmeta` lies directly in the location. */
  layout?: { clusterId: string; backupId: string; attempt: number };
  /** The text of its manifest, if it has one. */
  manifest?: string;
  meta: BackupMeta;
  /** Until when storage locks `backupmeta`. */
  lockedUntil?: string | undefined;
  /** Of `backupmeta`, as it lies there now. */
  version?: PinnedVersion | undefined;
  /** Counted only if no manifest says. */
  size?: { sizeBytes: string; fileCount: number };
}

export interface Import {
  workFlowId: string;
  /** For backups that do not name their cluster. */
  clusterId?: string | undefined;
  /**
   * Whether nobody but the service can have written manifests there: the bucket of the deployment, whose policy sees to that. Elsewhere
   * they are not believed in what lets a backup pass for tested, or has it removed by a rule.
   */
  isOwn: boolean;
  /** Milliseconds since 1970. */
  now: number;
}

/** A record, or why there can be none. `baseTso`: the start TSO of an incremental backup without a manifest. */
export type ImportedBackup = { record: FinishedBackup; note?: string; baseTso?: string } | { reason: string };

/** Allows for clock skew; a backup does not come from the future. */
const SKEW_MS = 5 * 60_000;

/** An imported backup is not deleted within this time, whatever its manifest says. */
const GRACE_MS = 7 * 24 * 3_600_000;

/** A deterministic id for a backup whose folder does not name one. */
export function idOfFolder(location: StorageLocation): string {
  const endpoint = location.type === 's3' ? (location.endpoint ?? '') : '';
  return `imported-${derivedIdentifier(`${endpoint} ${displayPath(location)}`, 0)}`;
}

export function importedBackup(found: FoundBackup, job: Import): ImportedBackup {
  const { backupTso, baseTso } = found.meta;
  if (isToCome(millisOf(backupTso), job)) return { reason: 'its snapshot is in the future' };
  if (baseTso !== undefined && BigInt(baseTso) > BigInt(backupTso))
    return { reason: 'it starts after its own snapshot' };
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
  // The import checks again whether its second copy is complete.
  const { storageTerms, copiedAt: _, ...all } = read.kept;
  const kept = job.isOwn ? all : withoutClaims(all);
  const reason = whyNotTrusted(kept, found, layout, job);
  if (reason !== undefined) return { reason };
  const earliest = new Date(job.now + GRACE_MS).toISOString();
  const isSoon =
    kept.backupMode === 'manual' && kept.expireAt !== undefined && Date.parse(kept.expireAt) < Date.parse(earliest);
  // A retention rule may have taken it, or may remove it at once: allow time to look at it.
  const expireAt = isSoon || kept.backupMode === 'auto' ? earliest : kept.expireAt;
  return {
    record: {
      ...kept,
      ...(expireAt !== undefined && { expireAt }),
      ...ofFolder(found, job, storageTerms),
      imported: { ...importedBy(job), withoutManifest: kept.imported?.withoutManifest },
      metaVersion: metaVersionOf(kept, found, job),
      // The manifest's locks and holds may be out of date.
      lockedUntil: found.lockedUntil,
    },
    ...(isSoon && { note: `its expiry was moved from ${kept.expireAt} to ${expireAt}` }),
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
    return { reason: 'its manifest is not JSON' };
  }
  const version = typeof json === 'object' && json !== null && 'schemaVersion' in json ? json.schemaVersion : undefined;
  if (typeof version === 'number' && version > MANIFEST_VERSION) {
    return {
      reason: `its manifest has schemaVersion ${version}, but this release reads only up to ${MANIFEST_VERSION}`,
    };
  }
  const parsed = manifest.safeParse(json);
  if (parsed.success) return { kept: parsed.data.backup };
  const [issue] = parsed.error.issues;
  return { reason: `its manifest is not valid: ${quoteInput(issue?.path.join('.') ?? '')}` };
}

/** `undefined` if the manifest agrees with its folder, `backupmeta` and the clock. */
function whyNotTrusted(
  kept: Omit<KeptOfRecord, 'storageTerms'>,
  { meta }: FoundBackup,
  { clusterId, backupId, attempt }: NonNullable<FoundBackup['layout']>,
  { now }: Import,
): string | undefined {
  if (kept.clusterId !== clusterId || kept.backupId !== backupId || kept.finishedAttempt !== attempt) {
    return 'its manifest belongs to another folder';
  }
  if (kept.backupTso !== meta.backupTso) return 'its manifest and backupmeta name different snapshots';
  if (differs(kept.tidbClusterId, meta.tidbClusterId))
    return 'its manifest and backupmeta name different TiDB clusters';
  if ((kept.backupType === 'incr') !== (kept.base !== undefined)) return 'its manifest names no suitable base';
  if (differs(kept.base?.backupTso ?? '0', meta.baseTso ?? '0'))
    return 'its manifest and backupmeta name different bases';
  const times = [kept.createTime, kept.startTime, kept.endTime].map((time) => Date.parse(time));
  const inOrder = times.every((time, index) => index === 0 || time >= (times[index - 1] ?? 0));
  const drills = [kept.verifiedAt, kept.evidence?.time, kept.lastFailure?.time].flatMap((time) => time ?? []);
  const all = [...times, ...drills.map((time) => Date.parse(time))];
  if (!inOrder || all.some((time) => isToCome(time, { now }))) return 'its manifest has impossible times';
  const counts = [kept.attempts, kept.finishedAttempt, kept.fileCount ?? 0, kept.recoverySeconds ?? 0];
  if (counts.some((count) => !(count >= 0 && count <= 1e9)) || kept.attempts < attempt) {
    return 'its manifest has impossible numbers';
  }
  return undefined;
}

/** Unknown values never differ. */
function differs(one: string | undefined, other: string | undefined): boolean {
  return one !== undefined && other !== undefined && one !== other;
}

function isToCome(time: number, { now }: Pick<Import, 'now'>): boolean {
  return !(time <= now + SKEW_MS);
}

/** A backup by `br` or an older release: `backupmeta` does not say what scope was requested. */
function fromMeta(found: FoundBackup, job: Import): ImportedBackup {
  const { layout, meta, lockedUntil, version: metaVersion, size } = found;
  const time = new Date(millisOf(meta.backupTso)).toISOString();
  const backupId = layout?.backupId ?? idOfFolder(found.location);
  const clusterId = layout?.clusterId ?? job.clusterId ?? (meta.tidbClusterId && `tidb-${meta.tidbClusterId}`);
  if (clusterId === undefined) return { reason: 'it does not name its cluster: give one as clusterId' };
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
 * Takes only the storage terms from the manifest, which are used for cost estimates alone. The deployment alone decides
 * where the second copy is, and so what a deletion removes besides the folder.
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

/** The record of an incremental backup whose base was known only by its snapshot, once that base is found. */
export function withBase(
  record: FinishedBackup,
  base: Pick<FinishedBackup, 'backupId' | 'backupTso' | 'scope'>,
): FinishedBackup {
  const upon: BackupBase = { backupId: base.backupId, backupTso: base.backupTso };
  return { ...record, base: upon, ...(base.scope && { scope: base.scope }) };
}

/**
 * Checks a folder taken by `br`: the service's own storage paths hold only `CLUSTER/BACKUP/attempt-N`, and a backup
 * must not contain one of those paths.
 */
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

/** Reads a manifest; `undefined` if it is larger than allowed. */
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
