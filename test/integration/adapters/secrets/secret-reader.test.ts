import { createServer } from 'node:http';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createSecretReader, type SecretReader } from '../../../../functions/adapters/secrets/secret-reader.ts';
import { bindToLoopback } from '../../../../infra/local/http/loopback-server.ts';
import { createAuthority } from '../../../../infra/local/tidb-sandbox/protocol/certificates.ts';
import { startSecretsManager, type TestSecrets } from '../../../support/secrets-manager.ts';

const AWKWARD = `p'a"s\\s +&%#é`;
const UNKNOWN = 'arn:aws:secretsmanager:us-east-1:111122223333:secret:gone-AbCdEf';

describe('reading secrets', () => {
  let manager: TestSecrets;
  let reader: SecretReader;

  beforeAll(async () => {
    manager = await startSecretsManager();
    reader = createSecretReader();
  });
  afterAll(() => manager.stop());

  it('returns an account as stored', async () => {
    const arn = await manager.keep(JSON.stringify({ username: 'root', password: AWKWARD, engine: 'mysql' }));

    expect(await reader.databaseAccount(arn)).toEqual({ user: 'root', password: AWKWARD });
  });

  it("returns a store's keys as stored", async () => {
    const [accessKeySecretArn, secretAccessKeySecretArn] = [await manager.keep('AK+IA'), await manager.keep(AWKWARD)];

    expect(await reader.storageKeys({ accessKeySecretArn, secretAccessKeySecretArn })).toEqual({
      accessKey: 'AK+IA',
      secretAccessKey: AWKWARD,
    });
    const sessionTokenSecretArn = await manager.keep('to+ken/=');
    const temporary = { accessKeySecretArn, secretAccessKeySecretArn, sessionTokenSecretArn };
    expect(await reader.storageKeys(temporary)).toEqual({
      ...{ accessKey: 'AK+IA', secretAccessKey: AWKWARD, sessionToken: 'to+ken/=' },
    });
  });

  it.each(['hush', '{"user": "root", "password": "hush"}', '{"username": "root", "password": 5, "hush": 1}', '"hush"'])(
    'refuses what is not an account, without quoting it: %s',
    async (text) => {
      const failure = await reader.databaseAccount(await manager.keep(text)).catch((error: unknown) => error);

      expect(failure).toMatchObject({ name: 'TidbAccessDenied', message: expect.stringContaining('must be JSON') });
      expect(String(failure)).not.toContain('hush');
    },
  );

  it('returns certificates as stored', async () => {
    const authority = createAuthority();
    const { cert, key } = authority.issue('backup');
    const identity = { certificate: cert, key };

    expect(await reader.authorities(await manager.keep(authority.cert))).toBe(authority.cert);
    expect(await reader.clientIdentity(await manager.keep(JSON.stringify(identity)))).toEqual(identity);
  });

  it('refuses what is not a certificate, without quoting it', async () => {
    const authority = createAuthority();
    const [one, other] = [authority.issue('one'), authority.issue('other')];
    const mixed = await manager.keep(JSON.stringify({ certificate: one.cert, key: other.key }));
    const password = await manager.keep('hush');

    const failures = await Promise.all(
      [reader.authorities(password), reader.clientIdentity(password), reader.clientIdentity(mixed)].map((read) =>
        read.catch((error: unknown) => error),
      ),
    );

    for (const failure of failures) {
      expect(failure).toMatchObject({ name: 'TidbAccessDenied', message: expect.stringMatching(/SecretArn must be /) });
      expect(String(failure)).not.toMatch(/hush|MII/);
    }
  });

  it('names a missing secret by its purpose, not by its ARN', async () => {
    const keys = { accessKeySecretArn: UNKNOWN, secretAccessKeySecretArn: UNKNOWN };

    await expect(reader.databaseAccount(UNKNOWN)).rejects.toMatchObject({
      name: 'TidbAccessDenied',
      message: "the secret of the cluster's account cannot be read (ResourceNotFoundException)",
    });
    await expect(reader.storageKeys(keys)).rejects.toMatchObject({
      name: 'ConfigInvalid',
      message: expect.stringMatching(/^the secret of BackupS3(Secret)?AccessKey cannot be read/),
    });
  });

  it.each([
    ['BackupS3AccessKey', 'accessKeySecretArn'],
    ['BackupS3SecretAccessKey', 'secretAccessKeySecretArn'],
    ['BackupS3SessionToken', 'sessionTokenSecretArn'],
  ])('says that the secret of %s is the missing one', async (what, missing) => {
    const arn = await manager.keep('hush');
    const keys = { accessKeySecretArn: arn, secretAccessKeySecretArn: arn, sessionTokenSecretArn: arn };

    await expect(reader.storageKeys({ ...keys, [missing]: UNKNOWN })).rejects.toThrow(
      `the secret of ${what} cannot be`,
    );
  });

  it('names the field of a missing certificate', async () => {
    await expect(reader.authorities(UNKNOWN)).rejects.toThrow('(caSecretArn) cannot be read');
    await expect(reader.clientIdentity(UNKNOWN)).rejects.toThrow('(clientSecretArn) cannot be read');
  });

  it('blames no secret for a failure of Secrets Manager, so that it is retried', async () => {
    vi.stubEnv('AWS_MAX_ATTEMPTS', '1');
    const server = await bindToLoopback(
      createServer((_, response) => {
        response.writeHead(500, { 'content-type': 'application/x-amz-json-1.1' });
        response.end(JSON.stringify({ __type: 'InternalServiceError', message: 'try again' }));
      }),
    );
    vi.stubEnv('AWS_ENDPOINT_URL_SECRETS_MANAGER', server.url);
    try {
      await expect(createSecretReader().databaseAccount(UNKNOWN)).rejects.toMatchObject({
        name: 'InternalServiceError',
      });
    } finally {
      await server.close();
    }
  });
});
