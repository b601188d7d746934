import type { Alteration } from '../sql/ast.ts';
import { assertNever } from '../storage/cell.ts';
import type { NewDdlJob } from '../storage/ddl-history.ts';
import type { DatabaseInfo, TableInfo } from '../storage/schema.ts';
import type { Session } from './session.ts';

interface JobFacts extends Pick<NewDdlJob, 'type'> {
  readonly database: DatabaseInfo;
  /** As they are afterwards, or were before they went; none of a job of the database itself. */
  readonly tables?: readonly TableInfo[];
  /** Where the change gave the table another id. */
  readonly tableId?: bigint;
  readonly subjobs?: readonly string[];
  /** @default the session's statement */
  readonly query?: string;
}

/** Changes the schema and notes the DDL job, with the names and ids that TiDB shows of it (`appendJobToChunk`, pkg/executor/executor.go). */
export function asDdlJob<Result>(
  session: Session,
  change: () => Result,
  factsOf: (result: Result) => JobFacts,
): Result {
  const { storage } = session.cluster;
  const createTs = storage.currentTso();
  const result = change();
  const { type, database, tables = [], tableId, subjobs = [], query } = factsOf(result);
  storage.ddlHistory.record({
    type,
    subjobs,
    database: database.name.toLowerCase(),
    databaseId: database.id,
    table: tables.map(({ name }) => name.toLowerCase()).join(','),
    tableId: tableId ?? tables.at(-1)?.id ?? 0n,
    tables: tables.map(({ id, name, definition }) => ({ id, name, definition })),
    query: query ?? session.running?.text ?? '',
    createTs,
  });
  return result;
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
    case 'autoIncrement':
      return 'rebase auto_increment ID';
    case 'rename':
      return 'rename table';
    default:
      return assertNever(kind);
  }
}
