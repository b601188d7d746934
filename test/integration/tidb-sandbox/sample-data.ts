import type { Row, TestConnection } from './brie-world.ts';

/** Three databases, one of them empty, with every family of types and their extreme values. */
export async function loadSample(sql: TestConnection): Promise<void> {
  await sql.run(
    'CREATE DATABASE shop',
    'CREATE DATABASE `we``ird db`',
    'CREATE DATABASE empty_one',
    `CREATE TABLE shop.item (
       id bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
       big bigint unsigned, price decimal(20,4), ratio double, born date, seen datetime(6), took time(3),
       doc json, raw blob, name varchar(300) CHARACTER SET utf8mb4, UNIQUE KEY by_name (name))`,
    'CREATE TABLE shop.stock (place varchar(20), item bigint, amount int, PRIMARY KEY (place, item))',
    'CREATE TABLE shop.nothing (a int)',
    'CREATE TABLE `we``ird db`.`ta ble` (a int, b text)',
    `INSERT INTO shop.item (big, price, ratio, born, seen, took, doc, raw, name) VALUES
       (18446744073709551615, -1234567890123456.7891, 1.5e300, '2024-02-29', '2024-02-29 23:59:59.123456', '-838:59:59.000',
        '{"a": [1, "ü"]}', x'00ff27', '漢字 🚀 ''quoted'' \\\\ back'),
       (0, 0, 0, '1000-01-01', '1000-01-01 00:00:00.000000', '00:00:00.001', '[]', x'', ''),
       (NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)`,
    "INSERT INTO shop.stock VALUES ('north', 1, 5), ('north', 2, -7), ('south', 1, NULL)",
    "INSERT INTO `we``ird db`.`ta ble` VALUES (1, 'x'), (1, 'x'), (NULL, NULL)",
  );
}

const tables = ['shop.item', 'shop.stock', 'shop.nothing', '`we``ird db`.`ta ble`'];

/** Every row of every sample table, and TiDB's counts of each; not its checksum, which includes the table's id. */
export async function contents(sql: TestConnection, of: readonly string[] = tables): Promise<Record<string, unknown>> {
  const found: Record<string, unknown> = {};
  for (const table of of) {
    const rows = await sql.rows(`SELECT * FROM ${table}`);
    const { Total_kvs, Total_bytes } = await sql.row(`ADMIN CHECKSUM TABLE ${table}`);
    const definition = Object.values(await sql.row(`SHOW CREATE TABLE ${table}`));
    found[table] = { rows: rows.map(sortable).toSorted(), Total_kvs, Total_bytes, definition };
  }
  return found;
}

const STATEMENT_BYTES = 500_000;

/** Enough rows that a backup takes a while under a rate limit; each about `width` bytes long. */
export async function loadRows(sql: TestConnection, table: string, count: number, width = 1000): Promise<void> {
  await sql.run(`CREATE TABLE ${table} (id int PRIMARY KEY, filler varchar(${width}))`);
  const batch = Math.floor(STATEMENT_BYTES / width);
  for (let from = 0; from < count; from += batch) {
    const ids = Array.from({ length: Math.min(batch, count - from) }, (_, at) => from + at);
    await sql.run(`INSERT INTO ${table} VALUES ${ids.map((id) => `(${id}, '${'x'.repeat(width)}')`).join(',')}`);
  }
}

function sortable(row: Row): string {
  return JSON.stringify(row, (_, value) => (Buffer.isBuffer(value) ? value.toString('hex') : value));
}
