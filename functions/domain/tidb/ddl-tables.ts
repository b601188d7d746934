import { foldedTable, isSystemDatabase, type TableName } from '../backup/backup-scope.ts';
import { type DdlEffect, ddlEffect, ddlKind } from './ddl-kinds.ts';

/** A DDL job as TiDB lists it. The parts of a multi-schema change are listed, too. */
export interface DdlJob {
  /** `JOB_TYPE` */
  type: string;
  database: string;
  /** The name afterwards. Comma-separated in jobs of several tables; empty in those of a database. */
  table: string;
  /** The id before: TRUNCATE and EXCHANGE PARTITION give a table a new one. */
  tableId: string;
  /** RESTORE created the table. */
  byRestore: boolean;
  /** It began before the base, so the base may already include it. */
  mayPrecedeBase: boolean;
  /** Its statement also dropped other tables, each in its own job. */
  dropsOthers: boolean;
}

/** What happened to the schema between a base and the snapshot of an incremental backup. */
export interface DdlSinceBase {
  /** In the order of their ids. */
  jobs: readonly DdlJob[];
  /** Names at the base, by id, of tables that `jobs` rename or exchange, as far as they are known. */
  formerNames: ReadonlyMap<string, TableName>;
}

/** These recreate the partitions, and the table with them. */
const RENEW_ID = new Set(['alter table partition by', 'alter table remove partitioning']);

/** A job, and its effect on the tables that it names. */
export interface Change {
  job: DdlJob;
  kind: string;
  effect: DdlEffect;
  tables: readonly TableName[];
  /** Its change came after the base. */
  isNew: boolean;
  /** Set for a renamed table; `undefined` if unknown. */
  formerName?: TableName | undefined;
  /** The former name may also be one that other jobs named. */
  isMistakable?: boolean;
}

/** A table named by jobs. */
export interface ChangedTable {
  name: TableName;
  /** `undefined` if the job that assigned it does not say. */
  id: string | undefined;
  isNew: boolean;
  byRestore: boolean;
}

/**
 * Follows the tables in the jobs from the base to the snapshot.
 * @returns the changes, and the tables that exist at the end
 */
export function followTables({ jobs, formerNames }: DdlSinceBase): {
  changes: Change[];
  tables: ChangedTable[];
} {
  const followed = new FollowedTables(formerNames);
  const changes = jobs.filter(({ database }) => !isSystemDatabase(database)).map((job) => followed.apply(job));
  return { changes: changes.filter(({ effect }) => effect !== 'ignored'), tables: followed.tables };
}

class FollowedTables {
  readonly #formerNames: DdlSinceBase['formerNames'];
  readonly #tables = new Map<string, ChangedTable>();
  /** Where a table with this id was last found. */
  readonly #keys = new Map<string, string>();
  readonly #newTables = new Set<string>();
  readonly #newDatabases = new Set<string>();

  constructor(formerNames: DdlSinceBase['formerNames']) {
    this.#formerNames = formerNames;
  }

  get tables(): ChangedTable[] {
    return [...this.#tables.values()];
  }

  apply(job: DdlJob): Change {
    const kind = ddlKind(job.type);
    const effect = ddlEffect(kind);
    const change = { job, kind, effect, tables: namesOf(job, effect), isNew: false };
    const database = job.database.toLowerCase();
    switch (effect) {
      case 'ignored':
      case 'breaks':
        return change;
      case 'createsDatabase':
        if (!job.mayPrecedeBase) this.#newDatabases.add(database);
        return { ...change, isNew: !job.mayPrecedeBase };
      case 'dropsDatabase':
        for (const { name } of this.tables) if (name.database.toLowerCase() === database) this.#remove(name);
        return { ...change, isNew: this.#newDatabases.delete(database) };
      case 'creates':
        return { ...change, isNew: this.#create(change) };
      case 'createsMany':
        for (const name of change.tables) {
          this.#set({ name, id: undefined, isNew: !job.mayPrecedeBase, byRestore: true });
        }
        return { ...change, isNew: !job.mayPrecedeBase };
      case 'renamesMany':
        return { ...change, formerName: this.#nameOf(job.tableId) };
      case 'renames':
        return { ...change, ...this.#rename(change) };
      case 'exchanges':
        this.#exchange(change);
        return change;
      case 'drops': {
        const { isNew } = this.#found(change);
        for (const name of change.tables) this.#remove(name);
        return { ...change, isNew };
      }
      case 'truncates': {
        const table = this.#found(change);
        this.#set({ ...table, id: undefined, byRestore: false });
        return { ...change, isNew: table.isNew };
      }
      case 'changes':
      case 'backfills': {
        const table = this.#found(change);
        this.#set({ ...table, id: RENEW_ID.has(kind) ? undefined : job.tableId });
        return { ...change, isNew: table.isNew };
      }
    }
  }

  /** The view may have existed: CREATE OR REPLACE VIEW appears as CREATE VIEW. */
  #create(change: Change): boolean {
    const { job, kind } = change;
    const isNew = !job.mayPrecedeBase && (kind !== 'create view' || this.#found(change).isNew);
    if (isNew) this.#newTables.add(job.tableId);
    this.#set({ name: nameIn(change), id: job.tableId, isNew, byRestore: job.byRestore });
    return isNew;
  }

  #rename(change: Change): Pick<Change, 'isNew' | 'formerName' | 'isMistakable'> {
    const { tableId } = change.job;
    const formerName = this.#nameOf(tableId);
    const former = formerName && this.#tables.get(foldedTable(formerName));
    const isNew = former?.isNew ?? this.#newTables.has(tableId);
    const isMistakable = formerName === undefined && this.tables.some(({ id }) => id === undefined);
    if (formerName !== undefined) this.#remove(formerName);
    this.#set({ name: nameIn(change), id: tableId, isNew, byRestore: former?.byRestore ?? false });
    return { isNew, formerName, isMistakable };
  }

  /** The job has the name of the partitioned table, and the id of the other one, which gets the partition's id. */
  #exchange(change: Change): void {
    const partitioned = this.#found(change);
    const name = this.#nameOf(change.job.tableId);
    const other = name && this.#tables.get(foldedTable(name));
    const byRestore = partitioned.byRestore || (other?.byRestore ?? false);
    this.#set({ ...partitioned, byRestore });
    if (name !== undefined) this.#set({ name, id: undefined, isNew: other?.isNew ?? false, byRestore });
  }

  #nameOf(tableId: string): TableName | undefined {
    const table = this.#tables.get(this.#keys.get(tableId) ?? '');
    return table?.id === tableId ? table.name : this.#formerNames.get(tableId);
  }

  #found(change: Change): ChangedTable {
    const name = nameIn(change);
    const { tableId } = change.job;
    const known = this.#tables.get(foldedTable(name));
    return known ?? { name, id: undefined, isNew: this.#newTables.has(tableId), byRestore: false };
  }

  #set(table: ChangedTable): void {
    const key = foldedTable(table.name);
    this.#tables.set(key, table);
    if (table.id !== undefined) this.#keys.set(table.id, key);
  }

  #remove(name: TableName): void {
    this.#tables.delete(foldedTable(name));
  }
}

function nameIn({ job: { database, table } }: Change): TableName {
  return { database, table };
}

function namesOf({ database, table }: DdlJob, effect: DdlEffect): TableName[] {
  if (table === '') return [];
  const isOfSeveral = effect === 'createsMany' || effect === 'renamesMany';
  return (isOfSeveral ? table.split(',') : [table]).map((name) => ({ database, table: name }));
}
