import { describe, expect, it } from 'vitest';
import { AccountTables } from '../../../infra/local/tidb-sandbox/engine/account-tables.ts';
import { createAuthority } from '../../../infra/local/tidb-sandbox/protocol/certificates.ts';
import type { TlsIdentity } from '../../../infra/local/tidb-sandbox/protocol/packet-channel.ts';
import { type Client, EngineWorld } from './engine-world.ts';

const DAY = 86_400_000;
const authority = createAuthority();
const anyTls = { rejectUnauthorized: false };

/** A cluster with a frozen clock, and `root` on an unencrypted connection. */
async function start(tls?: TlsIdentity): Promise<{ world: EngineWorld; root: Client; time: { now: number } }> {
  const time = { now: Date.UTC(2026, 0, 1) };
  const world = await EngineWorld.start({ clock: () => time.now, ...(tls && { tls }) });
  return { world, root: await world.connect(), time };
}

describe('an account', () => {
  it('that is locked is refused with 3118 after a correct password', async () => {
    const { world, root } = await start();
    await root.run("CREATE USER u IDENTIFIED BY 'p' ACCOUNT LOCK");

    await expect(world.connect({ user: 'u', password: 'p' })).rejects.toMatchObject({
      errno: 3118,
      sqlState: 'HY000',
      message: "Access denied for user 'u'@'127.0.0.1'. Account is locked.",
    });
    await expect(world.connect({ user: 'u', password: 'wrong' })).rejects.toMatchObject({ errno: 1045 });
    await root.run('ALTER USER u ACCOUNT UNLOCK');
    await world.connect({ user: 'u', password: 'p' });
  });

  it('whose password has expired is refused with 1862 until it has a new one', async () => {
    const { world, root } = await start();
    await root.run("CREATE USER u IDENTIFIED BY 'p'", 'ALTER USER u PASSWORD EXPIRE');

    await expect(world.connect({ user: 'u', password: 'p' })).rejects.toMatchObject({
      errno: 1862,
      message: expect.stringMatching(/^Your password has expired\./),
    });
    await root.run("ALTER USER u IDENTIFIED BY 'new'");
    await world.connect({ user: 'u', password: 'new' });
  });

  it('is blocked for days after too many consecutive wrong passwords', async () => {
    const { world, root, time } = await start();
    await root.run("CREATE USER u IDENTIFIED BY 'p' FAILED_LOGIN_ATTEMPTS 2 PASSWORD_LOCK_TIME 3");
    const connect = (password: string) => world.connect({ user: 'u', password });
    const blocked = (remaining: number) =>
      `Access denied for user 'u'@'%'. Account is blocked for 3 day(s) (${remaining} day(s) remaining) due to 2 consecutive failed logins.`;

    await expect(connect('wrong')).rejects.toMatchObject({ errno: 1045 });
    await connect('p');
    await expect(connect('wrong')).rejects.toMatchObject({ errno: 1045 });
    await expect(connect('wrong')).rejects.toMatchObject({ errno: 3955, message: blocked(3) });
    time.now += 1.5 * DAY;
    await expect(connect('p')).rejects.toMatchObject({ errno: 3955, message: blocked(2) });
    time.now += 2 * DAY;
    await connect('p');
  });

  it('that is blocked forever is freed by ACCOUNT UNLOCK', async () => {
    const { world, root } = await start();
    await root.run("CREATE USER u IDENTIFIED BY 'p' FAILED_LOGIN_ATTEMPTS 1 PASSWORD_LOCK_TIME UNBOUNDED");

    await expect(world.connect({ user: 'u', password: 'wrong' })).rejects.toMatchObject({ errno: 3955 });
    await expect(world.connect({ user: 'u', password: 'p' })).rejects.toMatchObject({
      message: expect.stringContaining('blocked for unlimited day(s) (unlimited day(s) remaining)'),
    });
    await root.run('ALTER USER u ACCOUNT UNLOCK');
    await world.connect({ user: 'u', password: 'p' });
  });

  it('with REQUIRE SSL is refused with 1045 on an unencrypted connection', async () => {
    const { world, root } = await start(authority.issue('localhost'));
    await root.run("CREATE USER u IDENTIFIED BY 'p' REQUIRE SSL");

    await expect(world.connect({ user: 'u', password: 'p' })).rejects.toMatchObject({ errno: 1045 });
    const client = await world.connect({ user: 'u', password: 'p', ssl: anyTls });
    expect(await client.rows("SHOW STATUS LIKE 'Ssl_cipher'")).toEqual([
      ['Ssl_cipher', expect.stringMatching(/^TLS_/)],
    ]);
    await root.run('ALTER USER u REQUIRE NONE');
    await world.connect({ user: 'u', password: 'p' });
  });

  it('with REQUIRE X509 must show a certificate of the CA', async () => {
    const { world, root } = await start({ ...authority.issue('localhost'), clientCa: authority.cert });
    await root.run("CREATE USER u IDENTIFIED BY 'p' REQUIRE X509");

    await expect(world.connect({ user: 'u', password: 'p', ssl: anyTls })).rejects.toMatchObject({ errno: 1045 });
    await world.connect({ user: 'u', password: 'p', ssl: { ...anyTls, ...authority.issue('u') } });
  });

  it('with caching_sha2_password logs in over TLS, and is refused with 1045 without', async () => {
    const { world, root } = await start(authority.issue('localhost'));
    await root.run("CREATE USER u IDENTIFIED WITH 'caching_sha2_password' BY 'p\u00fc'");

    await world.connect({ user: 'u', password: 'p\u00fc', ssl: anyTls });
    await expect(world.connect({ user: 'u', password: 'p\u00fc' })).rejects.toMatchObject({ errno: 1045 });
    await expect(world.connect({ user: 'u', password: 'wrong', ssl: anyTls })).rejects.toMatchObject({ errno: 1045 });
    await root.run("ALTER USER u IDENTIFIED BY 'new'");
    await world.connect({ user: 'u', password: 'new', ssl: anyTls });
    expect(await root.value('SHOW CREATE USER u')).toContain("IDENTIFIED WITH 'caching_sha2_password'");
  });

  it('is in the tables of mysql, with everything that locks it out', async () => {
    const { world, root } = await start();
    await root.run(
      "CREATE USER locked IDENTIFIED BY 'p' ACCOUNT LOCK",
      "CREATE USER expired IDENTIFIED BY 'p' PASSWORD EXPIRE",
      "CREATE USER viewer IDENTIFIED BY 'p'",
      'GRANT PROCESS ON *.* TO viewer',
    );
    const viewer = await world.connect({ user: 'viewer', password: 'p' });
    const { accounts, storage } = world.sandbox.cluster;
    const tables = new AccountTables(storage);
    const kept = tables.read();

    tables.write(kept.filter(({ user }) => user === 'root'));
    accounts.reload();
    await expect(world.connect({ user: 'locked', password: 'p' })).rejects.toMatchObject({ errno: 1045 });
    expect(await viewer.refusal('SELECT TYPE FROM information_schema.cluster_info')).toMatchObject({ errno: 1227 });
    tables.write(kept);
    accounts.reload();
    await expect(world.connect({ user: 'locked', password: 'p' })).rejects.toMatchObject({ errno: 3118 });
    await expect(world.connect({ user: 'expired', password: 'p' })).rejects.toMatchObject({ errno: 1862 });
    const again = await world.connect({ user: 'viewer', password: 'p' });
    expect(await again.rows('SHOW GRANTS')).toEqual([["GRANT PROCESS ON *.* TO 'viewer'@'%'"]]);
  });
});

describe('a server', () => {
  it('with require_secure_transport refuses unencrypted connections, before it knows what the client can read', async () => {
    const { world, root } = await start(authority.issue('localhost'));
    const sql = 'SET GLOBAL require_secure_transport = ON';

    expect(await root.refusal(sql)).toMatchObject({ errno: 1105, message: expect.stringContaining('is secure') });
    await (await world.connect({ ssl: anyTls })).run(sql);
    await expect(world.connect()).rejects.toMatchObject({
      errno: 3159,
      sqlState: '',
      message: 'Connections using insecure transport are prohibited while --require_secure_transport=ON.',
    });
  });

  it.each([
    ['a certificate of another CA', () => createAuthority().issue('u')],
    ['no certificate', () => ({})],
  ])('that requires client certificates disconnects a client with %s', async (_, certificate) => {
    const identity = authority.issue('localhost');
    const tls = { ...identity, clientCa: authority.cert, demandsClientCertificate: true };
    const world = await EngineWorld.start({ tls });

    await expect(world.connect({ ssl: { ...anyTls, ...certificate() } })).rejects.toThrow();
    await world.connect({ ssl: { ...anyTls, ...authority.issue('u') } });
  });
});
