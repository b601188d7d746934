import type { Connection } from 'mysql2/promise';

type Value = string | number | null | Buffer;

interface SampleTable {
  readonly database: string;
  readonly name: string;
  /** Column definitions and keys, as in the brackets of CREATE TABLE. */
  readonly columns: string;
  readonly primaryKey: string;
  readonly rows: number;
  readonly row: (index: number, random: Random) => Value[];
}

/** Names a table of the sample and the order in which its rows are compared. */
export interface TableName {
  readonly database: string;
  readonly name: string;
  readonly primaryKey: string;
}

/** A seeded generator (mulberry32): the sample is the same on every machine, so figures are comparable. */
class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  /** A whole number from 0 to `bound - 1`. */
  below(bound: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * bound);
  }

  pick<T>(values: readonly [T, ...T[]]): T {
    return values[this.below(values.length)] ?? values[0];
  }

  bytes(length: number): Buffer {
    return Buffer.from(Array.from({ length }, () => this.below(256)));
  }
}

const WORDS = [
  'alpha',
  'Ωmega',
  '数据库',
  '🚀 launch',
  "O'Reilly",
  'back\\slash',
  'línea',
  'per%cent_',
  'tab\there',
  '"quoted"',
] as const;

const MIN_BIGINT = '-9223372036854775808';
const MAX_BIGINT = '9223372036854775807';
const MAX_UNSIGNED_BIGINT = '18446744073709551615';

const words = (random: Random, count: number): string =>
  Array.from({ length: count }, () => random.pick(WORDS)).join(' ');

const two = (value: number): string => String(value).padStart(2, '0');

const date = (random: Random): string =>
  `${1970 + random.below(60)}-${two(1 + random.below(12))}-${two(1 + random.below(28))}`;

const time = (random: Random): string => `${two(random.below(24))}:${two(random.below(60))}:${two(random.below(60))}`;

const micros = (random: Random): string => String(random.below(1_000_000)).padStart(6, '0');

/** The first rows of a table hold the extremes and NULL of each type that a restore could get wrong. */
const TABLES: readonly SampleTable[] = [
  {
    database: 'shop',
    name: 'customers',
    columns: `id BIGINT NOT NULL AUTO_INCREMENT, email VARCHAR(120) NOT NULL, name VARCHAR(100) DEFAULT NULL,
      birthday DATE DEFAULT NULL, vip TINYINT(1) NOT NULL DEFAULT 0, created_at DATETIME(6) NOT NULL,
      PRIMARY KEY (id), UNIQUE KEY email (email), KEY name (name)`,
    primaryKey: 'id',
    rows: 15_000,
    row: (index, random) => [
      index + 1,
      `customer-${index}@example.com`,
      index % 17 === 0 ? null : words(random, 2),
      ['1000-01-01', '9999-12-31', null][index] ?? (index % 11 === 0 ? null : date(random)),
      random.below(2),
      `${date(random)} ${time(random)}.${micros(random)}`,
    ],
  },
  {
    database: 'shop',
    name: 'products',
    columns: `sku CHAR(12) NOT NULL, title VARCHAR(200) NOT NULL, price DECIMAL(12,2) NOT NULL, weight DOUBLE DEFAULT NULL,
      stock INT UNSIGNED NOT NULL DEFAULT 0, attributes JSON DEFAULT NULL, PRIMARY KEY (sku)`,
    primaryKey: 'sku',
    rows: 4_000,
    row: (index, random) => [
      `SKU${String(index).padStart(9, '0')}`,
      words(random, 3),
      `${random.below(10_000_000)}.${two(random.below(100))}`,
      index % 9 === 0 ? null : random.below(1_000_000) / 64,
      index === 0 ? 4_294_967_295 : random.below(10_000),
      index % 13 === 0
        ? null
        : JSON.stringify({ color: random.pick(WORDS), sizes: [1, 2.5, null], nested: { ok: true } }),
    ],
  },
  {
    database: 'shop',
    name: 'orders',
    columns: `id BIGINT UNSIGNED NOT NULL, customer_id BIGINT NOT NULL, status ENUM('new','paid','sent') NOT NULL,
      placed_at TIMESTAMP NOT NULL, took TIME DEFAULT NULL, note TEXT, PRIMARY KEY (id), KEY customer (customer_id, placed_at)`,
    primaryKey: 'id',
    rows: 30_000,
    row: (index, random) => [
      index === 0 ? MAX_UNSIGNED_BIGINT : index,
      1 + random.below(15_000),
      random.pick(['new', 'paid', 'sent']),
      `${2000 + random.below(30)}-${two(1 + random.below(12))}-${two(1 + random.below(28))} ${time(random)}`,
      ['-838:59:59', '838:59:59', null][index] ?? time(random),
      index % 5 === 0 ? null : words(random, 6),
    ],
  },
  {
    database: 'shop',
    name: 'order_items',
    columns: `order_id BIGINT UNSIGNED NOT NULL, line SMALLINT NOT NULL, sku CHAR(12) NOT NULL, quantity INT NOT NULL,
      price DECIMAL(12,2) NOT NULL, PRIMARY KEY (order_id, line)`,
    primaryKey: 'order_id, line',
    rows: 40_000,
    row: (index, random) => [
      Math.floor(index / 2),
      index % 2,
      `SKU${String(random.below(4_000)).padStart(9, '0')}`,
      1 + random.below(9),
      `${random.below(1000)}.${two(random.below(100))}`,
    ],
  },
  {
    database: 'ledger',
    name: 'accounts',
    columns: `id INT NOT NULL, balance DECIMAL(38,10) NOT NULL, counter BIGINT NOT NULL, opened YEAR NOT NULL, PRIMARY KEY (id)`,
    primaryKey: 'id',
    rows: 3_000,
    row: (index, random) => [
      index - 1_500,
      `${index % 2 === 0 ? '-' : ''}${random.below(2 ** 31)}${random.below(2 ** 31)}.${String(random.below(2 ** 31)).padStart(10, '0')}`,
      [MIN_BIGINT, MAX_BIGINT, '0'][index] ?? String(random.below(2 ** 31)),
      1901 + random.below(255),
    ],
  },
  {
    database: 'ledger',
    name: 'entries',
    columns: `account_id INT NOT NULL, sequence BIGINT UNSIGNED NOT NULL, amount DECIMAL(20,4) NOT NULL, ratio FLOAT DEFAULT NULL,
      booked_at DATETIME(3) NOT NULL, PRIMARY KEY (account_id, sequence)`,
    primaryKey: 'account_id, sequence',
    rows: 20_000,
    row: (index, random) => [
      (index % 3_000) - 1_500,
      String(9_007_199_254_740_993n + BigInt(index)),
      `${random.below(2) === 0 ? '-' : ''}${random.below(1_000_000)}.${String(random.below(10_000)).padStart(4, '0')}`,
      index % 7 === 0 ? null : random.below(4096) / 32,
      `${date(random)} ${time(random)}.${String(random.below(1000)).padStart(3, '0')}`,
    ],
  },
  {
    database: 'content',
    name: 'articles',
    columns: `id BIGINT NOT NULL, slug VARCHAR(80) NOT NULL, body MEDIUMTEXT NOT NULL, tags JSON NOT NULL, PRIMARY KEY (id),
      UNIQUE KEY slug (slug)`,
    primaryKey: 'id',
    rows: 4_000,
    row: (index, random) => [
      index,
      `article-${index}`,
      index === 0 ? '' : words(random, 40 + random.below(40)),
      JSON.stringify([random.pick(WORDS), { depth: [index, null, '雪'] }]),
    ],
  },
  {
    database: 'content',
    name: 'files',
    columns: `id VARBINARY(16) NOT NULL, mime VARCHAR(40) NOT NULL, content BLOB, size BIGINT NOT NULL, PRIMARY KEY (id)`,
    primaryKey: 'id',
    rows: 2_000,
    row: (index, random) => {
      const id = Buffer.alloc(16);
      id.writeUInt32BE(index, 0);
      const content = index === 0 ? Buffer.from(Array.from({ length: 256 }, (_, byte) => byte)) : random.bytes(1024);
      return [id, 'application/octet-stream', index % 10 === 1 ? null : content, content.length];
    },
  },
];

export const SAMPLE_TABLES: readonly TableName[] = TABLES;
const SAMPLE_DATABASES = [...new Set(TABLES.map((table) => table.database))];

const ROWS_PER_INSERT = 1_000;

/**
 * Creates the sample databases and fills them.
 * @param scale 1 for 118,000 rows; less for tests (every table keeps the rows with its extremes).
 * @returns rows written
 */
export async function loadSampleData(connection: Connection, scale = 1): Promise<number> {
  for (const database of SAMPLE_DATABASES) await connection.query(`CREATE DATABASE \`${database}\``);
  let written = 0;
  for (const [position, table] of TABLES.entries()) {
    const target = `\`${table.database}\`.\`${table.name}\``;
    await connection.query(`CREATE TABLE ${target} (${table.columns})`);
    const random = new Random(position + 1);
    const rows = Math.max(10, Math.round(table.rows * scale));
    for (let start = 0; start < rows; start += ROWS_PER_INSERT) {
      const batch = Array.from({ length: Math.min(ROWS_PER_INSERT, rows - start) }, (_, offset) =>
        table.row(start + offset, random),
      );
      await connection.query(`INSERT INTO ${target} VALUES ?`, [batch]);
      written += batch.length;
    }
  }
  return written;
}

export async function dropSampleData(connection: Connection): Promise<void> {
  for (const database of SAMPLE_DATABASES) await connection.query(`DROP DATABASE IF EXISTS \`${database}\``);
}
