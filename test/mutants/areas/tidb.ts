import { mutantsOf } from '../mutant.ts';

const UNIT = 'test/unit/adapters/tidb';

export const TIDB = [
  ...mutantsOf(
    'functions/adapters/tidb/inspection.ts',
    [`${UNIT}/inspection.test.ts`],
    ['connection.query(sql, { timeoutMs: QUERY_TIMEOUT_MS })', 'connection.query(sql)'],
    ['if (report.server !== undefined) break;', ''],
  ),
  ...mutantsOf(
    'functions/adapters/tidb/tls.ts',
    [`${UNIT}/tls.test.ts`],
    ['verifyIdentity: true', 'verifyIdentity: false'],
    ['rejectUnauthorized: true', 'rejectUnauthorized: false'],
  ),
  ...mutantsOf(
    'functions/adapters/tidb/connection.ts',
    [`${UNIT}/connection.test.ts`],
    ['keepAlive: true', 'keepAlive: false'],
    ["charset: 'utf8mb4'", "charset: 'latin1'"],
    ['[account.password]', '[]'],
    ['if (rows.length < count) continue;', 'if (rows.length <= count) continue;'],
    ['KEEP_ALIVE_AFTER_MS = 30_000', 'KEEP_ALIVE_AFTER_MS = 600_000'],
  ),
  ...mutantsOf('functions/adapters/tidb/brie-failure.ts', [`${UNIT}/brie-failure.test.ts`], ['|TotalKVMismatch', '']),
  ...mutantsOf(
    'functions/adapters/tidb/table-reader.ts',
    [`${UNIT}/table-reader.test.ts`],
    [".replaceAll('\\\\', '\\\\\\\\').replaceAll(\"'\", \"''\")}'`;", '.replaceAll("\'", "\'\'")}\'`;'],
  ),
  ...mutantsOf('functions/adapters/tidb/snapshot-hold.ts', [`${UNIT}/snapshot-hold.test.ts`], ['closed = true;', '']),
  ...mutantsOf(
    'functions/adapters/tidb/connect-any.ts',
    [`${UNIT}/connect-any.test.ts`],
    ["code === 'ETIMEDOUT'", "code === 'ECONNREFUSED'"],
    ['groups === undefined', 'groups !== undefined'],
  ),
  ...mutantsOf(
    'functions/adapters/tidb/storage-url.ts',
    ['test/unit/domain/storage/storage-class.test.ts'],
    ["'storage-class': location.storageClass,", ''],
  ),
];
