import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createApi, untouchablePorts } from '../../support/api.ts';

// Ports that throw when called: a refused request neither changes nor reads anything.
const api = createApi(untouchablePorts());

beforeAll(() => {
  vi.spyOn(console, 'warn').mockReturnValue();
  vi.spyOn(console, 'error').mockReturnValue();
});
afterAll(() => vi.restoreAllMocks());

/** No valid ids: empty, too long, path tricks, quotes, control characters, other alphabets, other types. */
const BAD_IDS_IN_TEXT = [
  '..',
  '.',
  '-rf',
  '_x',
  'a'.repeat(65),
  'a b',
  "a'b",
  'a"b',
  'a\\b',
  'a\u0000b',
  'a\nb',
  'ä',
  'a,b',
  '%',
];
const BAD_IDS_IN_JSON = [...BAD_IDS_IN_TEXT, '', 'a/b', '../x', null, 1, true, {}, ['a']];

const CLUSTER = {
  clusterName: 'Orders',
  endpoints: ['tidb.example.com:4000'],
  account: { user: 'backup', password: 'p' },
  tls: 'disabled',
};

async function expectRefused(route: string, body?: unknown): Promise<string> {
  const answer = await api(route, body);
  expect(answer, `${route} ${JSON.stringify(body)}`).toEqual({
    status: 400,
    code: 10001,
    message: expect.stringMatching(/^parameter is invalid: \P{Cc}+$/u),
    data: {},
  });
  return answer.message;
}

describe('an invalid id is refused', () => {
  it.each([
    'GET /clusters/{id}',
    'PUT /clusters/{id}',
    'DELETE /clusters/{id}',
    'POST /clusters/{id}/restore',
    'GET /clusters/{id}/strategy',
    'PUT /clusters/{id}/strategy',
    'DELETE /clusters/{id}/strategy',
    'GET /clusters/{id}/retention/preview',
    'GET /workflow/{id}',
    'DELETE /backups/{id}',
  ])('in the path of %s', async (route) => {
    for (const id of BAD_IDS_IN_TEXT) {
      const message = await expectRefused(route.replace('{id}', encodeURIComponent(id)), CLUSTER);
      expect(message).toContain('Id: must be 1 to 64 letters');
    }
    await expectRefused(route.replace('{id}', '%2e%2e'), CLUSTER);
    await expectRefused(route.replace('{id}', 'a%2Fb'), CLUSTER);
    await expectRefused(route.replace('{id}', '%zz'), CLUSTER);
    // With a single slash it is the list's path.
    await expectRefused(`${route.replace('{id}', '')}/`, CLUSTER);
  });

  it.each([
    'GET /backups?clusterId=',
    'GET /backups?backupId=',
    'DELETE /backups?clusterId=',
    'DELETE /backups?clusterId=c1&excludeBackupId=b1&excludeBackupId=',
    'GET /workflow?bizId=',
  ])('in %s', async (route) => {
    for (const id of ['a/b', ...BAD_IDS_IN_TEXT]) {
      // Two ids, as API Gateway joins them.
      if (id === 'a,b' && route.includes('exclude')) continue;
      await expectRefused(route + encodeURIComponent(id));
    }
  });

  it.each([
    ['POST /backups', (clusterId: unknown) => ({ clusterId, backupMode: 'manual' })],
    ['POST /backups/cancel', (clusterId: unknown) => ({ clusterId, backupId: 'b1' })],
    ['POST /backups/cancel', (backupId: unknown) => ({ clusterId: 'c1', backupId })],
    ['POST /clusters/c1/restore', (backupId: unknown) => ({ backupId })],
    ['POST /clusters', (clusterId: unknown) => ({ ...CLUSTER, clusterId })],
  ])('in the body of %s', async (route, body) => {
    for (const id of BAD_IDS_IN_JSON) await expectRefused(route, body(id));
  });
});

describe('an invalid body is refused', () => {
  const ROUTES = [
    'POST /backups',
    'POST /backups/cancel',
    'POST /clusters',
    'PUT /clusters/c1',
    'PUT /clusters/c1/strategy',
    'POST /clusters/c1/restore',
    'POST /config/update',
  ];

  it.each(ROUTES)('%s: not JSON, not an object, empty', async (route) => {
    for (const body of ['', '{', 'null', '[]', '"text"', '1', '{"a":1}x', '\u0000']) await expectRefused(route, body);
    await expectRefused(route, undefined);
    await expectRefused(route, {});
  });

  it.each([...ROUTES, 'GET /clusters', 'DELETE /clusters/c1'])('%s: more than 64 KiB', async (route) => {
    const body = JSON.stringify({ clusterId: 'x'.repeat(64 * 1024) });

    const answer = await api(route, body);

    expect(answer).toMatchObject({ status: 413, code: 10001, data: {} });
    const encoded = Buffer.from(body).toString('base64');
    expect(await api(route, encoded, { isBase64Encoded: true })).toEqual(answer);
  });

  it.each([
    ['backupMode: must be "manual" or "auto"', { clusterId: 'c1', backupMode: 'sometimes' }],
    ['backupMode: must be "manual" or "auto"', { clusterId: 'c1', backupMode: 'MANUAL' }],
    ['backupMode: must be "manual" or "auto"', { clusterId: 'c1', backupMode: null }],
    ['executor: must be "lambda" or "fargate"', { clusterId: 'c1', executor: 'ec2' }],
    ['executor: must be "lambda" or "fargate"', { clusterId: 'c1', executor: '' }],
    ['backupType: must be "full" or "incr"', { clusterId: 'c1', backupMode: 'manual', backupType: 'logical' }],
    ['scope: must be {"databases": [1 to 100 names]} or', { clusterId: 'c1', scope: {} }],
    ['scope: must be {"databases": [1 to 100 names]} or', { clusterId: 'c1', scope: 'shop' }],
    ['scope: must be {"databases": [1 to 100 names]} or', { clusterId: 'c1', scope: { databases: 'shop' } }],
    ['scope: must be {"databases": ', { clusterId: 'c1', scope: { databases: ['shop'], tables: ['shop.t'] } }],
    ['scope', { clusterId: 'c1', scope: { databases: [] } }],
    ['scope.databases: must not repeat a name', { clusterId: 'c1', scope: { databases: ['shop', 'SHOP'] } }],
    ["scope.databases.0: must not be one of TiDB's own", { clusterId: 'c1', scope: { databases: ['mysql'] } }],
    ['scope.tables.1: must be "database.table"', { clusterId: 'c1', scope: { tables: ['shop.t', 'orders'] } }],
    ['clusterId: ', { backupMode: 'manual' }],
  ])('POST /backups: %s in %j', async (reason, body) => {
    expect(await expectRefused('POST /backups', body)).toContain(reason);
  });

  it.each([
    ['clusterName', ''],
    ['clusterName', 'x'.repeat(129)],
    ['clusterName', 'a\u0007b'],
    ['clusterName', 'a\u2028b'],
    ['clusterName', '\ud800'],
    ['clusterName', 7],
    ['clusterName', undefined],
    ['endpoints', []],
    ['endpoints', 'tidb.example.com:4000'],
    ['endpoints', Array.from({ length: 17 }, () => 'tidb.example.com:4000')],
    ['endpoints', undefined],
    ['endpoints.0', ['tidb.example.com']],
    ['endpoints.0', ['tidb.example.com:0']],
    ['endpoints.0', ['tidb.example.com:65536']],
    ['endpoints.0', ['tidb.example.com:4000 ']],
    ['endpoints.0', [':4000']],
    ['endpoints.0', ['http://tidb.example.com:4000']],
    ['endpoints.0', ['user@tidb.example.com:4000']],
    ['endpoints.0', ['::1:4000']],
    ['endpoints.0', ['[::1]']],
    ['endpoints.0', ['[fe80::1%eth0]:4000']],
    ['endpoints.1', ['tidb.example.com:4000', 'a..b:4000']],
    ['account', {}],
    ['account', { password: 'p' }],
    ['account', { user: '', password: 'p' }],
    ['account', { user: 'u'.repeat(33), password: 'p' }],
    ['account', { user: 'backup', password: 'p'.repeat(513) }],
    ['account', { user: 'backup', password: '\udc00' }],
    ['account', { secretArn: 'not-an-arn' }],
    ['account', { secretArn: 'arn:aws:secretsmanager:us-east-1:111122223333:secret:x', user: 'u', password: 'p' }],
    ['tls', 'maybe'],
    ['tls', true],
    ['timezone', 'Mars/Olympus'],
    ['timezone', '+02:00'],
    ['timezone', ''],
  ])('POST and PUT of a cluster: %s %j', async (field, value) => {
    const body = { ...CLUSTER, [field.split('.')[0] ?? '']: value };

    for (const route of ['POST /clusters', 'PUT /clusters/c1']) {
      expect(await expectRefused(route, body)).toContain(field);
    }
  });

  it('POST of a cluster: an account without a password', async () => {
    expect(await expectRefused('POST /clusters', { ...CLUSTER, account: { user: 'backup' } })).toContain('account');
  });

  it('POST /config/update: an unknown key, a value that is not text', async () => {
    await expectRefused('POST /config/update', { configKey: 'BackupColour', configValue: 'red' });
    await expectRefused('POST /config/update', { configKey: '__proto__', configValue: 'red' });
    await expectRefused('POST /config/update', { configKey: 'BackupRateLimit', configValue: 100 });
    await expectRefused('POST /config/update', { configKey: 'BackupRateLimit' });
  });
});

describe('an invalid scope is refused', () => {
  it.each([
    {},
    { databases: [] },
    { databases: ['a'.repeat(65)] },
    { tables: ['shop'] },
    { tables: [null] },
    null,
    ['shop'],
  ])('in both restores: %j', async (scope) => {
    expect(await expectRefused('POST /clusters/c1/restore', { backupId: 'b1', scope })).toContain('scope');
    const body = { clusterName: 'Copy', backupId: 'b1', scope };
    expect(await expectRefused('POST /clusters/restore', body)).toContain('scope');
  });
});

describe('an invalid query is refused', () => {
  it.each(['GET /clusters', 'GET /backups', 'GET /workflow'])('%s: pages outside 1 to 100', async (route) => {
    for (const value of ['0', '-1', '1.5', 'x', '1e3', '0x10', '9'.repeat(20)]) {
      expect(await expectRefused(`${route}?page=${value}`)).toContain('page: ');
      expect(await expectRefused(`${route}?pageSize=${value}`)).toContain('pageSize: ');
    }
    await expectRefused(`${route}?pageSize=101`);
  });

  it.each([
    'GET /backups?backupMode=daily',
    'GET /backups?startTime=yesterday',
    'GET /backups?startTime=-1',
    'GET /backups?endTime=1.5',
    'GET /backups?endTime=253402300800',
    'GET /backups?startTime=200&endTime=100',
    'GET /workflow?flowName=MineBitcoin',
    'GET /workflow?status=Running',
    'GET /config',
    'GET /config?configKey=',
    'GET /config?configKey=BackupColour',
    'DELETE /clusters/c1?deleteBackups=none',
    'DELETE /backups',
    'DELETE /backups?backupMode=auto',
    'DELETE /backups?clusterId=c1&backupMode=sometimes',
    'DELETE /backups/b1?force=yes',
    'DELETE /backups/b1?force=',
  ])('%s', async (route) => {
    await expectRefused(route);
  });
});

describe('an invalid value of the configuration', () => {
  const path512 = `bucket/${'x'.repeat(513)}`;
  it.each([
    ['BackupStorageType', ['', 'S3', 'gcs', 's3 ']],
    [
      'BackupStoragePath',
      [
        '',
        '/',
        'B/x',
        'ab/x',
        's3://bucket/x',
        'bucket//x',
        'bucket/../x',
        'bucket/./x',
        '/mnt/../x',
        'mnt x',
        path512,
        'bucket/a\u0000b',
        'bucket/a\nb',
      ],
    ],
    [
      'BackupS3Endpoint',
      [
        'minio:9000',
        'ftp://minio',
        'http://user:pw@minio',
        'http://minio?x',
        'http://minio#x',
        `http://${'m'.repeat(260)}`,
      ],
    ],
    ['BackupS3AccessKey', ['a\nb', 'a'.repeat(257)]],
    ['BackupS3SecretAccessKey', ['a\u0000b', 'a'.repeat(257), 'sevench']],
    ['BackupS3SessionToken', ['a\u0000b', 'a'.repeat(4_097), 'sevench']],
    ['BackupS3Region', ['eu west', '-a', 'a'.repeat(64)]],
    ['BackupS3Provider', ['a&b', 'a'.repeat(64)]],
    ['BackupRateLimit', ['', '-1', '1.5', 'fast', '1000001', ' 1']],
    ['BackupConcurrency', ['', '-1', '1001', '0x10']],
    ['RestoreRateLimit', ['', 'x', '99999999']],
    ['RestoreConcurrency', ['', '١']],
    ['maxConcurrentAutoBackups', ['', '-1', '10001', 'none']],
  ])('%s is refused with 20601 and not echoed', async (configKey, values) => {
    for (const configValue of values) {
      const answer = await api('POST /config/update', { configKey, configValue });

      expect(answer, configValue).toEqual({
        status: 400,
        code: 20601,
        message: expect.stringMatching(`^backup system config invalid: ${configKey} must be`),
        data: {},
      });
      if (configValue.length > 3) expect(answer.message).not.toContain(configValue);
    }
  });
});

describe('an invalid strategy is refused', () => {
  const WEEKLY = { backupDate: 'Monday', period: '7:00-9:00' };

  it.each([
    ['backupDate', 'Mon'],
    ['backupDate', 'Monday;Tuesday'],
    ['backupDate', 'Monday,'],
    ['backupDate', 'Montag'],
    ['backupDate', null],
    ['backupDate', ['Monday']],
    ['period', ''],
    ['period', '7-9'],
    ['period', '7:00'],
    ['period', '7:60-9:00'],
    ['period', '24:00-3:00'],
    ['period', '7:00-25:00'],
    ['period', '7:00-7:00'],
    ['period', '0:00-0:00'],
    ['period', 7],
    ['timezone', ''],
    ['timezone', 'Mars/Olympus'],
    ['timezone', '+02:00'],
    ['paused', 'no'],
    ['fullBackupDate', 'Sun'],
    ['fullBackupDate', 'Sunday'],
    ['fullBackupDate', ['Monday']],
    ['fallbackToFull', 'yes'],
    ['scope', {}],
    ['scope.databases', { databases: ['shop', 'SHOP'] }],
  ])('%s: %j', async (field, value) => {
    const [name = ''] = field.split('.');
    const message = await expectRefused('PUT /clusters/c1/strategy', { strategy: { ...WEEKLY, [name]: value } });

    expect(message).toContain(`strategy.${field}: `);
  });

  it.each([{}, { strategy: null }, { strategy: {} }, { strategy: { backupDate: 'Monday' } }, WEEKLY])(
    'the body %j',
    async (body) => {
      await expectRefused('PUT /clusters/c1/strategy', body);
    },
  );

  it('names no day, but has an invalid window', async () => {
    await expectRefused('PUT /clusters/c1/strategy', { strategy: { backupDate: '', period: '7:00-7:00' } });
  });
});

describe('an invalid retention is refused', () => {
  const fields = 'keepLast, keepDaily, keepWeekly, keepMonthly, keepYearly, maxAgeDays';
  const number = (greatest: string) => `must be a whole number from 1 to ${greatest}`;

  it.each([
    [{}, `retention: must have at least one of ${fields}`],
    [{ keepLast: 0 }, `retention.keepLast: ${number('1000')}`],
    [{ keepDaily: -1 }, `retention.keepDaily: ${number('1000')}`],
    [{ keepWeekly: 1.5 }, `retention.keepWeekly: ${number('1000')}`],
    [{ keepMonthly: '12' }, `retention.keepMonthly: ${number('1000')}`],
    [{ keepYearly: 1_001 }, `retention.keepYearly: ${number('1000')}`],
    [{ maxAgeDays: 36_501 }, `retention.maxAgeDays: ${number('36500')}`],
    [{ maxAgeDays: null }, `retention.maxAgeDays: ${number('36500')}`],
    // A misspelled field that was dropped would make a rule that keeps less.
    [{ keepLast: 7, keepMonhtly: 12 }, 'retention: unknown field "keepMonhtly"; did you mean "keepMonthly"?'],
    [7, 'retention: '],
    [[{ keepLast: 7 }], 'retention: '],
  ])('in a strategy: %j', async (retention, expected) => {
    const message = await expectRefused('PUT /clusters/c1/strategy', {
      strategy: { backupDate: 'Monday', period: '7:00-9:00', retention },
    });

    expect(message).toContain(`strategy.${expected}`);
  });

  it.each([
    ['keepLast=0', 'keepLast: must be a whole number from 1 to 1000'],
    ['keepDaily=seven', 'keepDaily: '],
    ['keepMonthly=1e3', 'keepMonthly: '],
    ['keepYearly=1001', 'keepYearly: '],
    ['maxAgeDays=36501', 'maxAgeDays: must be a whole number from 1 to 36500'],
    ['timezone=Mars/Olympus', 'timezone: must be an IANA time zone'],
    ['page=0', 'page: '],
    ['pageSize=101', 'pageSize: '],
  ])('as a proposal: %s', async (query, expected) => {
    expect(await expectRefused(`GET /clusters/c1/retention/preview?${query}`)).toContain(expected);
  });
});

describe('a route that does not exist', () => {
  it.each([
    'GET /',
    'GET /nothing',
    'GET /clusters/c1/nothing',
    'GET /clusters/a/b/c',
    'GET /backups/b1/',
    'POST /workflow',
    'PUT /backups',
    'DELETE /config',
    'POST /clusters//restore/x',
    'PATCH /clusters/c1',
  ])('%s is 404 in the envelope', async (route) => {
    expect(await api(route)).toMatchObject({ status: 404, code: 10001, data: {} });
  });

  it('of one function does not exist in the other', async () => {
    const [clusters, id] = [{ method: 'POST', path: '/clusters' }, 'c1'];
    expect(await api(`GET ${clusters.path}/${id}/restore`)).toMatchObject({ status: 404 });
    expect(await api('POST /config?configKey=BackupRateLimit', {})).toMatchObject({ status: 404 });
  });
});
