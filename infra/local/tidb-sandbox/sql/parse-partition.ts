import type { Partitioning } from '../storage/schema.ts';
import { notSupported } from './errors.ts';
import type { StatementCursor } from './statement-cursor.ts';

/** `PARTITION BY …` of columns, as SHOW CREATE TABLE prints it; `undefined` if it does not follow. */
export function parsePartitioning(cursor: StatementCursor): Partitioning | undefined {
  if (!cursor.acceptWords('PARTITION', 'BY')) return undefined;
  const kind = cursor.acceptOneOf('HASH', 'KEY', 'RANGE', 'LIST');
  if (kind === undefined) throw notSupported(`PARTITION BY ${cursor.word()}`);
  const ofColumns = cursor.acceptWords('COLUMNS') ? ' COLUMNS' : '';
  const columns = cursor.parenthesized(() => cursor.list(() => partitionColumn(cursor)));
  const by = `${kind}${ofColumns} (${columns.map((name) => `\`${name.replaceAll('`', '``')}\``).join(',')})`;
  if (kind === 'HASH' || kind === 'KEY') {
    const count = cursor.acceptWords('PARTITIONS') ? Number(cursor.expectInteger()) : 1;
    return { by, count, partitions: [] };
  }
  return { by, partitions: parsePartitions(cursor) };
}

/** `(PARTITION p0 VALUES LESS THAN (10), …)` */
export function parsePartitions(cursor: StatementCursor): Partitioning['partitions'] {
  return cursor.parenthesized(() =>
    cursor.list(() => {
      cursor.expectWords('PARTITION');
      const name = cursor.identifier();
      cursor.expectWords('VALUES');
      const isRange = cursor.acceptWords('LESS', 'THAN');
      if (!isRange) cursor.expectWords('IN');
      return { name, values: `${isRange ? 'LESS THAN' : 'IN'} ${bounds(cursor)}` };
    }),
  );
}

function partitionColumn(cursor: StatementCursor): string {
  const name = cursor.identifier();
  if (cursor.atSymbol('(')) throw notSupported('partitions by an expression');
  return name;
}

function bounds(cursor: StatementCursor): string {
  if (cursor.acceptWords('MAXVALUE')) return '(MAXVALUE)';
  const values = cursor.parenthesized(() =>
    cursor.list(() => {
      if (cursor.acceptWords('MAXVALUE')) return 'MAXVALUE';
      if (cursor.acceptWords('NULL')) return 'NULL';
      if (cursor.peek().kind === 'string') return `'${cursor.next().text.replaceAll("'", "''")}'`;
      const sign = cursor.acceptSymbol('-') ? '-' : '';
      return `${sign}${cursor.expectInteger()}`;
    }),
  );
  return `(${values.join(',')})`;
}
