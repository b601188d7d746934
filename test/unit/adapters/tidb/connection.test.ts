import { syncBuiltinESMExports } from 'node:module';
import net from 'node:net';
import { afterEach, expect, it, vi } from 'vitest';

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
    expect.objectContaining({ keepAlive: true, keepAliveInitialDelay: expect.toSatisfy((ms: number) => ms < 350_000) }),
  );
});
