import { syncBuiltinESMExports } from 'node:module';
import net from 'node:net';
import { afterEach, expect, it, vi } from 'vitest';
import { startScriptedTidb } from '../../../support/scripted-tidb.ts';

const connectSocket = vi.spyOn(net, 'connect');
syncBuiltinESMExports();
afterEach(() => {
  vi.restoreAllMocks();
  syncBuiltinESMExports();
});

it('is kept alive while BACKUP is silent: a load balancer cuts it after 350 seconds', async () => {
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

it('leaves a statement that takes longer than it may, and one that may take hours only when it ends', async () => {
  const { connect, parseEndpoint } = await import('../../../../functions/adapters/tidb/connection.ts');
  const tidb = await startScriptedTidb({ answer: (sql) => (sql === 'SELECT 1' ? [{ one: 1 }] : 'hang') });
  const connection = await connect(parseEndpoint(tidb.endpoint), { user: 'u', password: 'p' }, { mode: 'disabled' });

  expect(await connection.query('SELECT 1', { timeoutMs: 2 ** 31 })).toHaveLength(1);
  await expect(connection.query('SELECT 2', { timeoutMs: 20 })).rejects.toMatchObject({
    code: 'PROTOCOL_SEQUENCE_TIMEOUT',
  });
  connection.close();
  await tidb.stop();
});

it.each([
  ['tidb.example.com:4000', { host: 'tidb.example.com', port: 4000, serverName: 'tidb.example.com' }],
  ['tidb.example.com.:4000', { host: 'tidb.example.com.', port: 4000, serverName: 'tidb.example.com' }],
  ['[2001:db8::1]:4001', { host: '2001:db8::1', port: 4001, serverName: '2001:db8::1' }],
])('%s is an endpoint', async (text, endpoint) => {
  const { parseEndpoint } = await import('../../../../functions/adapters/tidb/connection.ts');

  expect(parseEndpoint(text)).toEqual(endpoint);
});
