import type { Alteration } from '../sql/ast.ts';
import { SqlError, unknownDatabase } from '../sql/errors.ts';
import { assertNever } from '../storage/cell.ts';
import { ddlJob, type JobFacts } from '../storage/ddl-history.ts';
import type { DatabaseInfo, TableInfo } from '../storage/schema.ts';
import type { Session } from './session.ts';

/** Changes the schema and records the DDL job of the session's statement. */
export function asDdlJob<Result>(
  session: Session,
  change: () => Result,
  factsOf: (result: Result) => Omit<JobFacts, 'query'>,
): Result {
  const query = session.running?.text ?? '';
  return session.cluster.storage.ddlHistory.perform(change, (result) => ddlJob({ ...factsOf(result), query }));
}

/** The job type of each part of an ALTER TABLE (ActionMap, pkg/meta/model/job.go). */
export function alterationJobType({ kind }: Alteration): string {
  switch (kind) {
    case 'addColumn':
      return 'add column';
    case 'dropColumn':
      return 'drop column';
    case 'modifyColumn':
      return 'modify column';
    case 'addIndex':
      // How the index is filled: tidb_ddl_enable_fast_reorg is on by default.
      return 'add index /* ingest */';
    case 'dropIndex':
      return 'drop index';
    case 'comment':
      return 'modify table comment';
    case 'tiflashReplicas':
      return 'set tiflash replica';
    case 'cache':
      return 'alter table cache';
    case 'ttl':
      return 'alter table ttl';
    case 'addPartitions':
      return 'add partition';
    case 'dropPartitions':
      return 'drop partition';
    case 'truncatePartitions':
      return 'truncate partition';
    case 'exchangePartition':
      return 'exchange partition';
    case 'reorganizePartitions':
      return 'alter table reorganize partition';
    case 'autoIncrement':
      return 'rebase auto_increment ID';
    case 'rename':
      return 'rename table';
    default:
      return assertNever(kind);
  }
}

/** With IF [NOT] EXISTS the error becomes a note. */
export function tolerate(session: Session, errno: number, tolerated: boolean, work: () => void): void {
  try {
    work();
  } catch (error) {
    if (!tolerated || !(error instanceof SqlError) || error.errno !== errno) throw error;
    session.addWarning(errno, error.message, 'Note');
  }
}

export function ownerOf({ database }: Pick<TableInfo, 'database'>, { cluster: { storage } }: Session): DatabaseInfo {
  const owner = storage.findDatabase(database, storage.currentTso());
  if (!owner) throw unknownDatabase(database);
  return owner;
}
