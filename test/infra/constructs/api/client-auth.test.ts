import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { bearer } from '../../../../clients/typescript/auth.ts';
import { awsAuth } from '../../../../clients/typescript/aws.ts';
import { createClient } from '../../../../clients/typescript/client.ts';
import { type Gateway, startGateway } from '../../../support/gateway.ts';
import { FULL_TENANT, MINIMAL_TENANT, synthesized } from '../../synthesized.ts';

beforeEach(() => {
  for (const level of ['info', 'warn', 'error'] as const) vi.spyOn(console, level).mockReturnValue();
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

/** Lets a request through; the handler, which has no stores, then fails. */
const LET_THROUGH = expect.objectContaining({ httpStatus: 500 });

describe('the client, with a deployment with IAM authorization', () => {
  let gateway: Gateway;
  beforeAll(async () => {
    gateway = await startGateway(synthesized(MINIMAL_TENANT).toJSON(), { callers: { type: 'iam' } });
  });
  afterAll(() => gateway.stop());

  function clientAs(role: string) {
    if (gateway.access.type !== 'iam') throw new Error('the template wants no signatures');
    const { region, callers } = gateway.access;
    vi.stubEnv('AWS_ACCESS_KEY_ID', callers[role]?.accessKeyId);
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', callers[role]?.secretAccessKey);
    vi.stubEnv('AWS_REGION', region);
    return createClient({ baseUrl: baseOf(gateway), auth: awsAuth(), retries: { attempts: 1 } });
  }

  it('signs path, query and body so that they are accepted', async () => {
    const client = clientAs('admin');

    await expect(client.call('GET /clusters/{clusterId}', { path: { clusterId: 'orders' } })).rejects.toMatchObject(
      LET_THROUGH,
    );
    await expect(client.call('GET /backups', { query: { clusterId: 'orders', pageSize: 3 } })).rejects.toMatchObject(
      LET_THROUGH,
    );
    await expect(client.call('POST /backups', { body: { clusterId: 'orders' } })).rejects.toMatchObject(LET_THROUGH);
  });

  it('learns which policy it lacks', async () => {
    await expect(clientAs('reader').call('POST /backups', { body: { clusterId: 'orders' } })).rejects.toMatchObject({
      httpStatus: 403,
      whatToDo: expect.stringContaining('policy'),
    });
  });
});

describe('the client, with a deployment with tokens', () => {
  let gateway: Gateway;
  beforeAll(async () => {
    const { tenantClaim } = FULL_TENANT.authorization;
    const callers = { type: 'jwt', tenantClaim, tenants: ['test'], scopePrefix: '' } as const;
    gateway = await startGateway(synthesized(FULL_TENANT).toJSON(), { callers });
  });
  afterAll(() => gateway.stop());

  it('reports that a token is not accepted', async () => {
    const client = createClient({ baseUrl: baseOf(gateway), auth: bearer('stale'), retries: { attempts: 1 } });

    await expect(client.call('GET /clusters')).rejects.toMatchObject({
      httpStatus: 401,
      whatToDo: expect.stringContaining('Sign in again'),
    });
  });
});

function baseOf({ examples }: Gateway): string {
  return `${new URL(examples[0]?.request.url ?? '').origin}/api/v1`;
}
