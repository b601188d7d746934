import type { CreateTable, Statement, TableName } from '../sql/ast.ts';
import { SqlError } from '../sql/errors.ts';
import { assertNever } from '../storage/cell.ts';
import type { TableInfo } from '../storage/schema.ts';
import { alteredTable, defineTable } from './ddl.ts';
import type { Session } from './session.ts';
import { isSystemDatabase } from './system-tables.ts';

type SchemaChange = Extract<
  Statement,
  { kind: 'createDatabase' | 'dropDatabase' | 'createTable' | 'dropTables' | 'truncate' | 'alterTable' }
>;

/** CREATE, DROP, TRUNCATE and ALTER. The caller has committed the open transaction. */
export function executeSchemaChange(change: SchemaChange, session: Session): void {
  const { storage } = session.cluster;
  switch (change.kind) {
    case 'createDatabase':
      session.checkDatabasePrivilege('CREATE', change.name);
      tolerate(session, 1007, change.ifNotExists, () => {
        if (isSystemDatabase(change.name)) {
          throw new SqlError(1007, `Can't create database '${change.name}'; database exists`);
        }
        storage.createDatabase(change.name);
      });
      break;
    case 'dropDatabase':
      session.checkDatabasePrivilege('DROP', change.name);
      if (isSystemDatabase(change.name)) throw session.databaseDenied(change.name);
      tolerate(session, 1008, change.ifExists, () => storage.dropDatabase(change.name));
      if (session.currentDatabase?.toLowerCase() === change.name.toLowerCase()) session.currentDatabase = undefined;
      break;
    case 'createTable':
      createTable(change, session);
      break;
    case 'dropTables':
      dropTables(change.tables, change.ifExists, session);
      break;
    case 'truncate':
      truncate(session.table(change.table, 'DROP'), session);
      break;
    case 'alterTable':
      alterTable(change, session);
      break;
    default:
      assertNever(change);
  }
}

/** With IF [NOT] EXISTS the error becomes a note. */
function tolerate(session: Session, errno: number, tolerated: boolean, work: () => void): void {
  try {
    work();
  } catch (error) {
    if (!tolerated || !(error instanceof SqlError) || error.errno !== errno) throw error;
    session.addWarning(errno, error.message, 'Note');
  }
}

function createTable(create: CreateTable, session: Session): void {
  const database = session.database(create.table.database);
  session.checkTablePrivilege('CREATE', database, create.table.name);
  if (isSystemDatabase(database)) throw session.databaseDenied(database);
  const definition = create.like ? session.table(create.like, 'SELECT').definition : defineTable(create, session);
  tolerate(session, 1050, create.ifNotExists, () => {
    const { storage } = session.cluster;
    const table = storage.createTable(database, create.table.name, definition);
    if (create.autoIncrement !== undefined) storage.raiseNextRowId(table, create.autoIncrement);
  });
}

/** All that are there are dropped; those that are not are named in one error. */
function dropTables(names: readonly TableName[], ifExists: boolean, session: Session): void {
  const missing: string[] = [];
  for (const name of names) {
    const database = session.database(name.database);
    session.checkTablePrivilege('DROP', database, name.name);
    const table = session.cluster.storage.findTable(database, name.name, session.schemaTs());
    if (table) session.cluster.storage.dropTable(table);
    else missing.push(`${database}.${name.name}`);
  }
  if (missing.length === 0) return;
  tolerate(session, 1051, ifExists, () => {
    throw new SqlError(1051, `Unknown table '${missing.join(',')}'`);
  });
}

/** A new table takes the name: AUTO_INCREMENT begins again, and a backup sees the drop. */
function truncate(table: TableInfo, session: Session): void {
  const { storage } = session.cluster;
  storage.dropTable(table);
  storage.createTable(table.database, table.name, table.definition);
}

function alterTable(change: Extract<SchemaChange, { kind: 'alterTable' }>, session: Session): void {
  const { storage } = session.cluster;
  const table = session.table(change.table, 'ALTER');
  let definition = table.definition;
  const hasRows = storage.rowCount(table, storage.currentTso()) > 0n;
  for (const alteration of change.alterations) {
    if (alteration.kind === 'autoIncrement') storage.raiseNextRowId(table, alteration.value);
    else definition = alteredTable(definition, alteration, session, hasRows);
  }
  if (definition !== table.definition) storage.alterTable(table, definition);
}
