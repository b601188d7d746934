import { type BackupScope, foldedTable, isInScope, type TableName, tablesOf } from '../backup/backup-scope.ts';
import { assertNever } from '../shared/assert-never.ts';
import { quoteInput } from '../shared/errors.ts';
import type { DdlEffect } from './ddl-kinds.ts';
import { repetitions } from './ddl-repetitions.ts';
import { type Change, type ChangedTable, type DdlSinceBase, followTables } from './ddl-tables.ts';
import { isAtLeast, type TidbVersion } from './tidb-version.ts';

const NOT_REPEATED = 'a restore would not repeat it';
const BACKFILL = 'from TiDB 8.3 on, an incremental restore refuses anything that fills an index or rewrites rows';
const BATCH_RENAME = 'a restore fails if several tables were renamed at once';
const TWICE = 'a restore would repeat it for two tables, and fail';
const SEVERAL_DROPPED = 'a restore would repeat the statement for each of the tables that it dropped';
const OLD_ROWS = 'RESTORE wrote rows older than the base, which no incremental backup holds';
const OTHER_DATABASE = 'a restore repeats it in the new database, where it may affect other tables';
const LEFT_SCOPE = 'it left the scope of the backup, and a restore would leave it under its former name';
const INTO_SCOPE = 'it came into the scope of the backup, with rows that are older than the base';
const UNKNOWN_NAME = 'its former name is unknown, and so is whether a restore repeats its changes';
const EARLIER_TABLE = 'a restore would create the table that formerly had this name, and leave it behind';
const UNKNOWN = 'it is unknown whether a restore can repeat it';

/**
 * Why an incremental backup across these jobs could not be restored, or not to the same state; empty if it can. A
 * restore repeats the changes of the tables in the backup ({@link repetitions}). So each change of a table of the base
 * must be repeated exactly once, and be one that TiDB can repeat.
 * @param version of TiDB; `undefined` counts as the newest
 */
export function ddlObstacles(
  since: DdlSinceBase,
  scope: BackupScope | undefined,
  version: TidbVersion | undefined,
): string[] {
  const { changes, tables } = followTables(since);
  const held = tables.filter(({ name }) => isInScope(scope, name));
  const judge = new Judge(changes, held, scope, version === undefined || isAtLeast(version, 8, 3));
  const obstacles = changes.flatMap((change, at) => {
    const why = judge.obstacle(change, at);
    return why === undefined ? [] : [{ change, why }];
  });
  // Other changes of a dropped table add no information.
  const telling = obstacles.filter(({ change, why }) => why !== NOT_REPEATED || TAKE_AWAY.has(change.effect));
  const told = telling.length > 0 ? telling : obstacles;
  return [...new Set(told.map(({ change, why }) => `${change.kind} ${objectOf(change)}: ${why}`))];
}

const TAKE_AWAY: ReadonlySet<DdlEffect> = new Set(['drops', 'dropsDatabase', 'renames']);

function objectOf({ job: { database, table } }: Change): string {
  return quoteInput(table === '' ? database : `${database}.${table}`);
}

class Judge {
  readonly #changes: readonly Change[];
  readonly #held: ReadonlyMap<string, ChangedTable>;
  readonly #databasesHeld: ReadonlySet<string>;
  readonly #scope: BackupScope | undefined;
  readonly #refusesBackfills: boolean;
  readonly #repeated: readonly number[];
  /** Positions of the changes that name a table, by its name before or after the change. */
  readonly #mentions = new Map<string, number[]>();

  constructor(
    changes: readonly Change[],
    held: readonly ChangedTable[],
    scope: BackupScope | undefined,
    refusesBackfills: boolean,
  ) {
    this.#changes = changes;
    this.#held = new Map(held.map((table) => [foldedTable(table.name), table]));
    this.#databasesHeld = new Set(held.map(({ name }) => name.database.toLowerCase()));
    this.#scope = scope;
    this.#refusesBackfills = refusesBackfills;
    this.#repeated = repetitions(changes, held);
    for (const [at, change] of changes.entries()) this.#mention(change, at);
  }

  #mention({ tables, formerName }: Change, at: number): void {
    for (const name of formerName === undefined ? tables : [...tables, formerName]) {
      const key = foldedTable(name);
      const positions = this.#mentions.get(key);
      if (positions === undefined) this.#mentions.set(key, [at]);
      else positions.push(at);
    }
  }

  obstacle(change: Change, at: number): string | undefined {
    switch (change.effect) {
      case 'ignored':
      case 'createsDatabase':
        return undefined;
      case 'breaks':
        return this.#concerns(change) ? UNKNOWN : undefined;
      case 'renamesMany':
        return this.#mayBeRenamed(change) ? BATCH_RENAME : undefined;
      case 'creates':
        return this.#whyNotCreated(change, at);
      case 'createsMany':
        return this.#holdsOldRows(change) ? OLD_ROWS : undefined;
      case 'dropsDatabase':
        return this.#concerns(change) && !change.isNew && !this.#isMadeAgain(change.job.database)
          ? NOT_REPEATED
          : undefined;
      case 'renames':
        return this.#whyNotRenamed(change) ?? this.#whyNotRepeated(change, at);
      case 'backfills':
        return this.#refusesBackfills && this.#isRepeated(at) ? BACKFILL : this.#whyNotRepeated(change, at);
      case 'drops':
        return change.job.dropsOthers && this.#isRepeated(at) ? SEVERAL_DROPPED : this.#whyNotRepeated(change, at);
      case 'truncates':
      case 'exchanges':
      case 'changes':
        return this.#whyNotRepeated(change, at);
      default:
        return assertNever(change.effect);
    }
  }

  #whyNotRepeated(change: Change, at: number): string | undefined {
    const times = this.#repeated[at] ?? 0;
    // Truncating a table twice changes nothing.
    if (times > 1 && change.effect !== 'truncates') return TWICE;
    if (times > 0 || change.isNew || !this.#concerns(change)) return undefined;
    return this.#goesWithItsDatabase(change, at) ? undefined : NOT_REPEATED;
  }

  #whyNotCreated(change: Change, at: number): string | undefined {
    if (this.#holdsOldRows(change)) return OLD_ROWS;
    // CREATE OR REPLACE VIEW replaces it again, too.
    if (change.kind === 'create view' || !this.#isRepeated(at)) return undefined;
    return change.tables.some((name) => this.#isThereBefore(foldedTable(name), at)) ? EARLIER_TABLE : undefined;
  }

  #holdsOldRows({ tables }: Change): boolean {
    return tables.some((name) => this.#held.get(foldedTable(name))?.byRestore);
  }

  /** Whether repeating the earlier changes of a name leaves a table. */
  #isThereBefore(name: string, at: number): boolean {
    const last = this.#mentions.get(name)?.findLast((position) => position < at && this.#isRepeated(position));
    const change = last === undefined ? undefined : this.#changes[last];
    return (
      change !== undefined && change.effect !== 'drops' && change.tables.some((each) => foldedTable(each) === name)
    );
  }

  #whyNotRenamed({ formerName, isMistakable, tables }: Change): string | undefined {
    const isInside = this.#includesSome(tables);
    if (formerName === undefined) return this.#scope === undefined && !isMistakable ? undefined : UNKNOWN_NAME;
    const wasInside = isInScope(this.#scope, formerName);
    if (wasInside && !isInside) return LEFT_SCOPE;
    if (isInside && !wasInside) return INTO_SCOPE;
    const hasMoved = tables.some(({ database }) => database.toLowerCase() !== formerName.database.toLowerCase());
    return isInside && hasMoved ? OTHER_DATABASE : undefined;
  }

  /** The job records at most one former name. */
  #mayBeRenamed({ tables, formerName }: Change): boolean {
    if (this.#includesSome(tables)) return true;
    return formerName === undefined || isInScope(this.#scope, formerName);
  }

  /** The database was dropped later, which a restore repeats. */
  #goesWithItsDatabase({ job }: Change, at: number): boolean {
    const database = job.database.toLowerCase();
    return this.#changes.some(
      ({ effect, job: later }, position) =>
        position > at &&
        effect === 'dropsDatabase' &&
        later.database.toLowerCase() === database &&
        this.#isMadeAgain(database),
    );
  }

  /** With a table: DDL of a database that is empty at the end is not repeated. */
  #isMadeAgain(database: string): boolean {
    return this.#databasesHeld.has(database.toLowerCase());
  }

  #isRepeated(at: number): boolean {
    return (this.#repeated[at] ?? 0) > 0;
  }

  #concerns({ job: { database }, tables, formerName }: Change): boolean {
    const names = formerName === undefined ? tables : [...tables, formerName];
    return names.length > 0 ? this.#includesSome(names) : this.#includesDatabase(database);
  }

  #includesSome(tables: readonly TableName[]): boolean {
    return tables.some((name) => isInScope(this.#scope, name));
  }

  /** Some jobs concern the whole cluster, and name none. */
  #includesDatabase(database: string): boolean {
    if (this.#scope === undefined || database === '') return true;
    const databases = this.#scope.databases ?? tablesOf(this.#scope).map((name) => name.database);
    return databases.some((name) => name.toLowerCase() === database.toLowerCase());
  }
}
