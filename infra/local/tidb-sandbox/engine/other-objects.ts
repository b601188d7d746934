import type { CreateSequence, CreateView, Statement } from '../sql/ast.ts';
import { SqlError } from '../sql/errors.ts';
import type { TableInfo } from '../storage/schema.ts';
import { asDdlJob, ownerOf, tolerate } from './ddl-job.ts';
import { defineSequence } from './sequences.ts';
import type { Session } from './session.ts';
import { sourceOf } from './sources.ts';
import { defineView } from './views.ts';

export function createView(create: CreateView, session: Session): void {
  const { storage } = session.cluster;
  const database = session.database(create.view.database);
  session.checkTablePrivilege('CREATE VIEW', database, create.view.name);
  if (create.orReplace) session.checkTablePrivilege('DROP', database, create.view.name);
  const existing = storage.findTable(database, create.view.name, session.schemaTs());
  if (existing && !(create.orReplace && existing.definition.view)) {
    if (create.orReplace) throw notOfKind(existing, 'VIEW');
    throw new SqlError(1050, `Table '${existing.database}.${existing.name}' already exists`);
  }
  const definition = defineView(create, session, sourceOf);
  asDdlJob(
    session,
    () => {
      if (existing) storage.dropTable(existing);
      return storage.createTable(database, create.view.name, definition);
    },
    (created) => ({ type: 'create view', database: ownerOf(created, session), tables: [created] }),
  );
}

export function createSequence(create: CreateSequence, session: Session): void {
  const { storage } = session.cluster;
  const database = session.database(create.sequence.database);
  session.checkTablePrivilege('CREATE', database, create.sequence.name);
  const definition = defineSequence(create);
  tolerate(session, 1050, create.ifNotExists, () => {
    const sequence = asDdlJob(
      session,
      () => storage.createTable(database, create.sequence.name, definition),
      (created) => ({ type: 'create sequence', database: ownerOf(created, session), tables: [created] }),
    );
    storage.raiseNextRowId(sequence, BigInt(create.definition.start));
  });
}

/** For views and sequences; one error names those that do not exist. */
export function dropOthers(
  { kind, names, ifExists }: Extract<Statement, { kind: 'dropViews' | 'dropSequences' }>,
  session: Session,
): void {
  const ofViews = kind === 'dropViews';
  const missing: string[] = [];
  for (const name of names) {
    const database = session.database(name.database);
    session.checkTablePrivilege('DROP', database, name.name);
    const found = session.cluster.storage.findTable(database, name.name, session.schemaTs());
    if (!found) {
      missing.push(`${database}.${name.name}`);
      continue;
    }
    if (!(ofViews ? found.definition.view : found.definition.sequence)) {
      throw notOfKind(found, ofViews ? 'VIEW' : 'SEQUENCE');
    }
    asDdlJob(
      session,
      () => session.cluster.storage.dropTable(found),
      () => ({ type: ofViews ? 'drop view' : 'drop sequence', database: ownerOf(found, session), tables: [found] }),
    );
  }
  if (missing.length === 0) return;
  const errno = ofViews ? 1051 : 4139;
  tolerate(session, errno, ifExists, () => {
    throw new SqlError(errno, `${ofViews ? 'Unknown table' : 'Unknown SEQUENCE:'} '${missing.join(',')}'`);
  });
}

export function notOfKind({ database, name }: TableInfo, kind: 'VIEW' | 'SEQUENCE' | 'BASE TABLE'): SqlError {
  return new SqlError(1347, `'${database}.${name}' is not ${kind}`);
}
