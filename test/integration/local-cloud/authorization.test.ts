import { afterAll, beforeAll, expect, it } from 'vitest';
import { credentialsFor } from '../../../infra/local/aws/http-api/api-credentials.ts';
import type { ApiAccess } from '../../../infra/local/aws/http-api/authorizers.ts';
import { startTestCloud, type TestCloud } from '../support/cloud.ts';

let cloud: TestCloud;
let access: Exclude<ApiAccess, { type: 'none' }>;
beforeAll(async () => {
  cloud = await startTestCloud({ authorization: { tokenClaims: {} }, tidb: { clusters: 1 } });
  if (cloud.access.type === 'none') throw new Error('everyone is let in');
  access = cloud.access;
}, 120_000);
afterAll(() => cloud.stop());

async function as(role: string, method: string, path: string, body?: string): Promise<unknown[]> {
  const url = `${cloud.api}${path}`;
  const call = { method, url, ...(body !== undefined && { body }) };
  const response = await fetch(url, { ...call, headers: await credentialsFor(access, role, call) });
  return [response.status, await response.json()];
}

it('the deployed API, with signatures required, identifies its callers by their policies', async () => {
  const [cluster] = cloud.clusters;
  const settings = JSON.stringify({ configKey: 'BackupConcurrency', configValue: '4' });

  const stranger = await fetch(`${cloud.api}/clusters`);
  const read = await as('reader', 'GET', `/clusters/?page=1&pageSize=5`);
  const refused = await as('reader', 'PUT', `/clusters/${cluster?.clusterId}/strategy`, '{}');
  const invalid = await as('operator', 'PUT', `/clusters/${cluster?.clusterId}/strategy`, '{}');
  const forbidden = await as('operator', 'POST', '/config/update', settings);
  const changed = await as('admin', 'POST', '/config/update', settings);

  expect([stranger.status, await stranger.json()]).toEqual([403, { message: 'Forbidden' }]);
  expect(read).toMatchObject([200, { data: { clusters: [{ clusterId: cluster?.clusterId }] } }]);
  expect([refused, forbidden]).toEqual(Array(2).fill([403, { message: 'Forbidden' }]));
  expect(invalid).toMatchObject([400, { code: 10001 }]);
  expect(changed).toMatchObject([200, { code: 0 }]);
});
