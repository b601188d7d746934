import type { CreateTable } from './ast.ts';
import { notSupported } from './errors.ts';
import { parseCharset } from './parse-charset.ts';
import { parsePartitioning } from './parse-partition.ts';
import type { StatementCursor } from './statement-cursor.ts';

type TableOptions = Pick<CreateTable, 'comment' | 'charset' | 'autoIncrement' | 'ttl' | 'partitioning'>;

/** TiDB's default for a TTL job. */
const TTL_JOB_INTERVAL = '1h';

/** What follows the columns of a CREATE TABLE. */
export function parseTableOptions(cursor: StatementCursor): TableOptions {
  let options: TableOptions = { comment: '' };
  for (;;) {
    cursor.acceptSymbol(',');
    const option = parseOption(cursor, options);
    if (option === undefined) break;
    options = { ...options, ...option };
  }
  if (cursor.atWords('AS') || cursor.atWords('SELECT')) throw notSupported('CREATE TABLE … SELECT');
  const partitioning = parsePartitioning(cursor);
  return { ...options, ...(partitioning && { partitioning }) };
}

function parseOption(cursor: StatementCursor, { ttl }: TableOptions): Partial<TableOptions> | undefined {
  if (cursor.acceptOption('ENGINE') || cursor.acceptOption('ROW_FORMAT')) {
    cursor.next();
    return {};
  }
  if (cursor.acceptOption('COMMENT')) return { comment: cursor.expectString() };
  if (cursor.acceptOption('AUTO_INCREMENT')) return { autoIncrement: cursor.expectInteger() };
  const change = parseTtl(cursor);
  if (change !== undefined) {
    const changed = { enabled: true, jobInterval: TTL_JOB_INTERVAL, column: '', interval: '', ...ttl, ...change };
    return { ttl: changed };
  }
  const charset = parseCharset(cursor);
  if (charset === 'binary') throw notSupported('a table of character set binary');
  if (charset === undefined) return undefined;
  return charset === 'utf8mb4' ? {} : { charset };
}

/** ``TTL = `t` + INTERVAL 1 DAY``, `TTL_ENABLE = 'OFF'`, `TTL_JOB_INTERVAL = '1h'`; `undefined` if none of them follows. */
export function parseTtl(cursor: StatementCursor): Partial<NonNullable<CreateTable['ttl']>> | undefined {
  if (cursor.acceptOption('TTL')) {
    const column = cursor.identifier();
    cursor.expectSymbol('+');
    cursor.expectWords('INTERVAL');
    return { column, interval: `${cursor.expectInteger()} ${cursor.word()}` };
  }
  if (cursor.acceptOption('TTL_ENABLE')) return { enabled: cursor.expectString().toUpperCase() === 'ON' };
  if (cursor.acceptOption('TTL_JOB_INTERVAL')) return { jobInterval: cursor.expectString() };
  return undefined;
}
