import { type BackupScope, foldedTable, isInScope, type TableName } from '../../domain/backup/backup-scope.ts';
import type { Clock } from '../../domain/shared/clock.ts';
import { quoteSome } from '../../domain/shared/errors.ts';
import type { BackupFiles } from '../../domain/storage/backup-files.ts';
import type { StorageLocation } from '../../domain/storage/storage-location.ts';
import { CLEAR_RESTORE, leftBehind, quoteTables } from '../../domain/tidb/restore-target.ts';
import type { BackupContents, PrivilegeName, TidbControl } from '../../domain/tidb/tidb.ts';
import { NodeFailure } from '../../domain/workflow/node-failure.ts';
import { log } from '../../log.ts';
import { withTimeout } from '../shared/with-timeout.ts';

/**
 * RESTORE of something that the backup does not hold succeeds. A restore that created nothing is no success, whatever
 * TiDB says.
 * @throws NodeFailure RestoreFailed
 */
export async function assertMade(
  { tables, emptyDatabases }: { tables: readonly TableName[]; emptyDatabases: readonly string[] },
  control: Pick<TidbControl, 'userDatabases' | 'userTables'>,
): Promise<void> {
  await assertDatabases(emptyDatabases, control);
  if (tables.length === 0) return;
  const found = await control.userTables().catch(notToBeSeen);
  if (found === undefined) return;
  const present = new Set(found.map(foldedTable));
  if (tables.some((table) => present.has(foldedTable(table)))) return;
  throw new NodeFailure('RestoreFailed', `RESTORE succeeded, but none of the tables exists: ${quoteTables(tables)}`);
}

async function assertDatabases(
  databases: readonly string[],
  control: Pick<TidbControl, 'userDatabases'>,
): Promise<void> {
  if (databases.length === 0) return;
  const found = await control.userDatabases().catch(notToBeSeen);
  if (found === undefined) return;
  const present = new Set(found.map((name) => name.toLowerCase()));
  const missing = databases.filter((name) => !present.has(name.toLowerCase()));
  if (missing.length === 0) return;
  throw new NodeFailure('RestoreFailed', `RESTORE succeeded, but did not create the databases ${quoteSome(missing)}`);
}

/** What BR did not remove; also `undefined` if that is unknown. */
export async function whatIsLeftBehind(control: Pick<TidbControl, 'restoreLeftovers'>): Promise<string | undefined> {
  const leftovers = await control.restoreLeftovers().catch(notToBeSeen);
  return leftovers && leftBehind(leftovers);
}

/** This does not fail a successful restore: with users and grants, the session may have lost its privileges. */
function notToBeSeen(error: unknown): undefined {
  log.warn({ message: 'the restored data could not be checked', error });
}

/**
 * Whether the cluster shows that a RESTORE finished: a killed one leaves databases of BR, or lacks tables. TiDB's own
 * report is not enough.
 */
export async function isRestored(
  { tables }: Pick<BackupContents, 'tables'>,
  scope: BackupScope | undefined,
  control: Pick<TidbControl, 'userTables' | 'restoreLeftovers'>,
): Promise<boolean> {
  if (leftBehind(await control.restoreLeftovers()) !== undefined) return false;
  const present = new Set((await control.userTables()).map(foldedTable));
  return tables.filter((table) => isInScope(scope, table)).every((table) => present.has(foldedTable(table)));
}

/** Whether an account can still back up and restore. */
export type AccountState = { works: true } | { works: false; reason: string };

const NEEDED: readonly PrivilegeName[] = ['BACKUP_ADMIN', 'RESTORE_ADMIN', 'PROCESS'];

const REGISTER_ANEW = 'register the cluster with an account of the backup (PUT /clusters/{clusterId})';

/** Logs in again, and closes the control. `undefined` if TiDB cannot be asked. */
export async function accountState(
  control: Pick<TidbControl, 'privileges' | 'close'>,
): Promise<AccountState | undefined> {
  try {
    const privileges = await control.privileges();
    const missing = NEEDED.filter((privilege) => !privileges.has(privilege));
    if (missing.length === 0) return { works: true };
    return { works: false, reason: `it now lacks ${missing.join(', ')}; ${REGISTER_ANEW}` };
  } catch (error) {
    if (error instanceof NodeFailure && error.name === 'TidbAccessDenied') {
      return { works: false, reason: `${error.message}; ${REGISTER_ANEW}` };
    }
    log.warn({ message: 'could not check whether the account still works', error });
    return undefined;
  } finally {
    control.close();
  }
}

/**
 * Separates evidence against the backup from what only looks like it.
 * @throws NodeFailure BackupNotRestorable, ChecksumMismatch, StoreRefused; otherwise the given error
 */
export async function judge(
  error: unknown,
  isProvenEmpty: boolean,
  location: StorageLocation,
  files: Pick<BackupFiles, 'exists'>,
): Promise<never> {
  if (!(error instanceof NodeFailure)) throw error;
  if (error.name === 'BackupNotRestorable' && (await isMissingThereAlone(error.message, location, files))) {
    throw new NodeFailure(
      'StoreRefused',
      `TiKV does not find a file of the backup that exists; mount the share at the path of BackupStoragePath on all TiDB and TiKV servers: ${error.message}`,
      { cause: error },
    );
  }
  if (error.name === 'ChecksumMismatch') judgeMismatch(error, isProvenEmpty);
  throw error;
}

/** For a share: a server that has not mounted it misses all files. */
async function isMissingThereAlone(
  message: string,
  location: StorageLocation,
  files: Pick<BackupFiles, 'exists'>,
): Promise<boolean> {
  if (location.type !== 'nfs' || !message.includes('no such file or directory')) return false;
  const at = message.indexOf(`${location.path}/`);
  const [name] = /^\S+?\.sst\b/.exec(message.slice(at + location.path.length + 1)) ?? [];
  return at >= 0 && name !== undefined && (await files.exists(location, name));
}

/** A checksum mismatch is evidence against the backup if nothing else can have changed the data. */
function judgeMismatch(error: NodeFailure, isProvenEmpty: boolean): never {
  if (isProvenEmpty) {
    const message = `the data restored into an empty cluster differ from the backup: ${error.message}`;
    throw new NodeFailure('BackupNotRestorable', message, { cause: error });
  }
  throw new NodeFailure(
    error.name,
    `the restored data differ from the backup. The cluster was not proven empty, so there are three possible causes: somebody wrote to the tables meanwhile, an earlier restore left data, or the backup is damaged, which a drill would show: ${error.message}`,
    { cause: error },
  );
}

/** A function that is about to be cut off has no more time. */
const LOOK_WITHIN_MS = 3_000;

/**
 * Adds to a failure what the restore left, and how to remove it before a retry.
 * @param control a separate one, because the session may have timed out; it is closed
 * @throws NodeFailure of the same name; otherwise the given error
 */
export async function sayWhatIsLeft(
  error: unknown,
  restored: readonly TableName[],
  control: Pick<TidbControl, 'userTables' | 'restoreLeftovers' | 'close'>,
  clock: Pick<Clock, 'sleep'>,
): Promise<never> {
  try {
    if (!(error instanceof NodeFailure)) throw error;
    const looking = whatIsLeft(restored, control).catch(() => undefined);
    const left = (await withTimeout(looking, LOOK_WITHIN_MS, clock)) ?? `before a retry, ${CLEAR_RESTORE}`;
    if (left === '') throw error;
    throw new NodeFailure(error.name, `${error.message}; ${left}`, { cause: error });
  } finally {
    control.close();
  }
}

async function whatIsLeft(
  restored: readonly TableName[],
  control: Pick<TidbControl, 'userTables' | 'restoreLeftovers'>,
): Promise<string> {
  const left = leftBehind(await control.restoreLeftovers());
  if (left !== undefined) return `it left ${left}`;
  const wanted = new Set(restored.map(foldedTable));
  const tables = (await control.userTables()).filter((table) => wanted.has(foldedTable(table)));
  if (tables.length === 0) return '';
  return `it left ${tables.length} tables; drop them before a retry: ${quoteTables(tables)}`;
}
