import type { Charset } from '../storage/schema.ts';
import type { ColumnSpec, Expression } from './ast.ts';
import { notSupported } from './errors.ts';
import { parseCharset } from './parse-charset.ts';
import { parseExpression } from './parse-expression.ts';
import { parseType } from './parse-type.ts';
import type { StatementCursor } from './statement-cursor.ts';

/** As written: `binary` is a character set too. */
type ColumnOptions = Omit<ColumnSpec, 'name' | 'type' | 'charset'> & { readonly charset?: Charset | 'binary' };

/** A column of CREATE TABLE or ALTER TABLE ADD: name, type and options. */
export function parseColumn(cursor: StatementCursor): ColumnSpec {
  const name = cursor.identifier();
  const type = parseType(cursor);
  let options: ColumnOptions = { nullable: true, onUpdateNow: false, autoIncrement: false, comment: '' };
  for (;;) {
    const option = parseColumnOption(cursor);
    if (!option) {
      const { charset, ...rest } = options;
      return withCharset({ name, type, ...rest }, charset);
    }
    options = { ...options, ...option };
  }
}

/** In the binary character set a text is bytes; otherwise the column stores the character set's name. */
function withCharset(column: ColumnSpec, charset: Charset | 'binary' | undefined): ColumnSpec {
  if (charset !== 'binary') return charset === undefined ? column : { ...column, charset };
  const { type } = column;
  switch (type.kind) {
    case 'char':
      return { ...column, type: { kind: 'binary', length: type.length } };
    case 'varchar':
      return { ...column, type: { kind: 'varbinary', length: type.length } };
    case 'text':
      return { ...column, type: { kind: 'blob', size: type.size } };
    default:
      return column;
  }
}

function parseColumnOption(cursor: StatementCursor): Partial<ColumnOptions> | undefined {
  if (cursor.acceptWords('NOT', 'NULL')) return { nullable: false };
  if (cursor.acceptWords('NULL')) return { nullable: true };
  if (cursor.acceptWords('AUTO_INCREMENT')) return { autoIncrement: true };
  if (cursor.acceptWords('PRIMARY', 'KEY') || cursor.acceptWords('KEY')) {
    if (cursor.atWords('NONCLUSTERED'))
      throw notSupported('NONCLUSTERED in a column, use PRIMARY KEY (…) NONCLUSTERED');
    cursor.acceptWords('CLUSTERED');
    return { key: 'primary', nullable: false };
  }
  if (cursor.acceptWords('UNIQUE')) {
    cursor.acceptWords('KEY');
    return { key: 'unique' };
  }
  if (cursor.acceptWords('COMMENT')) return { comment: cursor.expectString() };
  if (cursor.acceptWords('DEFAULT')) return { default: parseDefault(cursor) };
  if (cursor.acceptWords('ON', 'UPDATE')) {
    const now = parseExpression(cursor);
    if (!isNow(now)) throw cursor.unexpected();
    return { onUpdateNow: true };
  }
  const unsupported = ['GENERATED', 'AS', 'CHECK', 'REFERENCES', 'AUTO_RANDOM'];
  if (unsupported.some((word) => cursor.atWords(word))) throw notSupported(`${cursor.word()} in a column`);
  const charset = parseCharset(cursor);
  return charset === undefined ? undefined : { charset };
}

function parseDefault(cursor: StatementCursor): Expression {
  const value = parseExpression(cursor);
  if (value.kind !== 'literal' && !isNow(value)) throw notSupported('expressions as DEFAULT');
  return value;
}

function isNow(expression: Expression): boolean {
  const names = ['CURRENT_TIMESTAMP', 'NOW', 'LOCALTIMESTAMP'];
  return expression.kind === 'call' && names.includes(expression.name);
}
