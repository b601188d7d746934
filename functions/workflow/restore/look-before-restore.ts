import { type BackupChain, whyNotCopied } from '../../domain/backup/backup-chain.ts';
import { type BackupMeta, contentsOfBackupMeta, readBackupMeta } from '../../domain/backup/backup-meta.ts';
import { attemptLocation, type FinishedBackup, type TidbRelease } from '../../domain/backup/backup-record.ts';
import { type BackupScope, isInScope, type TableName } from '../../domain/backup/backup-scope.ts';
import { BACKUP_META, type BackupFiles } from '../../domain/storage/backup-files.ts';
import { type RestoreSource, readFrom } from '../../domain/storage/second-copy.ts';
import { displayPath, type StorageLocation } from '../../domain/storage/storage-location.ts';
import { MalformedMessage } from '../../domain/tidb/protobuf-fields.ts';
import {
  assertCompatible,
  assertEmptyForPart,
  assertNoLeftovers,
  assertNoTableInTheWay,
  type RestoreLeftovers,
} from '../../domain/tidb/restore-target.ts';
import { whyNoSystemTables } from '../../domain/tidb/system-tables.ts';
import type { BackupContents, TidbControl } from '../../domain/tidb/tidb.ts';
import { NodeFailure } from '../../domain/workflow/node-failure.ts';
import { assertInBackup } from './scope-found.ts';

/** A backup of the chain, with the location of its files and its TiDB release. */
export interface Link {
  record: FinishedBackup;
  location: StorageLocation;
  takenBy: TidbRelease;
}

export interface WantedRestore {
  /** Defaults to everything. */
  scope?: BackupScope | undefined;
  withSystemTables?: boolean | undefined;
}

export type LookedAtLink = Link & { contents: BackupContents };

/** The plan of a restore. */
export interface RestoreLook {
  links: readonly LookedAtLink[];
  /** Release of the target cluster. */
  release: TidbRelease;
  /** The requested tables that must exist afterwards. */
  tables: readonly TableName[];
  emptyDatabases: readonly string[];
  /** The cluster held nothing that could be mistaken for restored data. */
  isProvenEmpty: boolean;
}

type Files = Pick<BackupFiles, 'read' | 'isEmpty'>;

/**
 * @param source where to read the files of all links. Defaults to the original
 * @throws NodeFailure BackupNotRestorable if a link's `backupmeta` is missing, damaged, or another backup's
 */
export async function linksOf(chain: BackupChain, files: Files, source?: RestoreSource): Promise<Link[]> {
  const links: Link[] = [];
  for (const record of chain) {
    const why = source === 'copy' ? whyNotCopied(record) : undefined;
    if (why !== undefined) throw new NodeFailure('CopyNotRestorable', why);
    const location = readFrom(attemptLocation(record, record.finishedAttempt), source);
    const { backupTso: _, ...release } = await wholeMeta(record, location, files);
    const { tidbVersion = release.tidbVersion, newCollationEnabled = release.newCollationEnabled } = record;
    links.push({ record, location, takenBy: { tidbVersion, newCollationEnabled } });
  }
  return links;
}

/**
 * Checks every link and the cluster before the first restore: its version and settings, remains of interrupted
 * restores, and the tables. TiDB itself checks tables only on some releases and only for full backups: it would mix an
 * incremental one into them.
 * @throws NodeFailure
 */
export async function lookBeforeRestore(
  chain: readonly Link[],
  wanted: WantedRestore,
  control: TidbControl,
  files: Files,
): Promise<RestoreLook> {
  const release = await compatibleRelease(chain, wanted, control);
  const leftovers = await control.restoreLeftovers();
  assertNoLeftovers(leftovers);
  const look = await lookAtContents(chain, wanted, release, control, files);
  return { ...look, isProvenEmpty: await assertNothingInTheWay(look.links, wanted, leftovers, control) };
}

/**
 * Like {@link lookBeforeRestore}, for a restore that has begun: what it restored may exist.
 * @throws NodeFailure
 */
export async function lookAgain(
  chain: readonly Link[],
  wanted: WantedRestore,
  control: TidbControl,
  files: Files,
): Promise<RestoreLook> {
  const release = await compatibleRelease(chain, wanted, control);
  return await lookAtContents(chain, wanted, release, control, files);
}

/**
 * @returns whether the cluster holds nothing that could be mistaken for restored data
 * @throws NodeFailure RestoreLeftovers, TablesInTheWay
 */
export async function assertRoom(
  links: readonly LookedAtLink[],
  wanted: WantedRestore,
  control: TidbControl,
): Promise<boolean> {
  const leftovers = await control.restoreLeftovers();
  assertNoLeftovers(leftovers);
  return await assertNothingInTheWay(links, wanted, leftovers, control);
}

async function compatibleRelease(
  chain: readonly Link[],
  { withSystemTables = false }: WantedRestore,
  control: TidbControl,
): Promise<TidbRelease> {
  const release = await control.release();
  for (const { takenBy, record } of chain) {
    assertCompatible(takenBy, release);
    const why = withSystemTables ? whyNoSystemTables(takenBy, record.scope) : undefined;
    if (why !== undefined) throw new NodeFailure('ClusterIncompatible', `the backup ${record.backupId}: ${why}`);
  }
  return release;
}

async function lookAtContents(
  chain: readonly Link[],
  { scope, withSystemTables = false }: WantedRestore,
  release: TidbRelease,
  control: TidbControl,
  files: Files,
): Promise<RestoreLook> {
  const links: LookedAtLink[] = [];
  for (const link of chain) links.push({ ...link, contents: await contentsOf(link, control, files) });
  const held = links.at(-1)?.contents ?? { databases: [], tables: [] };
  assertInBackup(scope, held);
  if (held.databases.length === 0 && !withSystemTables) {
    throw new NodeFailure('NothingToRestore', "the backup holds only TiDB's own databases");
  }
  return {
    links,
    release,
    tables: held.tables.filter((table) => isInScope(scope, table)),
    emptyDatabases: emptyDatabases(held, scope),
    isProvenEmpty: false,
  };
}

async function assertNothingInTheWay(
  links: readonly LookedAtLink[],
  { scope }: WantedRestore,
  leftovers: RestoreLeftovers,
  control: TidbControl,
): Promise<boolean> {
  const present = await control.userTables();
  assertNoTableInTheWay(
    links.flatMap(({ contents }) => contents.tables),
    scope,
    present,
  );
  const isPart = (scope ?? links.at(-1)?.record.scope) !== undefined;
  if (isPart && links.length > 1) assertEmptyForPart(present);
  return present.length === 0 && leftovers.registered !== undefined;
}

function emptyDatabases({ databases, tables }: BackupContents, scope: BackupScope | undefined): string[] {
  if (scope?.tables !== undefined) return [];
  const wanted = scope && new Set(scope.databases.map((name) => name.toLowerCase()));
  const full = new Set(tables.map(({ database }) => database));
  return databases.filter((name) => !full.has(name) && (wanted?.has(name.toLowerCase()) ?? true));
}

async function wholeMeta({ backupTso }: FinishedBackup, location: StorageLocation, files: Files): Promise<BackupMeta> {
  const file = await files.read(location, BACKUP_META);
  if (file === undefined) {
    const what = (await files.isEmpty(location)) ? 'no file is' : `${BACKUP_META} is not`;
    throw new NodeFailure('BackupNotRestorable', `${what} in ${displayPath(location)}`);
  }
  const meta = await orDamaged(location, readBackupMeta(file));
  if (meta.backupTso === backupTso) return meta;
  throw new NodeFailure(
    'BackupNotRestorable',
    `${BACKUP_META} in ${displayPath(location)} is of another backup: it ends at TSO ${meta.backupTso}, but this one at ${backupTso}`,
  );
}

/** Before 7.3, TiDB has no statement for the contents of a backup. */
async function contentsOf({ location }: Link, control: TidbControl, files: Files): Promise<BackupContents> {
  const told = await control.contentsOfBackup(location);
  return (
    told ??
    (await orDamaged(
      location,
      contentsOfBackupMeta((name) => files.read(location, name)),
    ))
  );
}

async function orDamaged<Result>(location: StorageLocation, read: Promise<Result>): Promise<Result> {
  try {
    return await read;
  } catch (error) {
    if (!(error instanceof MalformedMessage)) throw error;
    const message = `${BACKUP_META} in ${displayPath(location)} is damaged: ${error.message}`;
    throw new NodeFailure('BackupNotRestorable', message, { cause: error });
  }
}
