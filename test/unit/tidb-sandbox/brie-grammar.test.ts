import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatJob, formatSecurely } from '../../../infra/local/tidb-sandbox/brie/format.ts';
import { parseBrie } from '../../../infra/local/tidb-sandbox/brie/parser.ts';
import type { BrieJobStatement, BrieOption, BrieScope } from '../../../infra/local/tidb-sandbox/brie/statement.ts';
import { StatementCursor } from '../../../infra/local/tidb-sandbox/sql/statement-cursor.ts';
import { parseTidbVersion } from '../../../infra/local/tidb-sandbox/tidb-version.ts';

const parse = (sql: string, version = '8.5') => parseBrie(new StatementCursor(sql), parseTidbVersion(version));

const syntaxError = expect.objectContaining({ errno: 1064, sqlState: '42000' });

describe('the BRIE grammar', () => {
  // The statements of TestBRIE in TiDB's pkg/parser/parser_test.go.
  it.each([
    "BACKUP DATABASE a TO 'local:///tmp/archive01/'",
    "BACKUP SCHEMA a TO 'local:///tmp/archive01/'",
    "BACKUP DATABASE a,b,c TO 'noop://'",
    "BACKUP DATABASE * TO 'noop://'",
    "BACKUP TABLE a TO 'noop://' checksum_concurrency 4 compression_level 4 ignore_stats 1 compression_type 'lz4'",
    "BACKUP TABLE a TO 'noop://' encryption_method 'aes128-ctr' encryption_keyfile 'k'",
    "RESTORE TABLE a FROM 'noop://' checksum_concurrency 4 wait_tiflash_ready 1 with_sys_table 1 load_stats 0",
    "BACKUP TABLE a.b TO 'noop://'",
    "BACKUP TABLE a.b,c.d,e TO 'noop://'",
    "RESTORE DATABASE * FROM 's3://bucket/path/'",
    "BACKUP DATABASE * TO 'noop://' LAST_BACKUP = '2020-02-02 14:14:14'",
    "BACKUP DATABASE * TO 'noop://' LAST_BACKUP = 1234567890",
    "backup database * to 'noop://' rate_limit 500 MB/second snapshot 5 minute ago",
    "backup database * to 'noop://' snapshot = '2020-03-18 18:13:54'",
    "backup database * to 'noop://' snapshot = 1234567890",
    "restore table g from 'noop://' concurrency 40 checksum 0 online 1",
    "backup table x to 's3://bucket/path/?endpoint=https://test.example.com&access-key=aaaaaaaaa&secret-access-key=bbbbbbbb'",
    "backup database * to 's3://bucket/path/?region=us-west-9&sse=AES256' send_credentials_to_tikv = 1",
    "restore table g from 'noop://' checksum off",
    "restore table g from 'noop://' checksum optional",
    "restore table g from 'noop://' checksum = required",
    'backup database `a``b` to "noop://" checksum true;',
    "show backup metadata from 's3://bucket/path/'",
    'show br job query 1234',
    'cancel br job 1234',
  ])('accepts %s', (sql) => {
    expect(parse(sql)).toMatchObject({ kind: expect.not.stringMatching('UNSUPPORTED') });
  });

  it.each([
    ["backup logs to 'noop://'", 'BACKUP LOGS'],
    ["backup logs to 'noop://' start_ts='20220304'", 'BACKUP LOGS'],
    ['stop backup logs', 'STOP BACKUP LOGS'],
    ['pause backup logs', 'PAUSE BACKUP LOGS'],
    ["pause backup logs gc_ttl='20220304'", 'PAUSE BACKUP LOGS'],
    ['resume backup logs', 'RESUME BACKUP LOGS'],
    ['show backup logs status', 'SHOW BACKUP LOGS STATUS'],
    ["show backup logs metadata from 'noop://'", 'SHOW BACKUP LOGS METADATA'],
    ['show br job 1234', 'SHOW BR JOB'],
    ["purge backup logs from 'noop://' until_ts='2012122304'", 'PURGE BACKUP LOGS'],
    ["restore point from 'noop://l' full_backup_storage='noop://f' restored_ts='20230123'", 'RESTORE POINT'],
  ])('accepts %s only to refuse it later', (sql, statementKind) => {
    expect(parse(sql)).toMatchObject({ kind: 'UNSUPPORTED', statementKind });
  });

  it.each([
    "BACKUP DATABASE a.b TO 'noop://'",
    "BACKUP DATABASE *, a TO 'noop://'",
    "BACKUP DATABASE a, * TO 'noop://'",
    "BACKUP DATABASE TO 'noop://'",
    "BACKUP TABLE a.* TO 'noop://'",
    "BACKUP TABLE * TO 'noop://'",
    "BACKUP TABLE TO 'noop://'",
    "BACKUP DATABASE * FROM 'noop://'",
    "RESTORE DATABASE * TO 'noop://'",
    'BACKUP DATABASE * TO ?',
    'BACKUP DATABASE * TO noop',
    "BACKUP DATABASE * TO 'noop://' RATE_LIMIT = 5",
    "BACKUP DATABASE * TO 'noop://' RATE_LIMIT = 5 KB/SECOND",
    "BACKUP DATABASE * TO 'noop://' CONCURRENCY = -1",
    "BACKUP DATABASE * TO 'noop://' CONCURRENCY = 18446744073709551616",
    "BACKUP DATABASE * TO 'noop://' CONCURRENCY 4, CHECKSUM 0",
    "BACKUP DATABASE * TO 'noop://' CHECKSUM = on",
    "BACKUP DATABASE * TO 'noop://' SEND_CREDENTIALS_TO_TIKV = 'no'",
    "BACKUP DATABASE * TO 'noop://' SNAPSHOT = 5 MONTH AGO",
    "BACKUP DATABASE * TO 'noop://' SNAPSHOT = 5 MINUTE",
    "BACKUP DATABASE * TO 'noop://' COMPRESSION_TYPE = lz4",
    "BACKUP DATABASE * TO 'noop://' NO_SUCH_OPTION = 1",
    "BACKUP DATABASE * TO 'noop://' garbage",
    'SHOW BR JOB QUERY x',
    'CANCEL BR JOB',
    'SHOW BACKUP METADATA',
  ])('refuses %s', (sql) => {
    expect(() => parse(sql)).toThrow(syntaxError);
  });

  it('leaves other statements alone', () => {
    for (const sql of ['SHOW BACKUPS', 'SHOW RESTORES', 'SELECT 1', 'KILL TIDB QUERY 1'])
      expect(parse(sql)).toBeUndefined();
  });

  it.each([
    "BACKUP DATABASE * TO 'x' IGNORE_STATS = 1",
    "BACKUP DATABASE * TO 'x' COMPRESSION_TYPE = 'zstd'",
    "BACKUP DATABASE * TO 'x' ENCRYPTION_METHOD = 'plaintext'",
    "RESTORE DATABASE * FROM 'x' WITH_SYS_TABLE = 1",
    "RESTORE DATABASE * FROM 'x' LOAD_STATS = 1",
  ])('knows an option of 8.2 only from 8.2 on: %s', (sql) => {
    expect(parse(sql, '8.2')).toBeDefined();
    expect(() => parse(sql, '8.1')).toThrow(syntaxError);
    expect(() => parse(sql, '7.1')).toThrow(syntaxError);
  });

  it('interprets options', () => {
    const statement = parse(
      "BACKUP DATABASE * TO 'x' RATE_LIMIT 128 MB/SECOND CHECKSUM = FALSE SNAPSHOT = 2 HOUR AGO LAST_BACKUP = 470000000000000000",
    );
    expect(statement).toMatchObject({
      options: [
        { kind: 'rateLimit', mebibytesPerSecond: 128n },
        { kind: 'checksum', level: 'OFF' },
        { kind: 'snapshotAgo', microseconds: 7_200_000_000n },
        { kind: 'timestamp', name: 'LAST_BACKUP', at: 470000000000000000n },
      ],
    });
  });

  it('prints a statement that parses to the same one', () => {
    fc.assert(
      fc.property(jobs, (job) => {
        expect(parse(formatJob(job))).toEqual(job);
      }),
    );
  });

  it('prints no secret in the process list', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 5, unit: 'grapheme' }), (text) => {
        const secret = `~${text}~`;
        const url = `s3://bucket/path?Access_Key=id&SECRET-access-key=${encodeURIComponent(secret)}&session-token=${encodeURIComponent(secret)}`;
        const shown = formatSecurely({ kind: 'BACKUP', scope: { kind: 'everything' }, url, options: [] });
        expect(shown).not.toContain(encodeURIComponent(secret));
        expect(shown).toContain('SECRET-access-key=xxxxxx');
      }),
    );
  });
});

const name = fc.string({ minLength: 1, unit: 'grapheme' });
const scope: fc.Arbitrary<BrieScope> = fc.oneof(
  fc.constant({ kind: 'everything' as const }),
  fc.record({ kind: fc.constant('databases' as const), names: fc.array(name, { minLength: 1 }) }),
  fc.record({
    kind: fc.constant('tables' as const),
    tables: fc.array(fc.oneof(fc.record({ name }), fc.record({ database: name, name })), { minLength: 1 }),
  }),
);
const uint64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const option: fc.Arbitrary<BrieOption> = fc.oneof(
  fc.record({
    kind: fc.constant('integer' as const),
    name: fc.constantFrom('CONCURRENCY' as const, 'CHECKSUM_CONCURRENCY' as const),
    value: uint64,
  }),
  fc.record({
    kind: fc.constant('boolean' as const),
    name: fc.constantFrom('ONLINE' as const, 'SEND_CREDENTIALS_TO_TIKV' as const),
    value: fc.boolean(),
  }),
  fc.record({
    kind: fc.constant('string' as const),
    name: fc.constantFrom('COMPRESSION_TYPE' as const, 'ENCRYPTION_KEYFILE' as const),
    value: fc.string(),
  }),
  fc.record({
    kind: fc.constant('checksum' as const),
    level: fc.constantFrom('OFF' as const, 'OPTIONAL' as const, 'REQUIRED' as const),
  }),
  fc.record({ kind: fc.constant('rateLimit' as const), mebibytesPerSecond: uint64 }),
  fc.record({
    kind: fc.constant('timestamp' as const),
    name: fc.constantFrom('SNAPSHOT' as const, 'LAST_BACKUP' as const),
    at: fc.oneof(uint64, fc.string()),
  }),
);
const jobs: fc.Arbitrary<BrieJobStatement> = fc.record({
  kind: fc.constantFrom('BACKUP' as const, 'RESTORE' as const),
  scope,
  url: fc.string({ unit: 'grapheme' }),
  options: fc.array(option),
});
