import type { Statement } from '../sql/ast.ts';
import { SqlError } from '../sql/errors.ts';
import type { RowSource } from '../sql/result-set.ts';
import type { Cell } from '../storage/cell.ts';
import type { DdlJob } from '../storage/ddl-history.ts';
import type { ColumnType } from '../storage/schema.ts';
import { millisFromTso, type Tso } from '../storage/tso.ts';
import { hasFeature } from '../tidb-version.ts';
import { formatDatetime } from '../types/temporal.ts';
import type { Scope } from './compile.ts';
import { BIGINT } from './compiled.ts';
import { filterRows } from './select.ts';
import type { Session } from './session.ts';
import type { SourceColumn } from './table-source.ts';

const NAME: ColumnType = { kind: 'varchar', length: 64 };
const TIME: ColumnType = { kind: 'datetime', fsp: 6 };
const QUERY: SourceColumn = { name: 'QUERY', type: { kind: 'text', size: 'long' } };

const COLUMNS: readonly SourceColumn[] = [
  { name: 'JOB_ID', type: BIGINT },
  { name: 'DB_NAME', type: NAME },
  { name: 'TABLE_NAME', type: NAME },
  { name: 'JOB_TYPE', type: NAME },
  { name: 'SCHEMA_STATE', type: NAME },
  { name: 'SCHEMA_ID', type: BIGINT },
  { name: 'TABLE_ID', type: BIGINT },
  { name: 'ROW_COUNT', type: BIGINT },
  { name: 'CREATE_TIME', type: TIME },
  { name: 'START_TIME', type: TIME },
  { name: 'END_TIME', type: TIME },
  { name: 'STATE', type: NAME },
];

/** Columns of `information_schema.ddl_jobs` (tableDDLJobsCols, pkg/infoschema/tables.go). */
export const ddlJobColumns: readonly SourceColumn[] = [...COLUMNS, QUERY];

/** Newest first. An account sees jobs on objects on which it has a static privilege. */
export function ddlJobRows(session: Session): Cell[][] {
  return session.cluster.storage.ddlHistory
    .newestFirst()
    .filter(({ database, table }) => session.account.seesTable(database, table))
    .flatMap((job) => rowsOf(job, session).map((row) => [...row, job.query]));
}

type ShowDdlJobs = Extract<Statement, { kind: 'adminShowDdlJobs' }>;

/** `ADMIN SHOW DDL JOBS`, for administrators only and without QUERY. The number counts jobs before WHERE. */
export function showDdlJobs(
  { count, where }: ShowDdlJobs,
  statement: Pick<Scope, 'session' | 'parameters'>,
): RowSource {
  const { session } = statement;
  if (!session.account.hasGlobal('SUPER')) throw new SqlError(8121, "privilege check for 'Super' fail");
  const jobs = session.cluster.storage.ddlHistory.newestFirst(Number(count));
  const listing = { columns: COLUMNS, rows: jobs.flatMap((job) => rowsOf(job, session)) };
  return { columns: COLUMNS, rows: where ? filterRows(listing, where, statement) : listing.rows };
}

/** One row, plus one for each part of a multi-schema change (appendJobToChunk, pkg/executor/executor.go). */
function rowsOf(job: DdlJob, session: Session): Cell[][] {
  const row = (type: string): Cell[] => [
    job.id,
    job.database,
    job.table,
    type,
    type.startsWith('drop') ? 'none' : 'public',
    job.databaseId,
    job.tableId,
    0n,
    timeOf(job.createTs, session),
    timeOf(job.createTs, session),
    timeOf(job.finishTs, session),
    'synced',
  ];
  return [row(job.type), ...job.subjobs.map((type) => row(type.replace(/^[^/]*[^/ ]/, '$& /* subjob */')))];
}

/** In the session's time zone: at first to the second, later to the millisecond with six digits. */
function timeOf(tso: Tso, session: Session): string {
  const micros = BigInt(millisFromTso(tso) + session.utcOffsetMinutes * 60_000) * 1000n;
  return formatDatetime(micros, hasFeature(session.cluster.version, 'ddlJobFractions') ? 6 : 0);
}
