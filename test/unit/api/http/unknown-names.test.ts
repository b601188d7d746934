import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import * as z from 'zod/mini';
import { tellUnknown, unknownNames } from '../../../../functions/api/http/unknown-names.ts';
import { ALL_ROUTES, THIS_API } from '../../../../functions/api/openapi/this-api.ts';
import { createApi, untouchablePorts } from '../../../support/api.ts';
import { requestOf } from '../../../support/examples.ts';

// Ports that throw when called: these requests are refused before anything is read.
const api = createApi(untouchablePorts());

beforeAll(() => {
  vi.spyOn(console, 'warn').mockReturnValue();
});
afterAll(() => vi.restoreAllMocks());

async function reasonOf(route: string, body?: unknown): Promise<string> {
  const { status, code, message } = await api(route, body);
  expect([status, code], `${route} ${JSON.stringify(body)}: ${message}`).toEqual([400, 10001]);
  return message;
}

const routes = Object.entries(ALL_ROUTES);

describe('an unknown query parameter is refused', () => {
  it.each(routes)('by %s', async (name, route) => {
    const { target, body } = requestOf(name, route);
    const and = target.includes('?') ? '&' : '?';

    expect(await reasonOf(`${target}${and}colour=red`, body)).toContain('query: unknown parameter "colour"');
    expect(await reasonOf(`${target}${and}colour=`, body)).toContain('query: unknown parameter "colour"');
    expect(await reasonOf(`${target}${and}__proto__=1`, body)).toContain('query: unknown parameter "__proto__"');
  });

  it.each([
    ['DELETE /backups?clusterId=c1&Plan=true', '"Plan"; did you mean "plan"?'],
    ['DELETE /backups?clusterId=c1&backupmode=auto', '"backupmode"; did you mean "backupMode"?'],
    ['DELETE /backups?clusterId=c1&excludeBackupID=b1', '"excludeBackupID"; did you mean "excludeBackupId"?'],
    ['DELETE /backups/b1?Force=true', '"Force"; did you mean "force"?'],
    ['DELETE /clusters/c1?deleteBackup=auto', '"deleteBackup"; did you mean "deleteBackups"?'],
    ['GET /backups?startDate=1', '"startDate"; did you mean "startTime"?'],
    ['GET /clusters/c1?plan=true', '"plan"; there are no parameters here'],
    ['GET /clusters/c1?not-X-Amz-Date=1', '"not-X-Amz-Date"; there are no parameters here'],
  ])('%s: the message names the nearest', async (route, expected) => {
    expect(await reasonOf(route)).toContain(`query: unknown parameter ${expected}`);
  });

  it('except for those of a signed URL', async () => {
    const signature = 'X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature=0a&x-amz-security-token=t';

    expect(await api(`GET /openapi.json?${signature}`)).toMatchObject({ status: 200 });
  });
});

describe('an unknown body field is refused', () => {
  it.each(routes)('by %s', async (name, route) => {
    const { target, body } = requestOf(name, route);

    const reason = await reasonOf(target, { ...body, colour: 'red' });

    expect(reason).toContain('body: unknown field "colour"');
    expect(await reasonOf(target, `{"__proto__": {}}`)).toContain('__proto__');
  });

  it.each([
    [
      'POST /backups',
      { clusterId: 'c1', expiresAt: '2030-01-01T00:00:00Z' },
      'body: unknown field "expiresAt"; did you mean "expireAt"?',
    ],
    [
      'POST /backups',
      { clusterId: 'c1', scope: { database: ['shop'] } },
      'scope: unknown field "database"; did you mean "databases"?',
    ],
    [
      'POST /clusters/c1/restore',
      { backupId: 'b1', scopes: {} },
      'body: unknown field "scopes"; did you mean "scope"?',
    ],
    ['POST /clusters/restore', { clusterName: 'n', backupId: 'b1', onfailure: 'keep' }, 'did you mean "onFailure"?'],
    [
      'PUT /clusters/c1',
      { clusterName: 'n', account: { username: 'u' } },
      'account: unknown field "username"; did you mean "user',
    ],
    [
      'PUT /clusters/c1/strategy',
      { strategy: { backupDate: '', period: '0:00-0:00', drill: { assertion: [] } } },
      'strategy.drill: unknown field "assertion"; did you mean "assertions"?',
    ],
    [
      'PUT /clusters/c1/strategy',
      { strategy: { 'retent\nion': {} } },
      'strategy: unknown field "retent\\nion"; did you mean "retention"?',
    ],
    [
      'POST /config/update',
      { configKey: 'BackupRateLimit', value: '1' },
      'body: unknown field "value"; did you mean "configValue"?',
    ],
  ])('%s %j, and the message names the nearest', async (route, body, expected) => {
    expect(await reasonOf(route, body)).toContain(expected);
  });

  it('and so is one that is not JSON, by a route without a body', async () => {
    expect(await reasonOf('DELETE /backups?clusterId=c1', 'backupMode=auto')).toContain('body: must be JSON');
    expect(await reasonOf('DELETE /backups?clusterId=c1', '["auto"]')).toContain('body: ');
  });

  it('the message names at most three', async () => {
    const reason = await reasonOf('POST /backups', { clusterId: 'c1', a: 1, b: 1, c: 1, d: 1 });

    expect(reason.match(/unknown field/g)).toHaveLength(3);
  });
});

describe('an empty query parameter', () => {
  it('is refused for a change', async () => {
    for (const route of [
      'DELETE /backups?clusterId=c1&backupMode=',
      'DELETE /clusters/c1?plan=',
      'DELETE /backups/b1?force=',
    ]) {
      expect(await reasonOf(route)).toMatch(/: must not be empty/);
    }
  });

  it('counts as absent for a read, however often it is given', async () => {
    for (const route of ['GET /config?configKey=', 'GET /config?configKey=&configKey=', 'GET /config?configKey=,,']) {
      expect(await reasonOf(route)).toBe(await reasonOf('GET /config'));
    }
    const twice = await reasonOf('GET /backups?page=&page=&clusterId=&clusterId=a&clusterId=&pageSize=0');
    expect(twice).toBe(await reasonOf('GET /backups?clusterId=a&pageSize=0'));
  });
});

describe('unknown names are looked for', () => {
  const object = z.object({ list: z.array(z.object({ a: z.number() })), free: z.record(z.string(), z.unknown()) });

  it('in lists and objects, but not in records', () => {
    const value = { list: [{ a: 1 }, { a: 1, 'b c': 2 }], free: { anything: { at: 'all' } } };

    expect(unknownNames([object], value)).toEqual([{ path: 'list.1', name: 'b c', known: ['a'] }]);
  });

  it('in every schema that accepts the value', () => {
    const wrapped = z._default(z.nullable(z.union([z.object({ a: z.string() }), z.object({ b: z.string() })])), null);

    expect(unknownNames([z.pipe(wrapped, z.transform(String))], { a: '', b: '', c: '' })).toMatchObject([
      { name: 'c' },
    ]);
    expect(unknownNames([wrapped], null)).toEqual([]);
  });

  it('and reported with the nearest name, in any case', () => {
    const told = (name: string, known: string[]) => tellUnknown({ path: '', name, known }, 'field', 'body');

    expect(told('BACKUPTYPE', ['backupMode', 'backupType'])).toContain('did you mean "backupType"?');
    expect(told('mode', ['backupId', 'backupMode'])).toContain('did you mean "backupMode"?');
    expect(told('x'.repeat(10_000), ['scope']).length).toBeLessThan(160);
  });
});

describe('the published description', () => {
  it('allows no unknown fields in a request body, at any depth', () => {
    const open: string[] = [];
    const look = (schema: unknown, path: string): void => {
      if (typeof schema !== 'object' || schema === null) return;
      if ('properties' in schema && (!('additionalProperties' in schema) || schema.additionalProperties !== false)) {
        open.push(path);
      }
      if ('$ref' in schema) look(THIS_API.components.schemas[String(schema.$ref).split('/').at(-1) ?? ''], path);
      for (const [key, value] of Object.entries(schema)) look(value, `${path}/${key}`);
    };
    for (const [path, methods] of Object.entries(THIS_API.paths)) {
      for (const [method, { requestBody }] of Object.entries(methods)) {
        look(requestBody?.content['application/json'].schema, `${method} ${path}`);
      }
    }

    expect(open).toEqual([]);
  });

  it('has a place for each field of an object that may be sent back', () => {
    const { ClusterDetail, BackupStrategy, UpdateClusterRequest, RegisterClusterRequest, SaveStrategyRequest } =
      THIS_API.components.schemas;
    const pairs = [
      [ClusterDetail?.properties, UpdateClusterRequest?.properties],
      [ClusterDetail?.properties, RegisterClusterRequest?.properties],
      [BackupStrategy?.properties, SaveStrategyRequest?.properties?.strategy?.properties],
    ];

    for (const [answered, taken] of pairs) {
      expect(Object.keys(taken ?? {})).toEqual(expect.arrayContaining(Object.keys(answered ?? {})));
    }
    // Read-only in the one as in the other.
    expect(ClusterDetail?.properties?.createTime).toMatchObject({ readOnly: true });
    expect(pairs[0]?.[1]?.createTime).toMatchObject({ readOnly: true });
    expect(pairs[2]?.[1]?.nextRuns).toMatchObject({ readOnly: true });
  });
});
