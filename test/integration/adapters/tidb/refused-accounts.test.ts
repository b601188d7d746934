import { describe, expect, it } from 'vitest';
import { createTidbGateway } from '../../../../functions/adapters/tidb/gateway.ts';
import { fakeSecrets } from '../../../support/fake-secrets.ts';
import { aCluster } from '../../../support/records.ts';
import { AUTO_TLS, EngineWorld } from '../../tidb-sandbox/engine-world.ts';

const PASSWORD = 'p';

/** Opens a session with two servers as an account created with these options. */
async function openSession(options: string, password = PASSWORD): Promise<unknown> {
  const world = await EngineWorld.start({ ports: [0, 0], tls: AUTO_TLS });
  const root = await world.connect();
  await root.run(`CREATE USER backup IDENTIFIED ${options}`);
  const gateway = createTidbGateway(fakeSecrets({ databaseAccount: async () => ({ user: 'backup', password }) }));
  const endpoints = world.sandbox.ports.map((port) => `127.0.0.1:${port}`);
  return await gateway.openSession(aCluster({ endpoints, tls: 'disabled' }));
}

describe('an account that TiDB refuses', () => {
  it.each([
    ['is locked', `BY '${PASSWORD}' ACCOUNT LOCK`, 3118, 'ALTER USER … ACCOUNT UNLOCK'],
    ['has an expired password', `BY '${PASSWORD}' PASSWORD EXPIRE`, 1862, 'ALTER USER … IDENTIFIED BY …'],
    ['must use TLS', `BY '${PASSWORD}' REQUIRE SSL`, 1045, 'set "tls"'],
    ['has caching_sha2_password', `WITH caching_sha2_password BY '${PASSWORD}'`, 1045, 'set "tls"'],
  ])('because it %s is not retried, and the error says what helps', async (_, options, errno, remedy) => {
    const refusal = await openSession(options).catch((error: unknown) => error);

    expect(refusal).toMatchObject({
      name: 'TidbAccessDenied',
      message: expect.stringMatching(
        new RegExp(`^127\\.0\\.0\\.1:\\d+ refuses the cluster's account: TiDB error ${errno}: `),
      ),
    });
    expect(String(refusal)).toContain(remedy);
  });

  it('because it is blocked is advised to wait or to be unlocked', async () => {
    const options = `BY '${PASSWORD}' FAILED_LOGIN_ATTEMPTS 1 PASSWORD_LOCK_TIME 3`;

    await expect(openSession(options, 'wrong')).rejects.toMatchObject({
      name: 'TidbAccessDenied',
      message: expect.stringMatching(/TiDB error 3955: .*blocked for 3 day\(s\).*; it is blocked.*wait or unlock/),
    });
  });

  it('because its connection is unencrypted is advised to set TLS', async () => {
    const world = await EngineWorld.start({ tls: AUTO_TLS });
    const root = await world.connect({ ssl: { rejectUnauthorized: false } });
    await root.run('SET GLOBAL require_secure_transport = ON');
    const gateway = createTidbGateway(
      fakeSecrets({ databaseAccount: async () => ({ user: 'root', password: world.sandbox.password }) }),
    );

    await expect(
      gateway.openSession(aCluster({ endpoints: [`127.0.0.1:${world.sandbox.port}`], tls: 'disabled' })),
    ).rejects.toMatchObject({
      name: 'TidbAccessDenied',
      message: expect.stringMatching(
        /TiDB error 3159: .*; TiDB accepts only TLS: set "tls" to "required" or "verify"$/,
      ),
    });
  });
});
