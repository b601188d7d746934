import { bigintOf, type DatabaseFile, textOf } from './database-file.ts';
import type { DatabaseInfo, TableDefinition, TableInfo } from './schema.ts';
import type { Tso } from './tso.ts';

/** A table as a job left it (`BinlogInfo` of TiDB's `model.Job`). */
interface JobTable {
  readonly id: bigint;
  readonly name: string;
  readonly definition: TableDefinition;
}

/** A finished DDL job. TiDB never removes one from its history. */
export interface DdlJob {
  readonly id: bigint;
  /** As `JOB_TYPE` shows it. */
  readonly type: string;
  /** Types of the parts of an ALTER TABLE that does several things at once. */
  readonly subjobs: readonly string[];
  readonly database: string;
  readonly databaseId: bigint;
  /** Empty for jobs on a database. */
  readonly table: string;
  /** The table's id when the job began: TRUNCATE and EXCHANGE PARTITION change it. */
  readonly tableId: bigint;
  /** Several in `create tables` and `rename tables`; none for jobs on a database. */
  readonly tables: readonly JobTable[];
  /** The statement as written. */
  readonly query: string;
  readonly createTs: Tso;
  /** When the schema change took effect: BR compares schema versions, to the same result. */
  readonly schemaTs: Tso;
  readonly finishTs: Tso;
}

type NewDdlJob = Omit<DdlJob, 'id' | 'createTs' | 'schemaTs' | 'finishTs'>;

interface JobDetails {
  readonly subjobs: readonly string[];
  readonly tables: readonly { readonly id: string; readonly name: string; readonly definition: TableDefinition }[];
}

export interface JobFacts {
  readonly type: string;
  readonly database: DatabaseInfo;
  /** Tables after the change, or before they were dropped; none for a job on the database itself. */
  readonly tables?: readonly TableInfo[];
  /** Set if the change gave the table a new id. */
  readonly tableId?: bigint;
  readonly subjobs?: readonly string[];
  readonly query: string;
}

/** A job with the names and ids that TiDB shows (`appendJobToChunk`, pkg/executor/executor.go). */
export function ddlJob({ type, database, tables = [], tableId, subjobs = [], query }: JobFacts): NewDdlJob {
  return {
    type,
    subjobs,
    database: database.name.toLowerCase(),
    databaseId: database.id,
    table: tables.map(({ name }) => name.toLowerCase()).join(','),
    tableId: tableId ?? tables.at(-1)?.id ?? 0n,
    tables: tables.map(({ id, name, definition }) => ({ id, name, definition })),
    query,
  };
}

/** All DDL jobs of the cluster. */
export class DdlHistory {
  readonly #nextTso: () => Tso;
  readonly #nextId: () => bigint;
  readonly #sql;

  constructor(file: DatabaseFile, nextTso: () => Tso, nextId: () => bigint) {
    this.#nextTso = nextTso;
    this.#nextId = nextId;
    this.#sql = {
      add: file.prepare(
        `INSERT INTO ddl_job (id, type, database_name, database_id, table_name, table_id, query, create_ts, schema_ts, finish_ts, details)
         VALUES (:id, :type, :database, :databaseId, :table, :tableId, :query, :createTs, :schemaTs, :finishTs, :details)`,
      ),
      newestFirst: file.prepare('SELECT * FROM ddl_job ORDER BY id DESC LIMIT :limit'),
      between: file.prepare('SELECT * FROM ddl_job WHERE schema_ts > :after AND schema_ts <= :upTo ORDER BY id'),
    };
  }

  /** Changes the schema and records the job, with no other TSO between the two. */
  perform<Result>(change: () => Result, jobOf: (result: Result) => NewDdlJob): Result {
    const createTs = this.#nextTso();
    const result = change();
    const { subjobs, tables, ...job } = jobOf(result);
    const details: JobDetails = { subjobs, tables: tables.map((table) => ({ ...table, id: String(table.id) })) };
    this.#sql.add.run({
      ...job,
      id: this.#nextId(),
      createTs,
      schemaTs: this.#nextTso(),
      finishTs: this.#nextTso(),
      details: JSON.stringify(details),
    });
    return result;
  }

  newestFirst(limit = -1): DdlJob[] {
    return this.#sql.newestFirst.all({ limit }).map(toJob);
  }

  /** Jobs that changed the schema in `(after, upTo]`, oldest first. */
  between(after: Tso, upTo: Tso): DdlJob[] {
    return this.#sql.between.all({ after, upTo }).map(toJob);
  }
}

function toJob(row: Record<string, unknown>): DdlJob {
  const { subjobs, tables } = JSON.parse(textOf(row, 'details')) as JobDetails;
  return {
    id: bigintOf(row, 'id'),
    type: textOf(row, 'type'),
    subjobs,
    database: textOf(row, 'database_name'),
    databaseId: bigintOf(row, 'database_id'),
    table: textOf(row, 'table_name'),
    tableId: bigintOf(row, 'table_id'),
    tables: tables.map((table) => ({ ...table, id: BigInt(table.id) })),
    query: textOf(row, 'query'),
    createTs: bigintOf(row, 'create_ts'),
    schemaTs: bigintOf(row, 'schema_ts'),
    finishTs: bigintOf(row, 'finish_ts'),
  };
}
