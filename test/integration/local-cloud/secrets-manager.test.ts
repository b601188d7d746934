import { randomUUID } from 'node:crypto';
import {
  CreateSecretCommand,
  DeleteSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  ListSecretsCommand,
  PutSecretValueCommand,
  RestoreSecretCommand,
  type SecretsManagerClient,
  UpdateSecretCommand,
} from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AwsDoor } from '../../../infra/local/aws/aws-door.ts';
import { SecretStore } from '../../../infra/local/aws/secrets-manager/secret-store.ts';
import { listenAsSecretsManager } from '../../../infra/local/aws/secrets-manager/secrets-manager.ts';
import type { LoopbackServer } from '../../../infra/local/http/loopback-server.ts';
import { sdkClients } from './sdk-clients.ts';

const DAY = 24 * 60 * 60 * 1000;

let server: LoopbackServer;
let client: SecretsManagerClient;
let now = Date.now();

beforeAll(async () => {
  const environment = { stackName: 'local', accountId: '111122223333', region: 'us-east-1' };
  const store = new SecretStore(environment, () => now);
  server = await listenAsSecretsManager(store, new AwsDoor());
  client = sdkClients({ secretsmanager: server.url }).secretsManager;
});

afterAll(() => server.close());

async function create(SecretString = 'first'): Promise<string> {
  const Name = `test/${randomUUID()}`;
  await client.send(new CreateSecretCommand({ Name, SecretString }));
  return Name;
}

const secretString = async (SecretId: string, VersionStage?: string) =>
  (await client.send(new GetSecretValueCommand({ SecretId, VersionStage }))).SecretString;

describe('a secret', () => {
  it('is found by name, ARN, and ARN without its suffix', async () => {
    const Name = await create('value');
    const { ARN = '' } = await client.send(new DescribeSecretCommand({ SecretId: Name }));

    expect(ARN).toMatch(/^arn:aws:secretsmanager:us-east-1:111122223333:secret:test\/[0-9a-f-]{36}-\w{6}$/);
    for (const id of [Name, ARN, ARN.slice(0, -7)]) expect(await secretString(id)).toBe('value');
  });

  it('keeps the previous value when it gets another', async () => {
    const SecretId = await create('first');

    await client.send(new PutSecretValueCommand({ SecretId, SecretString: 'second' }));
    await client.send(new UpdateSecretCommand({ SecretId, SecretString: 'third', Description: 'about' }));

    expect([await secretString(SecretId), await secretString(SecretId, 'AWSPREVIOUS')]).toEqual(['third', 'second']);
    const described = await client.send(new DescribeSecretCommand({ SecretId }));
    expect(described.Description).toBe('about');
    expect(
      Object.values(described.VersionIdsToStages ?? {})
        .flat()
        .sort(),
    ).toEqual(['AWSCURRENT', 'AWSPREVIOUS']);
  });

  it('is never shown by a description or a list', async () => {
    const SecretId = await create('hidden-value');

    const shown = [
      await client.send(new DescribeSecretCommand({ SecretId })),
      await client.send(new ListSecretsCommand({ Filters: [{ Key: 'name', Values: [SecretId] }] })),
    ];

    expect(JSON.stringify(shown)).not.toContain('hidden-value');
  });
});

describe('repeating a request', () => {
  it('with the same token and value changes nothing', async () => {
    const request = { Name: `test/${randomUUID()}`, SecretString: 'x', ClientRequestToken: randomUUID() };

    const [first, second] = [
      await client.send(new CreateSecretCommand(request)),
      await client.send(new CreateSecretCommand(request)),
    ];

    expect(second).toMatchObject({ ARN: first.ARN, VersionId: first.VersionId });
  });

  it('with the same token and another value is refused', async () => {
    const SecretId = await create();
    const ClientRequestToken = randomUUID();
    await client.send(new PutSecretValueCommand({ SecretId, ClientRequestToken, SecretString: 'a' }));

    const again = new PutSecretValueCommand({ SecretId, ClientRequestToken, SecretString: 'b' });

    await expect(client.send(again)).rejects.toMatchObject({ name: 'ResourceExistsException' });
  });

  it('of a creation without its token is refused', async () => {
    const Name = await create();

    const again = new CreateSecretCommand({ Name, SecretString: 'first' });

    await expect(client.send(again)).rejects.toMatchObject({ name: 'ResourceExistsException' });
  });
});

describe('deleting', () => {
  it('hides the value until the secret is restored', async () => {
    const SecretId = await create('back');
    const { DeletionDate } = await client.send(new DeleteSecretCommand({ SecretId, RecoveryWindowInDays: 7 }));

    await expect(secretString(SecretId)).rejects.toMatchObject({ name: 'InvalidRequestException' });
    await expect(client.send(new CreateSecretCommand({ Name: SecretId }))).rejects.toMatchObject({
      name: 'InvalidRequestException',
    });
    await client.send(new RestoreSecretCommand({ SecretId }));

    expect(DeletionDate?.getTime()).toBe(now + 7 * DAY);
    expect(await secretString(SecretId)).toBe('back');
  });

  it('is final after the recovery window', async () => {
    const SecretId = await create();
    await client.send(new DeleteSecretCommand({ SecretId }));

    now += 30 * DAY;

    await expect(client.send(new RestoreSecretCommand({ SecretId }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
  });

  it('with force is final at once, and no error when repeated', async () => {
    const SecretId = await create();
    const force = () => client.send(new DeleteSecretCommand({ SecretId, ForceDeleteWithoutRecovery: true }));

    await force();

    await expect(secretString(SecretId)).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    await expect(force()).resolves.toMatchObject({ Name: SecretId });
  });

  it('removes scheduled secrets from lists', async () => {
    const SecretId = await create();
    await client.send(new DeleteSecretCommand({ SecretId }));
    const Filters = [{ Key: 'name' as const, Values: [SecretId] }];

    const hidden = await client.send(new ListSecretsCommand({ Filters }));
    const shown = await client.send(new ListSecretsCommand({ Filters, IncludePlannedDeletion: true }));

    expect([hidden.SecretList?.length, shown.SecretList?.length]).toEqual([0, 1]);
  });
});

it('refuses malformed requests', async () => {
  const badName = new CreateSecretCommand({ Name: 'with space', SecretString: 'x' });
  const noValue = new PutSecretValueCommand({ SecretId: await create() });

  await expect(client.send(badName)).rejects.toMatchObject({ name: 'ValidationException' });
  await expect(client.send(noValue)).rejects.toMatchObject({ name: 'InvalidRequestException' });
});
