import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type * as z from 'zod/mini';
import type { JsonSchema } from '../../../functions/api/openapi/json-schema.ts';
import { ALL_ROUTES, THIS_API } from '../../../functions/api/openapi/this-api.ts';

const ajv = new Ajv2020({ strict: false, validateFormats: false });

const CLUSTER = {
  clusterName: 'Orders',
  endpoints: ['tidb.example.com:4000'],
  account: { user: 'backup', password: 'secret' },
};
const STRATEGY = { backupDate: 'Monday', period: '22:00-2:00' };
const upTo = (length: number) => 'x'.repeat(length);

interface Field {
  route: keyof typeof ALL_ROUTES;
  /** A request with this value in the field. */
  body: (value: unknown) => object;
  right: readonly unknown[];
  wrong: readonly unknown[];
  /** Refused only by code: a pattern for it would fill a page. */
  beyond?: readonly unknown[];
}

const strategy = (field: string) => (value: unknown) => ({ strategy: { ...STRATEGY, [field]: value } });
const config = (configKey: string) => (configValue: unknown) => ({ configKey, configValue });

const FIELDS: Record<string, Field> = {
  endpoints: {
    route: 'POST /clusters',
    body: (endpoints) => ({ ...CLUSTER, endpoints }),
    right: [['10.0.0.1:4000'], ['tidb:1', '[::1]:65535', 'a_b.example.com.:4000'], Array(16).fill('tidb:4000')],
    wrong: [
      ...[
        [],
        Array(17).fill('tidb:4000'),
        'tidb:4000',
        ['tidb'],
        ['tidb:0'],
        ['tidb:65536'],
        ['tidb:04000'],
        ['::1:4000'],
      ],
      ...[['tidb..com:4000'], ['-tidb:4000'], [' tidb:4000'], ['tidb:4000/x'], ['ti db:4000'], [`${upTo(64)}:4000`]],
    ],
    beyond: [['[:::1]:4000'], [`${`${upTo(63)}.`.repeat(4)}com:4000`]],
  },
  clusterName: {
    route: 'POST /clusters',
    body: (clusterName) => ({ ...CLUSTER, clusterName }),
    right: ['Orders', 'Bestellungen é', upTo(128)],
    wrong: ['', upTo(129), 'a\nb', 'a\u0000', 'a\u2028', 7],
  },
  timezone: {
    route: 'PUT /clusters/{clusterId}/strategy',
    body: strategy('timezone'),
    right: ['UTC', 'Europe/Berlin', 'America/Argentina/Buenos_Aires', 'Etc/GMT+5'],
    wrong: ['', '+02:00', 'Europe Berlin', 1],
    beyond: ['Mars/Base'],
  },
  period: {
    route: 'PUT /clusters/{clusterId}/strategy',
    body: strategy('period'),
    right: ['7:00-9:00', '07:30 - 9:00', ' 22:00-24:00 ', '23:59-0:00'],
    wrong: ['7-9', '24:00-25:00', '24:00-1:00', '7:60-8:00', '7:00-24:01', '7:00', '-', '7:00-9:0', '25:00-1:00', 7],
    beyond: ['7:00-7:00'],
  },
  backupDate: {
    route: 'PUT /clusters/{clusterId}/strategy',
    body: strategy('backupDate'),
    right: ['', ' ', 'Monday', 'monday, FRIDAY', 'Sunday,Sunday'],
    wrong: ['Mon', 'Monday,', 'Monday Friday', ',', 'Monday;Friday', null],
  },
  retention: {
    route: 'PUT /clusters/{clusterId}/strategy',
    body: strategy('retention'),
    right: [{ keepLast: 1 }, { keepDaily: 1_000, maxAgeDays: 36_500 }],
    wrong: [{}, { keepLast: 0 }, { keepLast: 1.5 }, { keepWeekly: 1_001 }, { maxAgeDays: 36_501 }, { keep: 1 }],
  },
  scope: {
    route: 'POST /backups',
    body: (scope) => ({ clusterId: 'c', scope }),
    right: [
      ...[{ databases: ['shop'] }, { databases: [' a', 'a.b', '`', upTo(64), '😀'.repeat(64), 'mysqlx'] }],
      ...[
        { tables: ['shop.orders', '`my shop`.`or``ders`'] },
        { databases: Array.from({ length: 100 }, (_, i) => `d${i}`) },
      ],
    ],
    wrong: [
      ...[{}, { databases: [] }, { databases: [''] }, { databases: ['a '] }, { databases: ['a\u0000b'] }],
      ...[{ databases: [upTo(65)] }, { databases: ['a', 'a'] }, { databases: ['MySQL'] }, { databases: ['sys'] }],
      ...[{ databases: ['__TiDB_BR_Temporary_x'] }, { databases: Array.from({ length: 101 }, (_, i) => `d${i}`) }],
      ...[{ tables: ['shop'] }, { tables: ['a.b.c'] }, { tables: ['`a.b'] }, { tables: [upTo(300)] }],
      ...[{ databases: ['a'], tables: ['a.b'] }, { database: ['a'] }, 'shop'],
    ],
    beyond: [{ databases: ['a', 'A'] }, { tables: ['mysql.user'] }, { tables: [`${upTo(65)}.t`] }],
  },
  assertions: {
    route: 'POST /backups/{backupId}/drill',
    body: (assertions) => ({ assertions }),
    right: [[], ['SELECT 1'], [" select COUNT(*) > 0 FROM t WHERE a = ';'"], Array(10).fill('SELECT 1')],
    wrong: [
      ['DROP TABLE t'],
      ['SELECTED'],
      [''],
      Array(11).fill('SELECT 1'),
      [`SELECT ${upTo(1_000)}`],
      ['SELECT \u0000'],
    ],
    beyond: [['SELECT 1; SELECT 2'], ['SELECT 1 -- x'], ['SELECT SLEEP(1)']],
  },
  BackupStorageType: {
    route: 'POST /config/update',
    body: config('BackupStorageType'),
    right: ['s3'],
    wrong: ['', 'tape'],
  },
  BackupRateLimit: {
    route: 'POST /config/update',
    body: config('BackupRateLimit'),
    right: ['0', '1000000'],
    wrong: ['', '-1', '1.5', 'fast', '10000000'],
    beyond: ['1000001'],
  },
  BackupS3Endpoint: {
    route: 'POST /config/update',
    body: config('BackupS3Endpoint'),
    right: ['', 'http://127.0.0.1:9000', 'HTTPS://minio.example.com/x'],
    wrong: ['minio:9000', 'ftp://a', 'http://a?b', 'http://a b', 'http://u@a', `http://${upTo(256)}`],
  },
  BackupS3Region: {
    route: 'POST /config/update',
    body: config('BackupS3Region'),
    right: ['', 'eu-central-1'],
    wrong: ['-a', 'a b', upTo(64)],
  },
};

/** The document's and the code's view of a request's body. */
function judges({ route, body }: Pick<Field, 'route' | 'body'>) {
  const [method = '', path = ''] = route.split(' ');
  const schema = THIS_API.paths[path]?.[method.toLowerCase()]?.requestBody?.content['application/json'].schema;
  const validate: ValidateFunction = ajv.compile({ ...(schema as JsonSchema), components: THIS_API.components });
  const { schemas }: { schemas: { body: z.ZodMiniType } } = ALL_ROUTES[route];
  const accepts = (value: unknown): boolean => {
    const { data } = schemas.body.safeParse(body(value)) as { data?: { configKey?: string; configValue?: string } };
    return data !== undefined;
  };
  return { documented: (value: unknown) => validate(body(value)), accepts };
}

const isConfig = (field: string): boolean => FIELDS[field]?.route === 'POST /config/update';

describe.each(Object.entries(FIELDS))('the description of %s', (name, field) => {
  const { documented, accepts } = judges(field);

  it('allows what the service accepts', () => {
    for (const value of field.right) {
      expect([value, documented(value), accepts(value)]).toEqual([value, true, true]);
    }
  });

  it('refuses what the service refuses', () => {
    for (const value of field.wrong) {
      // Unknown names are refused before the schema is checked; a configuration value is checked afterwards.
      const isRefused = isConfig(name) || !accepts(value) || JSON.stringify(value).includes('"keep"');
      expect([value, documented(value), isRefused]).toEqual([value, false, true]);
    }
    for (const value of field.beyond ?? []) {
      if (!isConfig(name)) expect([value, accepts(value)]).toEqual([value, false]);
    }
  });
});

it.each(['endpoints', 'clusterName', 'timezone', 'period', 'backupDate', 'scope', 'assertions'])(
  'the description of %s refuses no value that the service accepts',
  (name) => {
    const field = FIELDS[name];
    if (field === undefined) throw new Error(`there is no ${name}`);
    const { documented, accepts } = judges(field);
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 70 }),
      fc.constantFrom(...field.right, ...field.wrong, ...(field.beyond ?? [])).map((value) => JSON.stringify(value)),
      fc.stringMatching(/^[A-Za-z0-9_.:`[\]-]{1,40}(:[0-9]{1,5})?$/),
    );
    const wrapped: Record<string, (value: string) => unknown> = {
      endpoints: (value) => [value],
      assertions: (value) => [`SELECT '${value}'`],
      scope: (value) => ({ [value.includes('.') ? 'tables' : 'databases']: [value] }),
    };

    fc.assert(
      fc.property(text, (value) => {
        const given = wrapped[name]?.(value) ?? value;
        if (accepts(given)) expect([given, documented(given)]).toEqual([given, true]);
      }),
    );
  },
);
