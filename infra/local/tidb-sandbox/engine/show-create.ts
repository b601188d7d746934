import type { TableName } from '../sql/ast.ts';
import { SqlError } from '../sql/errors.ts';
import type { ColumnType } from '../storage/schema.ts';
import type { Row } from './compiled.ts';
import { createTableText, identifier } from './create-table-text.ts';
import type { Session } from './session.ts';
import type { SourceColumn } from './table-source.ts';

/** The answer to a SHOW. */
export interface Listing {
  readonly columns: readonly SourceColumn[];
  readonly rows: readonly Row[];
}

const TEXT: ColumnType = { kind: 'varchar', length: 256 };
const LONG_TEXT: ColumnType = { kind: 'text', size: 'long' };

export function texts(...names: string[]): SourceColumn[] {
  return names.map((name) => ({ name, type: TEXT }));
}

/** SHOW CREATE TABLE also covers views and sequences; the other two cover only their own kind. */
export function showCreate(
  session: Session,
  name: TableName,
  of: 'createTable' | 'createView' | 'createSequence',
): Listing {
  const table = session.findTable(name);
  const { account } = session;
  const { view, sequence } = table.definition;
  if (of === 'createView' && !view) throw new SqlError(1347, `'${table.database}.${table.name}' is not VIEW`);
  if (of === 'createSequence' && !sequence)
    throw new SqlError(1347, `'${table.database}.${table.name}' is not SEQUENCE`);
  if (view && !account.has('SHOW VIEW', table.database, table.name))
    throw session.commandDenied('SHOW VIEW', table.name);
  if (!account.seesTable(table.database, table.name)) throw session.commandDenied('SHOW', table.name);
  const text = createTableText(table, session.cluster.storage.nextRowId(table), session.cluster.version);
  if (view) {
    return {
      columns: [
        ...texts('View'),
        { name: 'Create View', type: LONG_TEXT },
        ...texts('character_set_client', 'collation_connection'),
      ],
      rows: [[table.name, text, 'utf8mb4', 'utf8mb4_general_ci']],
    };
  }
  const kind = sequence ? 'Sequence' : 'Table';
  return { columns: [...texts(kind), { name: `Create ${kind}`, type: LONG_TEXT }], rows: [[table.name, text]] };
}

export function showCreateDatabase(database: string, ifNotExists: boolean): Listing {
  const condition = ifNotExists ? '/*!32312 IF NOT EXISTS*/ ' : '';
  const text = `CREATE DATABASE ${condition}${identifier(database)} /*!40100 DEFAULT CHARACTER SET utf8mb4 */`;
  return { columns: texts('Database', 'Create Database'), rows: [[database, text]] };
}
