import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import * as z from 'zod';
import { newClusterInput } from '../../../functions/domain/workflow/workflow.ts';
import { type ApiWorld, startApiWorld } from '../../support/api-world.ts';
import { aBackup, later } from '../../support/records.ts';

/** TiEM's own description of its routes for backups. */
const swaggerText = readFileSync(new URL('../../fixtures/tiem-swagger.json', import.meta.url), 'utf8');

type Schema = Record<string, unknown>;
const swagger = z
  .object({
    paths: z.record(
      z.string(),
      z.record(z.string(), z.object({ responses: z.record(z.string(), z.object({ schema: z.looseObject({}) })) })),
    ),
    definitions: z.record(z.string(), z.looseObject({})),
  })
  .parse(JSON.parse(swaggerText));

/** Go sends every field of a struct, so all fields of the description must be there. */
function whole(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(whole);
  if (typeof schema !== 'object' || schema === null) return schema;
  const entries = Object.entries(schema).map(([key, value]) => [key, whole(value)]);
  const { properties } = schema as Schema;
  return {
    ...Object.fromEntries(entries),
    ...(typeof properties === 'object' && properties !== null && { required: Object.keys(properties) }),
  };
}

const ajv = new Ajv({ strict: false });
const definitions = whole(swagger.definitions);

let world: ApiWorld;
beforeAll(async () => {
  for (const level of ['info', 'warn'] as const) vi.spyOn(console, level).mockReturnValue();
  world = await startApiWorld();
  const { backups } = world.ports;
  await world.register('tiem');
  for (const backupId of ['finished', 'old']) {
    await backups.create(aBackup({ backupId, clusterId: 'tiem' }));
    await backups.startAttempt(backupId, later(1));
    await backups.finish(backupId, { attempt: 1, backupTso: '449', sizeBytes: '1', at: later(2) });
  }
});
afterAll(async () => {
  vi.restoreAllMocks();
  await world.stop();
});

const RESTORE = {
  ...{ clusterName: 'orders-copy', dbUser: 'root', dbPassword: 'a-password-1', clusterType: 'TiDB' },
  ...{ clusterVersion: 'v7.5.0', tags: ['copy'], tls: false, copies: 3, exclusive: false, vendor: 'AWS' },
  ...{ region: 'us-east-1', cpuArchitecture: 'X86_64', parameterGroupID: '', backupId: 'finished' },
  resourceParameters: {
    requestResourceMode: 'SpecificZone',
    instanceResource: [
      {
        ...{ componentType: 'TiDB', totalNodeCount: 1 },
        resource: [{ zoneCode: 'a', diskType: 'SATA', diskCapacity: 0, specCode: '4C8G', count: 1 }],
      },
    ],
  },
};

/** Each route of the swagger, with a request of a client that sends all its parameters. */
const REQUESTS: readonly [route: string, path: string, body?: object][] = [
  ['get /config/', '/config/?configKey=BackupStoragePath'],
  ['post /config/update', '/config/update', { configKey: 'BackupRateLimit', configValue: '0' }],
  [
    'put /clusters/{clusterId}/strategy',
    '/clusters/tiem/strategy',
    {
      clusterId: '',
      strategy: { clusterId: '', backupDate: 'Monday,Friday', period: '7:00-9:00' },
    },
  ],
  ['get /clusters/{clusterId}/strategy', '/clusters/tiem/strategy?'],
  ['post /clusters/restore', '/clusters/restore', RESTORE],
  ['post /backups/', '/backups/', { clusterId: 'tiem', backupType: '', backupMode: 'manual' }],
  ['get /backups/', '/backups/?backupId=&clusterId=tiem&startTime=0&endTime=&page=1&pageSize=10'],
  ['get /workflow/', '/workflow/?bizId=&bizType=cluster&flowName=&status=&page=1&pageSize=10'],
  ['get /workflow/{workFlowId}', '/workflow/WORKFLOW'],
  ['post /backups/cancel', '/backups/cancel', { clusterId: 'tiem', backupId: 'WORKFLOW' }],
  ['delete /backups/{backupId}', '/backups/old', { clusterId: 'tiem', backupMode: 'manual' }],
];

it('every route of TiEM gets a request, except those that start and stop workflows, which we do not have', () => {
  const described = Object.entries(swagger.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method} ${path}`),
  );

  const sent = REQUESTS.map(([route]) => route);
  expect([...sent, 'post /workflow/start', 'post /workflow/stop'].sort()).toEqual(described.sort());
});

describe("an answer matches TiEM's description", () => {
  let workFlowId = '';

  it.each(REQUESTS)('%s', async (route, path, body) => {
    const [method = '', described = ''] = route.split(' ');
    const target = `${method.toUpperCase()} ${path.replace('WORKFLOW', workFlowId)}`;
    const text = body && JSON.stringify(body).replace('WORKFLOW', workFlowId);

    const { status, ...answer } = await world.api(target, text);

    expect([status, answer.message]).toEqual([200, 'OK']);
    const schema = whole(swagger.paths[described]?.[method]?.responses['200']?.schema);
    const validate = ajv.compile({ ...Object(schema), definitions });
    expect(validate(answer) || validate.errors).toBe(true);
    if (route === 'post /backups/') workFlowId = String(answer.data.workFlowId);
  });

  it.each([
    ['GET /clusters/nowhere/strategy', undefined],
    ['POST /backups/', { clusterId: 'nowhere' }],
    ['GET /config/?configKey=', undefined],
  ])('even for a refusal: %s', async (route, body) => {
    const { status, ...answer } = await world.api(route, body);
    const validate = ajv.compile({ $ref: '#/definitions/controller.CommonResult', definitions });

    expect(status).toBeGreaterThanOrEqual(400);
    expect(validate(answer) || validate.errors).toBe(true);
  });
});

describe('a restore request of TiEM', () => {
  it('reaches the provisioner, with its password only in Secrets Manager', async () => {
    const { data } = await world.api('POST /clusters/restore', RESTORE);

    expect(data.clusterID).toBe(data.clusterId);
    const input = newClusterInput.parse(world.executions.get(String(data.workFlowId)));
    const { clusterName: _, dbUser: __, dbPassword: ___, tls: ____, backupId: _____, ...parameters } = RESTORE;
    expect(input).toMatchObject({ provisioner: 'lambda', parameters, tls: 'disabled' });
    const { account } = input;
    expect(account).toMatchObject({ managed: true, user: 'root' });
    expect(JSON.parse(world.secrets.get(account?.secretArn ?? '') ?? '')).toEqual({
      ...{ username: 'root', password: 'a-password-1' },
    });
    expect(JSON.stringify(input)).not.toContain('a-password-1');
  });

  it.each([
    [{ dbPassword: '' }, 'dbPassword: must be given together with dbUser'],
    [
      { endpoints: ['t:4000'], account: { user: 'u', password: 'p' } },
      'dbUser: must not be given together with account',
    ],
    [{ endpoints: ['t:4000'] }, 'clusterType: are for the provisioner'],
    [{ parameters: { vendor: 'x' } }, 'vendor: must not also be given in parameters'],
    [{ tls: 'yes' }, 'tls: '],
    [{ copies: '3' }, 'copies: '],
    [{ resourceParameters: [] }, 'resourceParameters: '],
  ])('is refused with %j', async (change, expected) => {
    const answer = await world.api('POST /clusters/restore', { ...RESTORE, ...change });

    expect(answer).toMatchObject({ status: 400, code: 10001, message: expect.stringContaining(expected) });
  });

  it("may name a running cluster in TiEM's terms", async () => {
    const body = { clusterName: 'c', clusterId: 'running', backupId: 'finished', endpoints: ['t:4000'], tls: true };

    expect(await world.api('POST /clusters/restore', { ...body, dbUser: '', dbPassword: 'p' })).toMatchObject({
      code: 0,
    });
    expect((await world.api('GET /clusters/running')).data).toMatchObject({
      account: { user: 'root' },
      tls: 'required',
    });
  });
});

it('a list of workflows by kind has all of them, or none', async () => {
  const ofKind = async (bizType: string) => (await world.api(`GET /workflow?bizType=${bizType}`)).page?.total;

  expect(await ofKind('cluster')).toBe(await ofKind(''));
  expect(await ofKind('cluster')).toBeGreaterThan(0);
  expect(await ofKind('host')).toBe(0);
});
