import { createHash } from 'node:crypto';
import type { Connection, RowDataPacket } from 'mysql2/promise';
import type { TableName } from './sample-data.ts';

/** A table's contents: equal fingerprints mean equal rows. */
export interface TableFingerprint {
  readonly table: string;
  readonly rows: number;
  /** SHA-256 over every value of every row, in primary key order. */
  readonly digest: string;
  /** From ADMIN CHECKSUM TABLE: key-value pairs and bytes. Its checksum includes the table's id, which a restore may change. */
  readonly counts: string;
}

const PAGE = 5_000;

/** Reads every row of every table, a page at a time, so that memory does not grow with the table. */
export async function fingerprint(connection: Connection, tables: readonly TableName[]): Promise<TableFingerprint[]> {
  const fingerprints: TableFingerprint[] = [];
  for (const { database, name, primaryKey } of tables) {
    const target = `\`${database}\`.\`${name}\``;
    const hash = createHash('sha256');
    let rows = 0;
    for (;;) {
      const [page] = await connection.query<RowDataPacket[]>({
        sql: `SELECT * FROM ${target} ORDER BY ${primaryKey} LIMIT ${PAGE} OFFSET ${rows}`,
        rowsAsArray: true,
      });
      for (const row of page) for (const value of Object.values(row)) addValue(hash, value);
      rows += page.length;
      if (page.length < PAGE) break;
    }
    const [[checksum]] = await connection.query<RowDataPacket[]>(`ADMIN CHECKSUM TABLE ${target}`);
    fingerprints.push({
      table: `${database}.${name}`,
      rows,
      digest: hash.digest('hex'),
      counts: `${checksum?.Total_kvs} pairs, ${checksum?.Total_bytes} bytes`,
    });
  }
  return fingerprints;
}

/** Length and kind are hashed with the bytes: NULL differs from '', and ('ab','c') from ('a','bc'). */
function addValue(hash: ReturnType<typeof createHash>, value: unknown): void {
  if (value === null) {
    hash.update('N;');
    return;
  }
  const bytes = Buffer.isBuffer(value)
    ? value
    : Buffer.from(typeof value === 'object' ? JSON.stringify(value) : String(value));
  hash.update(`${bytes.length};`).update(bytes);
}

/** The tables whose fingerprints differ; empty if all are equal. */
export function differences(expected: readonly TableFingerprint[], actual: readonly TableFingerprint[]): string[] {
  const found = new Map(actual.map((entry) => [entry.table, entry]));
  return expected.flatMap((entry) => {
    const other = found.get(entry.table);
    if (other === undefined) return [`${entry.table}: missing`];
    if (other.rows !== entry.rows) return [`${entry.table}: ${other.rows} rows instead of ${entry.rows}`];
    if (other.digest !== entry.digest) return [`${entry.table}: rows differ`];
    if (other.counts !== entry.counts) return [`${entry.table}: ${other.counts} instead of ${entry.counts}`];
    return [];
  });
}
