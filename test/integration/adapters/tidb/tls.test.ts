import { hostname } from 'node:os';
import { describe, expect, it } from 'vitest';
import { type ClusterAccess, connectToAny } from '../../../../functions/adapters/tidb/connect-any.ts';
import { createTidbGateway } from '../../../../functions/adapters/tidb/gateway.ts';
import type { TlsSettings } from '../../../../functions/adapters/tidb/tls.ts';
import { autoTlsIdentity, createAuthority } from '../../../../infra/local/tidb-sandbox/protocol/certificates.ts';
import type { TlsIdentity } from '../../../../infra/local/tidb-sandbox/protocol/packet-channel.ts';
import { fakeSecrets } from '../../../support/fake-secrets.ts';
import { aCluster } from '../../../support/records.ts';
import { AUTO_TLS, EngineWorld } from '../../tidb-sandbox/engine-world.ts';

const authority = createAuthority();
const { cert: ca } = authority;
const CLIENT = authority.issue('backup');
const client = { certificate: CLIENT.cert, key: CLIENT.key };

/** Whether a connection to a TiDB with this certificate is encrypted. */
async function connectedTo(server: TlsIdentity | undefined, tls: TlsSettings, host = '127.0.0.1'): Promise<boolean> {
  const world = await EngineWorld.start({ tls: server });
  const access: ClusterAccess = {
    endpoints: [`${host}:${world.sandbox.port}`],
    account: { user: 'root', password: world.sandbox.password },
    tls,
  };
  const { connection } = await connectToAny(access);
  const [status] = await connection.query("SHOW STATUS LIKE 'Ssl_cipher'");
  connection.close();
  // TiDB must see what the service believes.
  expect(status?.Value !== '').toBe(connection.isEncrypted);
  return connection.isEncrypted;
}

describe('"verify"', () => {
  const verify = { mode: 'verify', ca } as const;

  it.each([
    ['an IP address', '127.0.0.1', '127.0.0.1'],
    ['a DNS name', 'localhost', 'localhost'],
  ])('trusts a certificate for the registered address, %s', async (_, host, name) => {
    expect(await connectedTo(authority.issue(name), verify, host)).toBe(true);
  });

  it.each([
    ['localhost', '127.0.0.1', "IP: 127.0.0.1 is not in the cert's list"],
    ['127.0.0.2', '127.0.0.1', "IP: 127.0.0.1 is not in the cert's list: 127.0.0.2"],
    ['tidb-0.example.com', 'localhost', "Host: localhost. is not in the cert's altnames: DNS:tidb-0.example.com"],
    ['127.0.0.1', 'localhost', 'Host: localhost. '],
  ])('refuses a certificate for %s at %s', async (name, host, reason) => {
    const connected = connectedTo(authority.issue(name), verify, host);

    await expect(connected).rejects.toMatchObject({
      name: 'TidbAccessDenied',
      message: expect.stringContaining('its certificate is for other addresses'),
    });
    await expect(connected).rejects.toThrow(reason);
  });

  it.each([
    ['of another CA', createAuthority().issue('127.0.0.1'), ca],
    ['that TiDB generated itself', autoTlsIdentity(hostname()), ca],
    ['of a CA that is not given', authority.issue('127.0.0.1'), undefined],
  ])('refuses a certificate %s, and says to give its CA', async (_, identity, given) => {
    await expect(connectedTo(identity, { mode: 'verify', ca: given })).rejects.toMatchObject({
      name: 'TidbAccessDenied',
      message: expect.stringMatching(/its certificate is not trusted \(.+\): set "ca" or "caSecretArn"/),
    });
  });

  it('reveals nothing of an account to TiDB before it trusts it', async () => {
    const world = await EngineWorld.start({ tls: authority.issue('127.0.0.2') });
    const root = await world.connect();
    await root.run("CREATE USER u IDENTIFIED BY 'p' FAILED_LOGIN_ATTEMPTS 1 PASSWORD_LOCK_TIME UNBOUNDED");
    const access = { endpoints: [`127.0.0.1:${world.sandbox.port}`], account: { user: 'u', password: 'wrong' } };

    await expect(connectToAny({ ...access, tls: verify })).rejects.toMatchObject({ name: 'TidbAccessDenied' });
    expect(await root.value('SHOW CREATE USER u')).toContain('FAILED_LOGIN_ATTEMPTS 1');
    // A login would have blocked it.
    await world.connect({ user: 'u', password: 'p' });
  });
});

describe.each(['required', 'verify'] as const)('"%s"', (mode) => {
  it('never accepts an unencrypted connection', async () => {
    await expect(connectedTo(undefined, { mode, ca })).rejects.toMatchObject({
      name: 'TidbAccessDenied',
      message: expect.stringMatching(/it does not offer TLS: .* set "tls" to "preferred" or "disabled"/),
    });
  });
});

it('"required" encrypts, whoever the server is', async () => {
  expect(await connectedTo(AUTO_TLS, { mode: 'required' })).toBe(true);
});

it('"preferred" sends the keys of a store over TLS', async () => {
  const world = await EngineWorld.start({ tls: AUTO_TLS });
  const access = {
    endpoints: [`127.0.0.1:${world.sandbox.port}`],
    account: { user: 'root', password: world.sandbox.password },
  };
  const { connection } = await connectToAny({ ...access, tls: { mode: 'preferred' } });

  expect(await connection.query("SELECT 'key' AS sent", { secrets: ['key'] })).toEqual([{ sent: 'key' }]);
  connection.close();
});

it.each([
  ['encrypts', 'offers TLS', AUTO_TLS, true],
  ['is plain', 'does not offer TLS', undefined, false],
])('"preferred" %s where the server %s', async (_, __, identity, isEncrypted) => {
  expect(await connectedTo(identity, { mode: 'preferred' })).toBe(isEncrypted);
});

it('reads the registered certificates from its secrets', async () => {
  const world = await EngineWorld.start({
    tls: { ...authority.issue('127.0.0.1'), clientCa: ca, demandsClientCertificate: true },
  });
  const secret = (name: string) => ({ managed: false, secretArn: `arn:${name}` }) as const;
  const cluster = aCluster({
    endpoints: [`127.0.0.1:${world.sandbox.port}`],
    tls: 'verify',
    certificates: { ca: secret('ca'), client: secret('client') },
  });
  const gateway = createTidbGateway(
    fakeSecrets({
      databaseAccount: async () => ({ user: 'root', password: world.sandbox.password }),
      authorities: async (arn) => (arn === 'arn:ca' ? ca : expect.unreachable(arn)),
      clientIdentity: async (arn) => (arn === 'arn:client' ? client : expect.unreachable(arn)),
    }),
  );

  const control = gateway.openControl(cluster);
  expect((await control.privileges()).has('SUPER')).toBe(true);
  control.close();
});

describe('a TiDB that requires client certificates', () => {
  const server = { ...authority.issue('127.0.0.1'), clientCa: ca, demandsClientCertificate: true };

  it.each(['preferred', 'required', 'verify'] as const)('gets the given one, with "%s"', async (mode) => {
    expect(await connectedTo(server, { mode, ca: mode === 'verify' ? ca : undefined, client })).toBe(true);
  });

  it('is reported if there is none', async () => {
    await expect(connectedTo(server, { mode: 'verify', ca })).rejects.toThrow(
      'set "clientCertificate" and "clientKey"',
    );
  });
});

it('continues with the next server, and does not report a refusal while an unavailable one may accept', async () => {
  const world = await EngineWorld.start({ tls: createAuthority().issue('127.0.0.1') });
  const account = { user: 'root', password: world.sandbox.password };
  const endpoints = ['127.0.0.1:1', `127.0.0.1:${world.sandbox.port}`];

  await expect(connectToAny({ endpoints, account, tls: { mode: 'verify', ca } })).rejects.toMatchObject({
    name: 'TidbUnreachable',
    message: expect.stringMatching(/127\.0\.0\.1:1 \(ECONNREFUSED\), .* \(its certificate is not trusted/),
  });
});
