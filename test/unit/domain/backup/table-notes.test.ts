import { describe, expect, it } from 'vitest';
import { compareWithNotes, type RecordedTable, tableNotes } from '../../../../functions/domain/backup/table-notes.ts';
import { tableDefinition } from '../../../../functions/domain/tidb/table-definition.ts';

const aTable = (change: Partial<RecordedTable> = {}): RecordedTable => ({
  ...{ database: 'shop', table: 'orders', rows: '2', content: '30', kvs: '4', bytes: '128', crc: '17', tableId: '112' },
  definition: 'd1',
  ...change,
});
const aView = (change: Partial<RecordedTable> = {}): RecordedTable => ({
  ...{ database: 'shop', table: 'a_view', tableId: '113', kind: 'view', definition: 'd2' },
  ...change,
});

function compare(noted: RecordedTable[], restored: RecordedTable[], version: 1 | 2 = 2) {
  return compareWithNotes({ version, backupTso: '449', tables: noted }, { databases: ['shop'], tables: restored });
}

describe('a restored cluster', () => {
  it('matches the checksums, in any order and case of names', () => {
    const tables = [aTable(), aTable({ table: 'items' }), aView()];

    expect(
      compare(tables, [aView({ table: 'A_VIEW' }), aTable({ table: 'ITEMS' }), aTable({ database: 'Shop' })]),
    ).toEqual({
      compared: [aTable({ database: 'Shop' }), aTable({ table: 'ITEMS' })],
      ...{ hasKeyValues: true, mismatches: [], changedByRestore: [], notCompared: [] },
      tables: tables.map(({ database, table }) => expect.objectContaining({ database, table, outcome: 'equal' })),
    });
  });

  it.each([
    [{ rows: '3' }, '"shop.orders" has 3 rows instead of 2'],
    [{ kvs: '5' }, '"shop.orders" has 5 key-value pairs instead of 4'],
    [{ bytes: '127' }, '"shop.orders" has 127 bytes instead of 128'],
    [{ content: '31' }, '"shop.orders" has other values in its rows'],
    [{ crc: '18' }, '"shop.orders" has another checksum'],
    [{ definition: 'd9' }, '"shop.orders" has another definition'],
    [{ kind: 'view' }, '"shop.orders" is a view instead of a table'],
  ] as const)('differs by %j', (change, message) => {
    expect(compare([aTable()], [aTable(change)]).mismatches).toEqual([message]);
  });

  it('may have tables with another id, and so another checksum', () => {
    expect(compare([aTable()], [aTable({ tableId: '7', crc: '18' })]).mismatches).toEqual([]);
  });

  it('is compared only by rows if either account could not count key-value pairs', () => {
    const { kvs, bytes, crc, ...rowsAlone } = aTable();

    for (const [noted, restored] of [
      [aTable({ rows: '3' }), rowsAlone],
      [rowsAlone, aTable({ rows: '3' })],
    ] as const) {
      expect(compare([noted], [restored])).toMatchObject({ hasKeyValues: false, mismatches: { length: 1 } });
    }
  });

  it('lacks tables, views, sequences and databases, or has extra ones', () => {
    const odd = aTable({ database: 'a"b', table: 'c\nd' });
    const counted: RecordedTable = { database: 'shop', table: 'counted', kind: 'sequence', definition: 'd3' };

    expect(compare([odd, aView(), counted], [aTable()]).mismatches).toEqual([
      '"a\\"b.c\\nd" is missing',
      '"shop.a_view" is missing',
      '"shop.counted" is missing',
      '"shop.orders" was not in the backup',
    ]);
    expect(
      compareWithNotes(
        { version: 2, backupTso: '449', databases: ['Shop', 'test'], tables: [] },
        { databases: ['shop'], tables: [] },
      ).mismatches,
    ).toEqual(['the database "test" is missing']);
  });

  it('is compared in everything that could be read both times', () => {
    const unreadable = (table: string): RecordedTable => ({
      database: 'shop',
      table,
      unreadable: `"shop.${table}" is locked`,
    });
    const items = aTable({ table: 'items' });

    expect(compare([aTable(), unreadable('items'), unreadable('gone')], [aTable({ rows: '3' }), items])).toMatchObject({
      compared: [{ table: 'orders' }],
      mismatches: ['"shop.orders" has 3 rows instead of 2'],
      notCompared: ['"shop.items" is locked', '"shop.gone" is locked'],
    });
    expect(compare([items], [unreadable('items')])).toMatchObject({
      ...{ compared: [], mismatches: [], notCompared: ['"shop.items" is locked'] },
    });
  });

  it('is compared by the fields that checksums of version 1 have', () => {
    const { definition, ...noted } = aTable();
    const notes = tableNotes.parse({ version: 1, backupTso: '449', tables: [noted] });

    expect(compareWithNotes(notes, { databases: [], tables: [aTable(), aView()] })).toMatchObject({
      ...{ compared: { length: 1 }, mismatches: [], notCompared: [] },
    });
    expect(compareWithNotes(notes, { databases: [], tables: [aTable({ content: '31' })] }).mismatches).toHaveLength(1);
    expect(compareWithNotes(notes, { databases: [], tables: [aTable(), aTable({ table: 'new' })] }).mismatches).toEqual(
      ['"shop.new" was not in the backup'],
    );
  });

  it('may differ in what TiDB changes when it restores', () => {
    const noted = aTable({ settings: { ttl: true, cached: true, placementPolicy: 'p', tiflashReplicas: 2 } });

    expect(compare([noted], [aTable({ settings: { ttl: false } })])).toMatchObject({
      mismatches: [],
      changedByRestore: [
        '"shop.orders": its TTL is off (TTL_ENABLE)',
        '"shop.orders": it has 0 TiFlash replicas instead of 2',
        '"shop.orders": it is not cached',
        '"shop.orders": it has no placement policy',
      ],
    });
    expect(compare([noted], [noted])).toMatchObject({ changedByRestore: [] });
  });
});

describe('a definition', () => {
  const CREATED = [
    'CREATE TABLE `orders` (',
    "  `id` bigint(20) NOT NULL AUTO_INCREMENT COMMENT 'AUTO_INCREMENT=9 int(11)',",
    '  `yes` tinyint(1) DEFAULT NULL,',
    '  `at` datetime DEFAULT NULL,',
    '  PRIMARY KEY (`id`) /*T![clustered_index] CLUSTERED */',
    ") ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin AUTO_INCREMENT=30001 COMMENT='it''s /*T![ttl] TTL_ENABLE=''ON'' */'",
  ].join('\n');

  it.each([
    ['another counter', CREATED.replace('=30001', '=5')],
    ['no counter', CREATED.replace(' AUTO_INCREMENT=30001', '')],
    ['no display width', CREATED.replace('bigint(20)', 'bigint')],
    ['a time to live that is on', `${CREATED} /*T![ttl] TTL_ENABLE='ON' */`],
    ['a placement policy', `${CREATED} /*T![placement] PLACEMENT POLICY=\`p\` */`],
    ['a cache', `${CREATED} /* CACHED ON */`],
    ['another base of random ids', `${CREATED} /*T![auto_rand_base] AUTO_RANDOM_BASE=30001 */`],
  ])('is the same with %s', (_, text) => {
    expect(tableDefinition(text).hash).toBe(tableDefinition(CREATED).hash);
  });

  it.each([
    ['another name', CREATED.replace('`at`', '`at2`')],
    ['another comment', CREATED.replace('AUTO_INCREMENT=9', 'AUTO_INCREMENT=8')],
    ['another comment that looks like a setting', CREATED.replace("''ON''", "''OFF''")],
    ['no AUTO_INCREMENT', CREATED.replace(' AUTO_INCREMENT COMMENT', ' COMMENT')],
    ['another type', CREATED.replace('tinyint(1)', 'tinyint(4)')],
    ['another key', CREATED.replace('CLUSTERED', 'NONCLUSTERED')],
    ['another time to live', `${CREATED} /*T![ttl] TTL=\`at\` + INTERVAL 1 DAY */`],
  ])('differs with %s', (_, text) => {
    expect(tableDefinition(text).hash).not.toBe(tableDefinition(CREATED).hash);
  });

  it('includes its settings, and recognizes a temporary table', () => {
    const settings = " /*T![placement] PLACEMENT POLICY=`p``q` */ /* CACHED ON */ /*T![ttl] TTL_ENABLE='OFF' */";

    expect(tableDefinition(CREATED + settings)).toMatchObject({
      isTemporary: false,
      settings: { placementPolicy: 'p`q', cached: true, ttl: false },
    });
    expect(tableDefinition('CREATE GLOBAL TEMPORARY TABLE `t` (`id` int)').isTemporary).toBe(true);
  });
});
