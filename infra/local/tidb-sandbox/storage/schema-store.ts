import { SqlError, unknownDatabase, unknownTable } from '../sql/errors.ts';
import { bigintOf, type DatabaseFile, OPEN_END, textOf } from './database-file.ts';
import type { DatabaseInfo, TableDefinition, TableInfo } from './schema.ts';
import type { SchemaReader, SchemaWriter, TableRename } from './storage.ts';
import type { Tso } from './tso.ts';

const TABLE_AT = `
  SELECT t.id, d.name AS database_name, t.name, t.definition, t.start_ts FROM table_version t
  JOIN database_version d ON d.id = t.database_id AND d.start_ts <= :at AND d.end_ts > :at
  WHERE d.folded_name = :database AND t.start_ts <= :at AND t.end_ts > :at`;

/** All versions of databases and tables. */
export class SchemaStore implements SchemaReader, SchemaWriter {
  readonly #file: DatabaseFile;
  readonly #nextTso: () => Tso;
  readonly #sql: ReturnType<typeof prepareStatements>;
  /** Parsed definitions by `id@schemaTs`; a version never changes. */
  readonly #parsed = new Map<string, TableInfo>();

  constructor(file: DatabaseFile, nextTso: () => Tso) {
    this.#file = file;
    this.#nextTso = nextTso;
    this.#sql = prepareStatements(file);
  }

  listDatabases(at: Tso): readonly DatabaseInfo[] {
    return this.#sql.databases.all({ at }).map(toDatabase);
  }

  findDatabase(name: string, at: Tso): DatabaseInfo | undefined {
    const row = this.#sql.database.get({ at, name: name.toLowerCase() });
    return row && toDatabase(row);
  }

  listTables(database: string, at: Tso): readonly TableInfo[] {
    return this.#sql.tables.all({ at, database: database.toLowerCase() }).map((row) => this.#toTable(row));
  }

  findTable(database: string, name: string, at: Tso): TableInfo | undefined {
    const row = this.#sql.table.get({ at, database: database.toLowerCase(), name: name.toLowerCase() });
    return row && this.#toTable(row);
  }

  createDatabase(name: string): DatabaseInfo {
    const at = this.#nextTso();
    if (this.findDatabase(name, at)) throw new SqlError(1007, `Can't create database '${name}'; database exists`);
    const id = this.nextId();
    this.#sql.addDatabase.run({ id, name, folded: name.toLowerCase(), at, open: OPEN_END });
    return { id, name };
  }

  dropDatabase(name: string): void {
    const at = this.#nextTso();
    const database = this.findDatabase(name, at);
    if (!database) throw new SqlError(1008, `Can't drop database '${name}'; database doesn't exist`);
    this.#file.atomically(() => {
      for (const table of this.listTables(name, at)) this.#endTable(table, at);
      this.#sql.endDatabase.run({ id: database.id, at, open: OPEN_END });
    });
  }

  createTable(database: string, name: string, definition: TableDefinition): TableInfo {
    const at = this.#nextTso();
    const owner = this.findDatabase(database, at);
    if (!owner) throw unknownDatabase(database);
    if (this.findTable(database, name, at)) throw new SqlError(1050, `Table '${owner.name}.${name}' already exists`);
    const table: TableInfo = { id: this.nextId(), database: owner.name, name, definition, schemaTs: at };
    this.#addVersion(table, owner.id);
    return table;
  }

  dropTable(table: TableInfo): void {
    this.#file.atomically(() => this.#endTable(table, this.#nextTso()));
  }

  alterTable(table: TableInfo, definition: TableDefinition): TableInfo {
    const at = this.#nextTso();
    const owner = this.findDatabase(table.database, at);
    if (!owner || !this.findTable(table.database, table.name, at)) throw unknownTable(table.database, table.name);
    const changed: TableInfo = { ...table, definition, schemaTs: at };
    this.#file.atomically(() => {
      this.#sql.endTable.run({ id: table.id, at, open: OPEN_END });
      this.#addVersion(changed, owner.id);
    });
    return changed;
  }

  /** Several renames are one change: each sees the result of those before it. */
  renameTables(renames: readonly TableRename[]): TableInfo[] {
    const at = this.#nextTso();
    return this.#file.atomically(() => renames.map((rename) => this.#renameTable(rename, at)));
  }

  #renameTable({ table: { id, definition }, database, name }: TableRename, at: Tso): TableInfo {
    const owner = this.findDatabase(database, at);
    if (!owner) throw unknownDatabase(database);
    if (this.findTable(database, name, at)) throw new SqlError(1050, `Table '${owner.name}.${name}' already exists`);
    const renamed: TableInfo = { id, definition, database: owner.name, name, schemaTs: at };
    // A table that is renamed twice in one statement has no version with the intermediate name.
    this.#sql.dropTableBegunAt.run({ id, at });
    this.#parsed.delete(`${id}@${at}`);
    this.#sql.endTable.run({ id, at, open: OPEN_END });
    this.#addVersion(renamed, owner.id);
    return renamed;
  }

  #addVersion(table: TableInfo, databaseId: bigint): void {
    this.#sql.addTable.run({
      id: table.id,
      database: databaseId,
      name: table.name,
      folded: table.name.toLowerCase(),
      definition: JSON.stringify(table.definition),
      at: table.schemaTs,
      open: OPEN_END,
    });
  }

  #endTable(table: TableInfo, at: Tso): void {
    this.#sql.endTable.run({ id: table.id, at, open: OPEN_END });
    this.#sql.endRows.run({ id: table.id, at, open: OPEN_END });
    this.#sql.dropEntries.run({ id: table.id });
  }

  /** Id of a database, a table or a DDL job; never reused. */
  nextId(): bigint {
    return bigintOf(this.#sql.takeId.get(), 'next');
  }

  #toTable(row: Record<string, unknown>): TableInfo {
    const id = bigintOf(row, 'id');
    const schemaTs = bigintOf(row, 'start_ts');
    const cacheKey = `${id}@${schemaTs}`;
    const known = this.#parsed.get(cacheKey);
    if (known) return known;
    const definition = JSON.parse(textOf(row, 'definition')) as TableDefinition;
    const table = { id, database: textOf(row, 'database_name'), name: textOf(row, 'name'), definition, schemaTs };
    this.#parsed.set(cacheKey, table);
    return table;
  }
}

function toDatabase(row: Record<string, unknown>): DatabaseInfo {
  return { id: bigintOf(row, 'id'), name: textOf(row, 'name') };
}

function prepareStatements(file: DatabaseFile) {
  return {
    databases: file.prepare(
      'SELECT id, name FROM database_version WHERE start_ts <= :at AND end_ts > :at ORDER BY folded_name',
    ),
    database: file.prepare(
      'SELECT id, name FROM database_version WHERE folded_name = :name AND start_ts <= :at AND end_ts > :at',
    ),
    tables: file.prepare(`${TABLE_AT} ORDER BY t.folded_name`),
    table: file.prepare(`${TABLE_AT} AND t.folded_name = :name`),
    addDatabase: file.prepare(
      'INSERT INTO database_version (id, name, folded_name, start_ts, end_ts) VALUES (:id, :name, :folded, :at, :open)',
    ),
    endDatabase: file.prepare('UPDATE database_version SET end_ts = :at WHERE id = :id AND end_ts = :open'),
    addTable: file.prepare(
      `INSERT INTO table_version (id, database_id, name, folded_name, definition, start_ts, end_ts)
       VALUES (:id, :database, :name, :folded, :definition, :at, :open)`,
    ),
    endTable: file.prepare('UPDATE table_version SET end_ts = :at WHERE id = :id AND end_ts = :open'),
    dropTableBegunAt: file.prepare('DELETE FROM table_version WHERE id = :id AND start_ts = :at'),
    endRows: file.prepare('UPDATE row_version SET end_ts = :at WHERE table_id = :id AND end_ts = :open'),
    dropEntries: file.prepare('DELETE FROM unique_entry WHERE table_id = :id'),
    takeId: file.prepare(
      // Ids of user objects start above those of TiDB's system tables. Table 0 of row_id counts them.
      'INSERT INTO row_id (table_id, next) VALUES (0, 101) ON CONFLICT (table_id) DO UPDATE SET next = next + 1 RETURNING next',
    ),
  };
}
