import { syncBuiltinESMExports } from 'node:module';
import net from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { TidbError } from '../../../../functions/adapters/tidb/tidb-error.ts';
import { type Script, type ScriptedTidb, startScriptedTidb } from '../../../support/scripted-tidb.ts';

const connectSocket = vi.spyOn(net, 'connect');
syncBuiltinESMExports();
afterEach(() => {
  vi.restoreAllMocks();
  syncBuiltinESMExports();
});

it('is kept alive while BACKUP is silent: a load balancer closes it after 350 seconds', async () => {
  const { connect } = await import('../../../../functions/adapters/tidb/connection.ts');
  const endpoint = { host: '127.0.0.1', port: 1, serverName: '127.0.0.1' };

  await connect(endpoint, { user: 'u', password: 'p' }, { mode: 'disabled' }).catch(() => undefined);

  expect(connectSocket).toHaveBeenCalledWith(
    expect.objectContaining({
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: expect.toSatisfy((ms: number) => ms < 350_000),
    }),
  );
});

describe('a connection', () => {
  const ACCOUNT = { user: 'u', password: 'p-secret' };
  const running: ScriptedTidb[] = [];
  afterEach(async () => {
    await Promise.all(running.splice(0).map((tidb) => tidb.stop()));
  });

  async function connected(script: Script, mode: 'disabled' | 'preferred' | 'required' = 'disabled') {
    const { connect, parseEndpoint } = await import('../../../../functions/adapters/tidb/connection.ts');
    const tidb = await startScriptedTidb(script);
    running.push(tidb);
    return { tidb, connecting: connect(parseEndpoint(tidb.endpoint), ACCOUNT, { mode }) };
  }

  async function open(answer: Script['answer'], mode: 'disabled' | 'preferred' = 'disabled') {
    const { tidb, connecting } = await connected({ answer }, mode);
    return { tidb, connection: await connecting };
  }

  it('abandons a statement at its time limit, and a long one only when it ends', async () => {
    const { connection } = await open((sql) => (sql === 'SELECT 1' ? [{ one: 1 }] : 'hang'));

    expect(await connection.query('SELECT 1', { timeoutMs: 2 ** 31 })).toHaveLength(1);
    await expect(connection.query('SELECT 2', { timeoutMs: 20 })).rejects.toMatchObject({
      code: 'PROTOCOL_SEQUENCE_TIMEOUT',
    });
    connection.close();
  });

  it('sends and receives every character, since names and passwords may contain any', async () => {
    const { tidb, connection } = await open((sql) => [{ text: sql }]);

    expect(await connection.query("SELECT 'größe 表 😀'")).toEqual([{ text: "SELECT 'größe 表 😀'" }]);
    expect(tidb.statements).toEqual(["SELECT 'größe 表 😀'"]);
    connection.close();
  });

  it('reads every integer as text, which keeps all digits beyond 2^53', async () => {
    const { connection } = await open(() => [{ tso: 2n ** 62n + 1n, size: 5n }]);

    expect(await connection.query('SELECT 1')).toEqual([{ tso: '4611686018427387905', size: '5' }]);
    connection.close();
  });

  it.each([
    [2, [[1], [2]], 1],
    [3, [[1], [2], [3]], 1],
    [4, [[1], [2], [3]], 0],
  ])('reads the first %i rows, and is dropped only if there may be more', async (count, rows, drops) => {
    const { tidb, connection } = await open(() => [{ n: 1 }, { n: 2 }, { n: 3 }]);
    const beforeDropping = vi.fn(async () => expect(tidb.connections()).toBe(1));

    expect(await connection.firstRows('SELECT n', count, { timeoutMs: 5_000, beforeDropping })).toEqual(rows);

    expect(beforeDropping).toHaveBeenCalledTimes(drops);
    if (drops > 0) await expect.poll(() => tidb.connections()).toBe(0);
    connection.close();
  });

  it('reports at the next statement that it died in between', async () => {
    const { connection } = await open(() => [{ one: 1 }]);
    await connection.query('SELECT 1');

    await running.pop()?.stop();

    await expect(connection.query('SELECT 2')).rejects.toBeInstanceOf(TidbError);
  });

  it('never shows the password in an error', async () => {
    const refuses = { errno: 1045, message: 'Access denied, using p-secret' };
    const { connecting } = await connected({ answer: () => [], refuses });

    await expect(connecting).rejects.toMatchObject({ message: expect.not.stringContaining('p-secret') });
  });

  it("works without TLS only if TiDB offers none and the cluster's mode is preferred", async () => {
    const preferred = await open(() => [{ one: 1 }], 'preferred');
    expect(preferred.connection.isEncrypted).toBe(false);
    preferred.connection.close();

    const required = await connected({ answer: () => [] }, 'required');
    await expect(required.connecting).rejects.toBeInstanceOf(TidbError);
  });

  it('sends a statement with keys unencrypted only if the cluster disables TLS', async () => {
    const preferred = await open(() => [{ one: 1 }], 'preferred');
    expect(await preferred.connection.query('SELECT 1')).toHaveLength(1);
    await expect(preferred.connection.query('BACKUP', { secrets: ['key'] })).rejects.toMatchObject({
      name: 'TidbAccessDenied',
    });
    expect(preferred.tidb.statements).toEqual(['SELECT 1']);
    preferred.connection.close();

    const disabled = await open(() => [{ one: 1 }]);
    expect(await disabled.connection.query('BACKUP', { secrets: ['key'] })).toHaveLength(1);
    disabled.connection.close();
  });
});

it.each([
  ['tidb.example.com:4000', { host: 'tidb.example.com', port: 4000, serverName: 'tidb.example.com' }],
  ['tidb.example.com.:4000', { host: 'tidb.example.com.', port: 4000, serverName: 'tidb.example.com' }],
  ['[2001:db8::1]:4001', { host: '2001:db8::1', port: 4001, serverName: '2001:db8::1' }],
])('%s is an endpoint', async (text, endpoint) => {
  const { parseEndpoint } = await import('../../../../functions/adapters/tidb/connection.ts');

  expect(parseEndpoint(text)).toEqual(endpoint);
});
