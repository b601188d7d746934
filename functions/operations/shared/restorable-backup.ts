import {
  type BackupChain,
  baseName,
  whyNotCopied,
  whyNotLinked,
  whyNotRestorable,
} from '../../domain/backup/backup-chain.ts';
import type { FinishedBackup } from '../../domain/backup/backup-record.ts';
import { type BackupScope, covers } from '../../domain/backup/backup-scope.ts';
import type { BackupStore } from '../../domain/backup/backup-store.ts';
import { quoteSome, ServiceError } from '../../domain/shared/errors.ts';
import type { RestoreSource } from '../../domain/storage/second-copy.ts';
import { type SystemTablesWanted, whyNoSystemTables } from '../../domain/tidb/system-tables.ts';
import { recordInvalid, recordNotFound } from './record-refusals.ts';
import { wrapErrors } from './wrap-errors.ts';

interface RestoredBackup extends Pick<SystemTablesWanted, 'scope' | 'withSystemTables'> {
  backupId: string;
  source?: RestoreSource | undefined;
}

/**
 * A backup that can be restored according to its records: its whole chain is finished and holds what was asked for. An
 * incremental backup costs one call per link.
 * @param wanted.scope defaults to everything that the backup holds
 * @throws ServiceError 20604, 20610, 20612
 */
export async function restorableBackup(
  { backupId, scope, withSystemTables, source }: RestoredBackup,
  backups: Pick<BackupStore, 'get'>,
): Promise<BackupChain> {
  const get = (id: string) => wrapErrors('TIEM_BACKUP_RECORD_QUERY_FAILED', backups.get(id));
  const record = await get(backupId);
  if (record === undefined) throw recordNotFound(backupId);
  if (record.status !== 'Finished') throw recordInvalid(record, 'only a Finished backup can be restored');
  if (scope !== undefined && record.scope !== undefined && !covers(record.scope, scope)) {
    throw broken(`it holds only ${described(record.scope)}; scope must name a part of that`);
  }
  if (withSystemTables) {
    const why = whyNoSystemTables(record, record.scope);
    if (why !== undefined) throw broken(`${why}; restore it without withSystemTables`);
  }
  const chain = [record];
  for (let link = record; link.base !== undefined; ) {
    const base = await get(link.base.backupId);
    if (base?.status !== 'Finished') throw broken(`${whyNotRestorable(base, baseName(link.base))}`);
    const why = whyNotLinked(link, base);
    if (why !== undefined) throw broken(why);
    chain.unshift(base);
    link = base;
  }
  if (source === 'copy') for (const link of chain) refuseUncopied(link);
  return chain;
}

/** A chain is restored as a whole, so each link needs its copy. */
function refuseUncopied(link: FinishedBackup): void {
  const why = whyNotCopied(link);
  if (why !== undefined) throw broken(`${why}; restore without "source", or once it says copiedAt`);
}

function broken(detail: string): ServiceError {
  return new ServiceError('TIEM_BACKUP_RECORD_INVALID', detail);
}

/** `the databases "shop", "crm"` */
function described({ databases, tables = [] }: BackupScope): string {
  return `the ${databases ? 'databases' : 'tables'} ${quoteSome(databases ?? tables)}`;
}
