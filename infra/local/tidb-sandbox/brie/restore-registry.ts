import { createHash } from 'node:crypto';
import type { Cell } from '../storage/cell.ts';
import { readRows, replaceRows } from '../storage/table-rows.ts';
import type { BackupMeta, BackupSchema } from './backup-meta.ts';
import { BrError } from './brie-error.ts';
import { datetimeAt } from './datetime.ts';
import type { BrieJob } from './job.ts';
import type { BrieScope } from './statement.ts';
import { nameInCluster } from './temporary-names.ts';

const COMMAND = 'Restore';
/** Separates two filters; no name contains it (FilterSeparator). */
const SEPARATOR = '\x1F';

/** A row of `mysql.tidb_restore_registry`. */
interface Registration {
  readonly id: bigint;
  readonly filters: string;
  readonly startTs: bigint;
  readonly restoredTs: bigint;
  readonly upstreamClusterId: bigint;
  readonly withSystemTables: bigint;
  readonly status: string;
  readonly startedAt: string;
}

/** Records running and interrupted restores (br/pkg/registry), in releases that have such a table. */
export class RestoreRegistry {
  readonly #job: BrieJob;
  #id: bigint | undefined;

  constructor(job: BrieJob) {
    this.#job = job;
  }

  /** Resumes the same restore or registers a new one. Throws if it is running, or if another one includes one of its tables. */
  register(meta: BackupMeta, schemas: readonly BackupSchema[]): void {
    const table = this.#table();
    if (table === undefined) return;
    const { storage } = this.#job.cluster;
    const wanted = this.#registrationOf(meta);
    const all = this.#read();
    const own = all.find((each) => isSame(each, wanted));
    if (own?.status === 'running') {
      throw new BrError(`task with ID ${own.id} already exists and is running`, 'Common:ErrInvalidArgument');
    }
    const id = own?.id ?? storage.nextRowId(table);
    const others = all.filter((each) => each !== own);
    for (const other of others) refuseConflict(other, id, schemas);
    storage.raiseNextRowId(table, id + 1n);
    this.#id = id;
    this.#write([...others, { ...wanted, id }]);
  }

  /** @param isLeft whether it can be resumed later */
  leave(isLeft: boolean): void {
    if (!isLeft) this.remove();
    else this.#write(this.#read().map((each) => (each.id === this.#id ? { ...each, status: 'paused' } : each)));
  }

  remove(): void {
    this.#write(this.#read().filter(({ id }) => id !== this.#id));
  }

  #registrationOf({ startVersion, endVersion, clusterId }: BackupMeta): Registration {
    const { cluster, scope, options } = this.#job;
    return {
      id: 0n,
      filters: filtersOf(scope).join(SEPARATOR),
      startTs: startVersion,
      restoredTs: endVersion,
      upstreamClusterId: clusterId,
      withSystemTables: options.withSystemTables ? 1n : 0n,
      status: 'running',
      startedAt: datetimeAt(cluster.clock(), 0),
    };
  }

  #table() {
    const { storage } = this.#job.cluster;
    return storage.findTable('mysql', 'tidb_restore_registry', storage.currentTso());
  }

  #read(): Registration[] {
    const table = this.#table();
    return table === undefined ? [] : readRows(this.#job.cluster.storage, table).map(fromRow);
  }

  #write(registrations: readonly Registration[]): void {
    const table = this.#table();
    if (table) replaceRows(this.#job.cluster.storage, table, registrations.map(toRow));
  }
}

function fromRow(row: readonly Cell[]): Registration {
  const [id, filters, , startTs, restoredTs, clusterId, withSystemTables, status, , startedAt] = row.map(String);
  return {
    id: BigInt(id ?? 0),
    filters: filters ?? '',
    startTs: BigInt(startTs ?? 0),
    restoredTs: BigInt(restoredTs ?? 0),
    upstreamClusterId: BigInt(clusterId ?? 0),
    withSystemTables: BigInt(withSystemTables ?? 0),
    status: status ?? '',
    startedAt: startedAt ?? '',
  };
}

function toRow(each: Registration): Cell[] {
  const hash = createHash('md5').update(each.filters).digest('hex');
  const { id, filters, startTs, restoredTs, upstreamClusterId, withSystemTables, status, startedAt } = each;
  const what = [id, filters, hash, startTs, restoredTs, upstreamClusterId, withSystemTables];
  return [...what, status, COMMAND, startedAt, startedAt];
}

function isSame(a: Registration, b: Registration): boolean {
  return (['filters', 'startTs', 'restoredTs', 'upstreamClusterId', 'withSystemTables'] as const).every(
    (what) => a[what] === b[what],
  );
}

/** checkForTableConflicts */
function refuseConflict(other: Registration, ownId: bigint, schemas: readonly BackupSchema[]): void {
  const taken = new Set(other.filters.split(SEPARATOR));
  for (const { database, table } of schemas) {
    if (table === undefined) continue;
    const inCluster = nameInCluster(database).toLowerCase();
    const name = table.name.toLowerCase();
    if (!['*.*', `${inCluster}.*`, `${inCluster}.${name}`].some((filter) => taken.has(filter))) continue;
    throw new BrError(
      `table ${database}.${table.name} cannot be restored by current task with ID ${ownId} because it is already being restored by task (restoreId: ${other.id}, time range: ${other.startTs}->${other.restoredTs}, cmd: ${COMMAND})`,
      'Restore:ErrTablesAlreadyExisted',
    );
  }
}

/** As `br --filter` is written, in lower case. */
function filtersOf(scope: BrieScope): string[] {
  switch (scope.kind) {
    case 'everything':
      return ['*.*'];
    case 'databases':
      return scope.names.map((name) => `${name.toLowerCase()}.*`);
    case 'tables':
      return scope.tables.map(({ database = '', name }) => `${database}.${name}`.toLowerCase());
  }
}
