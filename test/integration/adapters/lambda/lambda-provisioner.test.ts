import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createLambdaProvisioner } from '../../../../functions/adapters/lambda/lambda-provisioner.ts';
import type { Provisioner } from '../../../../functions/domain/provisioning/provisioner.ts';
import { type LocalCloud, startLocalCloud } from '../../../../infra/local/local-cloud.ts';
import { functionResources } from '../../local-cloud/fixture-template.ts';

const OPERATION = { operationId: 'restore-1', clusterId: 'cluster-2' };
const ORDER = {
  ...OPERATION,
  clusterName: 'A copy',
  backupSizeBytes: '9007199254740993',
  parameters: { size: 'small' },
};
const SECRET = 'arn:aws:secretsmanager:us-east-1:111122223333:secret:tidb/new';
const READY = { status: 'ready', endpoints: ['new.example.com:4000'], account: { secretArn: SECRET }, tls: 'verify' };

/** Returns what its operation id says, as JSON, or throws. */
const ANSWERS_AS_TOLD = `export const handler = async (request) => {
  if (request.operationId === 'throws') throw new Error('password=sesame');
  if (request.operationId === 'echo') return { status: 'refused', message: JSON.stringify(request) };
  return JSON.parse(request.operationId);
};`;

let cloud: LocalCloud;
let provisioner: Provisioner;
beforeAll(async () => {
  cloud = await startLocalCloud({ template: { Resources: functionResources({ Maker: { code: ANSWERS_AS_TOLD } }) } });
  vi.stubEnv('AWS_ENDPOINT_URL_LAMBDA', cloud.endpoints.lambda);
  vi.stubEnv('AWS_REGION', 'us-east-1');
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
  provisioner = createLambdaProvisioner('arn:aws:lambda:us-east-1:111122223333:function:local-Maker');
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await cloud.stop();
});

/** An operation whose requests get this answer. */
const answered = (answer: unknown) => ({ ...OPERATION, operationId: JSON.stringify(answer) });

describe("the tenant's provisioner", () => {
  it('receives the order with its action', async () => {
    const order = { ...ORDER, operationId: 'echo' };

    await expect(provisioner.create(order)).rejects.toMatchObject({
      name: 'ProvisionerRefused',
      message: `the provisioner refuses to create the cluster: ${JSON.stringify({ action: 'create', ...order })}`,
    });
  });

  it('accepts an order', async () => {
    await expect(provisioner.create({ ...ORDER, ...answered({ status: 'accepted' }) })).resolves.toBeUndefined();
  });

  it.each([
    [{ status: 'pending' }, { status: 'pending' }],
    [
      { status: 'pending', message: 'disks' },
      { status: 'pending', message: 'disks' },
    ],
    [
      READY,
      {
        status: 'ready',
        access: { endpoints: READY.endpoints, tls: 'verify', account: { secretArn: SECRET, managed: false } },
      },
    ],
    [
      { ...READY, caSecretArn: SECRET, clientSecretArn: SECRET },
      {
        status: 'ready',
        access: {
          ...{ endpoints: READY.endpoints, tls: 'verify', account: { secretArn: SECRET, managed: false } },
          certificates: { ca: { secretArn: SECRET, managed: false }, client: { secretArn: SECRET, managed: false } },
        },
      },
    ],
    [
      { ...READY, tls: undefined },
      {
        status: 'ready',
        access: { endpoints: READY.endpoints, tls: 'preferred', account: { secretArn: SECRET, managed: false } },
      },
    ],
  ])('reports the state of the cluster: %j', async (answer, readiness) => {
    expect(await provisioner.ready(answered(answer))).toEqual(readiness);
  });

  it('says that the cluster will never be ready', async () => {
    const failed = answered({ status: 'failed', message: `no capacity for ${SECRET}` });

    await expect(provisioner.ready(failed)).rejects.toMatchObject({
      name: 'ProvisionerRefused',
      message: expect.stringMatching(/no capacity for arn:aws:secretsmanager:us-east-1:\*+:secret/),
    });
  });

  it.each(['pending', 'destroyed'])('says that the cluster is %s', async (status) => {
    expect(await provisioner.destroy(answered({ status }))).toBe(status);
  });

  it.each([
    ['nothing', null, 'the answer'],
    ['no status', {}, 'status'],
    ['an unknown status', { status: 'done' }, 'status'],
    ['no endpoint', { ...READY, endpoints: [] }, 'endpoints'],
    ['an invalid endpoint', { ...READY, endpoints: ['new'] }, 'endpoints.0'],
    [
      'a password instead of a secret',
      { ...READY, account: { user: 'root', password: 'sesame' } },
      'account.secretArn',
    ],
    ['a CA that would not be used', { ...READY, tls: 'required', caSecretArn: SECRET }, 'caSecretArn'],
    ['an invalid TLS mode', { ...READY, tls: 'perhaps' }, 'tls'],
  ])('that returns %s gets an error that names the field, and is retried', async (_, answer, fields) => {
    await expect(provisioner.ready(answered(answer))).rejects.toMatchObject({
      name: 'ProvisionerFailed',
      message: `the provisioner: its answer to "ready" violates the contract: ${fields}`,
    });
  });

  it('that throws may be asked again; its message, which may contain anything, is not passed on', async () => {
    await expect(provisioner.destroy({ ...OPERATION, operationId: 'throws' })).rejects.toMatchObject({
      name: 'ProvisionerFailed',
      message: 'the provisioner: it failed to answer "destroy" (Unhandled)',
    });
  });

  it('that does not exist may be asked again: it may be deployed by then', async () => {
    const absent = createLambdaProvisioner('arn:aws:lambda:us-east-1:111122223333:function:nobody');

    await expect(absent.ready(OPERATION)).rejects.toMatchObject({
      name: 'ProvisionerFailed',
      message: 'the provisioner: it cannot be invoked (ResourceNotFoundException)',
    });
  });

  it.each(['ResourceNotReadyException', 'EFSMountTimeoutException', 'ResourceConflictException'] as const)(
    'that Lambda does not invoke for now (%s) is retried for as long as that lasts',
    async (refusal) => {
      cloud.readiness.refuses = () => refusal;

      await expect(provisioner.create(ORDER)).rejects.toMatchObject({
        name: 'ProvisionerNotReady',
        message: `the provisioner is not ready to be invoked (${refusal})`,
      });
      cloud.readiness.refuses = () => undefined;
    },
  );

  it('that is throttled is too', async () => {
    cloud.concurrency.unreserved = 0;

    await expect(provisioner.ready(OPERATION)).rejects.toHaveProperty('name', 'ProvisionerNotReady');
    cloud.concurrency.unreserved = Number.POSITIVE_INFINITY;
  });

  it('that the tenant has not, or no longer, is not asked again', async () => {
    const none = createLambdaProvisioner(undefined);

    await expect(none.destroy(OPERATION)).rejects.toMatchObject({ name: 'ProvisionerRefused' });
  });
});
