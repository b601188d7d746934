import type { Alteration, CreateTable, Statement, TableName } from '../sql/ast.ts';
import { notSupported, SqlError, unknownTable } from '../sql/errors.ts';
import { assertNever } from '../storage/cell.ts';
import type { TableInfo } from '../storage/schema.ts';
import type { TableRename } from '../storage/storage.ts';
import { alteredTable, defineTable } from './ddl.ts';
import { alterationJobType, asDdlJob, ownerOf, tolerate } from './ddl-job.ts';
import { createSequence, createView, dropOthers, notOfKind } from './other-objects.ts';
import { changePartitions, isPartitionChange } from './partitions.ts';
import type { Session } from './session.ts';
import { isSystemDatabase } from './system-tables.ts';

type SchemaChange = Extract<
  Statement,
  {
    kind:
      | 'createDatabase'
      | 'dropDatabase'
      | 'createTable'
      | 'dropTables'
      | 'truncate'
      | 'alterTable'
      | 'renameTables'
      | 'createView'
      | 'createSequence'
      | 'dropViews'
      | 'dropSequences';
  }
>;

/** CREATE, DROP, TRUNCATE, ALTER and RENAME. The caller has committed the open transaction. */
export function executeSchemaChange(change: SchemaChange, session: Session): void {
  const { storage } = session.cluster;
  switch (change.kind) {
    case 'createDatabase':
      session.checkDatabasePrivilege('CREATE', change.name);
      tolerate(session, 1007, change.ifNotExists, () => {
        if (isSystemDatabase(change.name)) {
          throw new SqlError(1007, `Can't create database '${change.name}'; database exists`);
        }
        asDdlJob(
          session,
          () => storage.createDatabase(change.name),
          (database) => ({ type: 'create schema', database }),
        );
      });
      break;
    case 'dropDatabase':
      session.checkDatabasePrivilege('DROP', change.name);
      if (isSystemDatabase(change.name)) throw session.databaseDenied(change.name);
      tolerate(session, 1008, change.ifExists, () => dropDatabase(change.name, session));
      if (session.currentDatabase?.toLowerCase() === change.name.toLowerCase()) session.currentDatabase = undefined;
      break;
    case 'createTable':
      createTable(change, session);
      break;
    case 'dropTables':
      dropTables(change.tables, change.ifExists, session);
      break;
    case 'truncate':
      truncate(baseTable(change.table, 'DROP', session), session);
      break;
    case 'alterTable':
      alterTable(change, session);
      break;
    case 'renameTables':
      renameTables(change.renames, session);
      break;
    case 'createView':
      createView(change, session);
      break;
    case 'createSequence':
      createSequence(change, session);
      break;
    case 'dropViews':
    case 'dropSequences':
      dropOthers(change, session);
      break;
    default:
      assertNever(change);
  }
}

/** TiDB's own tables stay unchanged. */
function refuseSystem(database: string, session: Session): void {
  if (isSystemDatabase(database)) throw session.databaseDenied(database);
}

function createTable(create: CreateTable, session: Session): void {
  const database = session.database(create.table.database);
  session.checkTablePrivilege('CREATE', database, create.table.name);
  refuseSystem(database, session);
  const definition = create.like ? session.table(create.like, 'SELECT').definition : defineTable(create, session);
  tolerate(session, 1050, create.ifNotExists, () => {
    const { storage } = session.cluster;
    const table = asDdlJob(
      session,
      () => storage.createTable(database, create.table.name, definition),
      (created) => ({ type: 'create table', database: ownerOf(created, session), tables: [created] }),
    );
    if (create.autoIncrement !== undefined) storage.raiseNextRowId(table, create.autoIncrement);
  });
}

/** Drops all that exist; one error names those that do not. */
function dropTables(names: readonly TableName[], ifExists: boolean, session: Session): void {
  const missing: string[] = [];
  for (const name of names) {
    const database = session.database(name.database);
    session.checkTablePrivilege('DROP', database, name.name);
    refuseSystem(database, session);
    const table = session.cluster.storage.findTable(database, name.name, session.schemaTs());
    if (table && !table.definition.view && !table.definition.sequence) dropTable(table, session);
    else missing.push(`${database}.${name.name}`);
  }
  if (missing.length === 0) return;
  tolerate(session, 1051, ifExists, () => {
    throw new SqlError(1051, `Unknown table '${missing.join(',')}'`);
  });
}

/** For TRUNCATE, views and sequences are not tables. */
function baseTable(name: TableName, privilege: 'DROP', session: Session): TableInfo {
  const table = session.table(name, privilege);
  refuseSystem(table.database, session);
  if (table.definition.view || table.definition.sequence) throw unknownTable(table.database, table.name);
  return table;
}

function dropDatabase(name: string, session: Session): void {
  const { storage } = session.cluster;
  const database = storage.findDatabase(name, storage.currentTso());
  asDdlJob(
    session,
    () => storage.dropDatabase(name),
    () => ({ type: 'drop schema', database: database ?? { id: 0n, name } }),
  );
}

function dropTable(table: TableInfo, session: Session): void {
  asDdlJob(
    session,
    () => session.cluster.storage.dropTable(table),
    () => ({ type: 'drop table', database: ownerOf(table, session), tables: [table] }),
  );
}

/** A new table takes the name: AUTO_INCREMENT restarts, and a backup sees the drop. */
function truncate(table: TableInfo, session: Session): void {
  const { storage } = session.cluster;
  asDdlJob(
    session,
    () => {
      storage.dropTable(table);
      return storage.createTable(table.database, table.name, table.definition);
    },
    (emptied) => ({
      type: 'truncate table',
      database: ownerOf(table, session),
      tables: [emptied],
      tableId: table.id,
    }),
  );
}

function alterTable(
  { table: name, alterations }: Extract<SchemaChange, { kind: 'alterTable' }>,
  session: Session,
): void {
  const table = session.table(name, 'ALTER');
  refuseSystem(table.database, session);
  if (table.definition.view || table.definition.sequence) throw notOfKind(table, 'BASE TABLE');
  const [first, ...others] = alterations;
  if (first?.kind === 'rename' && others.length === 0) {
    renameTables([{ from: name, to: first.to }], session);
    return;
  }
  if (isPartitionChange(first) && others.length === 0) {
    changePartitions(table, first, session);
    return;
  }
  const types = alterations.map(alterationJobType);
  asDdlJob(
    session,
    () => alter(table, alterations, session),
    (altered) => ({
      ...(others.length === 0 ? { type: types[0] ?? '' } : { type: 'alter table multi-schema change', subjobs: types }),
      database: ownerOf(table, session),
      tables: [altered],
    }),
  );
}

function alter(table: TableInfo, alterations: readonly Alteration[], session: Session): TableInfo {
  const { storage } = session.cluster;
  let definition = table.definition;
  const hasRows = storage.rowCount(table, storage.currentTso()) > 0n;
  for (const alteration of alterations) {
    if (alteration.kind === 'rename') throw notSupported('renaming a table and more in one ALTER TABLE');
    if (isPartitionChange(alteration)) throw notSupported('changing partitions and more in one ALTER TABLE');
    if (alteration.kind === 'autoIncrement') storage.raiseNextRowId(table, alteration.value);
    else definition = alteredTable(definition, alteration, session, hasRows);
  }
  return definition === table.definition ? table : storage.alterTable(table, definition);
}

type Renames = Extract<SchemaChange, { kind: 'renameTables' }>['renames'];

/** Each rename sees the effect of earlier ones in the statement. */
function renameTables(renames: Renames, session: Session): void {
  for (const { from, to } of renames) checkMayRename(from, to, session);
  const { storage } = session.cluster;
  const moved = new Map<string, TableInfo | undefined>();
  const resolved = renames.map(({ from, to }): TableRename => {
    const database = session.database(from.database);
    const table = moved.has(keyOf(database, from.name))
      ? moved.get(keyOf(database, from.name))
      : storage.findTable(database, from.name, storage.currentTso());
    if (!table) throw unknownTable(database, from.name);
    const target = { table, database: session.database(to.database), name: to.name };
    refuseSystem(database, session);
    refuseSystem(target.database, session);
    moved.set(keyOf(database, from.name), undefined);
    moved.set(keyOf(target.database, to.name), table);
    return target;
  });
  asDdlJob(
    session,
    () => storage.renameTables(resolved),
    (tables) => ({
      type: resolved.length === 1 ? 'rename table' : 'rename tables',
      database: ownerOf(tables.at(-1) ?? { database: '' }, session),
      // The job has the tables' final names.
      tables: tables.map((table) => tables.findLast(({ id }) => id === table.id) ?? table),
    }),
  );
}

function checkMayRename(from: TableName, to: TableName, session: Session): void {
  const [source, target] = [session.database(from.database), session.database(to.database)];
  for (const privilege of ['ALTER', 'DROP'] as const) session.checkTablePrivilege(privilege, source, from.name);
  for (const privilege of ['CREATE', 'INSERT'] as const) session.checkTablePrivilege(privilege, target, to.name);
}

function keyOf(database: string, table: string): string {
  return JSON.stringify([database.toLowerCase(), table.toLowerCase()]);
}
