import { describe, expect, it } from 'vitest';
import { contentSql } from '../../../../functions/adapters/tidb/row-checksum.ts';

const TABLE = { database: 'shop', table: 'o`s' };
const column = (DATA_TYPE: string, EXTRA = '') => ({ COLUMN_NAME: 'c', DATA_TYPE, EXTRA });
const sumOf = (row: string) =>
  `SELECT COUNT(*) AS row_count, SUM(CRC32(${row})) AS content_sum FROM \`shop\`.\`o\`\`s\``;

const PLAIN = 'tinyint smallint mediumint int bigint decimal year date datetime timestamp time';
const SHORT = 'bit char varchar binary varbinary enum set';
const LONG = 'tinytext text mediumtext longtext tinyblob blob mediumblob longblob';

describe('the checksum of the rows of a table', () => {
  it.each([
    ...PLAIN.split(' ').map((type) => [type, 'CAST(`c` AS CHAR)']),
    ...SHORT.split(' ').map((type) => [type, 'HEX(`c`)']),
    ...LONG.split(' ').map((type) => [type, 'MD5(`c`)']),
    ['float', 'CAST(`c` + 0E0 AS CHAR)'],
    ['double', 'CAST(`c` + 0E0 AS CHAR)'],
    ['DOUBLE', 'CAST(`c` + 0E0 AS CHAR)'],
    ['json', 'MD5(CAST(`c` AS CHAR))'],
    ['vector', 'MD5(CAST(`c` AS CHAR))'],
  ])('treats a column of type %s as %s', (type, text) => {
    expect(contentSql(TABLE, [column(type)], 2)).toBe(sumOf(`MD5(CONCAT_WS(',', IFNULL(${text}, 'NULL')))`));
  });

  it('leaves out what is not stored', () => {
    const columns = [column('int'), column('int', 'VIRTUAL GENERATED'), column('int', 'STORED GENERATED')];
    const stored = "IFNULL(CAST(`c` AS CHAR), 'NULL')";

    expect(contentSql(TABLE, columns, 2)).toBe(sumOf(`MD5(CONCAT_WS(',', ${stored}, ${stored}))`));
    expect(contentSql(TABLE, [column('int', 'VIRTUAL GENERATED')], 2)).toBe(sumOf("MD5(CONCAT_WS(',', ''))"));
  });

  it('uses the old format when compared with old checksums', () => {
    expect(contentSql(TABLE, [column('int'), column('json')], 1)).toBe(
      sumOf("CONCAT_WS(',', `c`, `c`, CONCAT(ISNULL(`c`), ISNULL(`c`)))"),
    );
  });
});
