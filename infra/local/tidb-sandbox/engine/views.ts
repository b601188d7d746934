import type { CreateView, Select } from '../sql/ast.ts';
import { SqlError } from '../sql/errors.ts';
import { parseSelect } from '../sql/parse-query.ts';
import { StatementCursor } from '../sql/statement-cursor.ts';
import type { ColumnDefinition, TableDefinition, TableInfo, ViewDefinition } from '../storage/schema.ts';
import type { Account } from './account-store.ts';
import { executeSelect } from './select.ts';
import type { Session } from './session.ts';
import { ListSource, type Source } from './table-source.ts';

type SourceOf = (select: Select, session: Session, account: Account) => Source | undefined;

/** Throws as TiDB does if the query is impossible; no view is created then. */
export function defineView(
  { columns: names, select, text, view: { name } }: CreateView,
  session: Session,
  sourceOf: SourceOf,
): TableDefinition {
  const { account } = session;
  const database = session.database(select.from?.table.database);
  const found = executeSelect(select, sourceOf(select, session, account), { session, parameters: [] }).columns;
  if (names && names.length !== found.length) {
    throw new SqlError(
      1353,
      `In definition of view, derived table or common table expression, SELECT list and column names list have different column counts: ${name}`,
    );
  }
  const columns = found.map(
    (column, at): ColumnDefinition => ({
      id: at + 1,
      name: names?.[at] ?? column.name,
      type: column.type,
      nullable: true,
      default: { kind: 'none' },
      onUpdateNow: false,
      autoIncrement: false,
      comment: '',
    }),
  );
  const view: ViewDefinition = { select: text, database, definer: { user: account.user, host: account.host } };
  return { columns, indexes: [], clustered: false, comment: '', nextColumnId: 1, nextIndexId: 1, view };
}

/** A view's rows, read with its definer's privileges. */
export function viewSource({ database, name, definition }: TableInfo, session: Session, sourceOf: SourceOf): Source {
  const { view } = definition;
  if (!view) throw new Error('not a view');
  const { user, host } = view.definer;
  const definer = session.cluster.accounts.find({ user, host });
  if (!definer) throw new SqlError(1449, `The user specified as a definer ('${user}'@'${host}') does not exist`);
  const select = parseSelect(new StatementCursor(view.select));
  const from = select.from && {
    ...select.from,
    table: { ...select.from.table, database: select.from.table.database ?? view.database },
  };
  const query = { ...select, ...(from && { from }) };
  try {
    const { rows } = executeSelect(query, sourceOf(query, session, definer), { session, parameters: [] });
    return new ListSource(
      definition.columns.map((column) => ({ name: column.name, type: column.type })),
      [...rows],
    );
  } catch (error) {
    if (!(error instanceof SqlError) || ![1054, 1146].includes(error.errno)) throw error;
    throw new SqlError(
      1356,
      `View '${database}.${name}' references invalid table(s) or column(s) or function(s) or definer/invoker of view lack rights to use them`,
      { cause: error },
    );
  }
}
