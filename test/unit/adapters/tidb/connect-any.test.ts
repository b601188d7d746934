import { type AddressInfo, createServer } from 'node:net';
import timers from 'node:timers';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { connectToAny } from '../../../../functions/adapters/tidb/connect-any.ts';
import { inspectEndpoints } from '../../../../functions/adapters/tidb/inspection.ts';

const NETWORK = { NODE_SECURITY_GROUP_IDS: 'sg-0123456789abcdef0,sg-0fedcba9876543210' };

describe('a TiDB that does not answer, as behind a closed security group', () => {
  const server = createServer((socket) => void socket.on('error', () => {}));
  let port: number;
  beforeAll(async () => {
    // The module's function that mysql2 calls, so that its ten seconds need not pass.
    const soon = timers.setTimeout;
    vi.spyOn(timers, 'setTimeout').mockImplementation((done) => soon(done, 100));
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    ({ port } = server.address() as AddressInfo);
  });
  afterAll(async () => {
    vi.restoreAllMocks();
    await new Promise((closed) => server.close(closed));
  });

  const access = (endpoints: string[], network = {}) => ({
    ...{ endpoints, network },
    account: { user: 'backup', password: 'p' },
    tls: { mode: 'disabled' } as const,
  });

  it('names the group to allow and the port', async () => {
    const endpoint = `127.0.0.1:${port}`;

    await expect(connectToAny(access([endpoint, '127.0.0.1:1'], NETWORK))).rejects.toMatchObject({
      name: 'TidbUnreachable',
      message:
        `no TiDB server of the cluster could be reached: ${endpoint} (ETIMEDOUT), 127.0.0.1:1 (ECONNREFUSED); ` +
        `TiDB's security group must let in sg-0123456789abcdef0, sg-0fedcba9876543210 on TCP port ${port}`,
    });
  });

  it('may be at a private address, which cannot be reached without a network', async () => {
    await expect(connectToAny(access([`127.0.0.1:${port}`]))).rejects.toThrow(
      /ETIMEDOUT\); the service runs outside any VPC and reaches only public addresses: .* "network" in the tenant file/,
    );
  });

  it('is reported in the same way by a check', async () => {
    const [report, refused] = await inspectEndpoints(access([`127.0.0.1:${port}`, '127.0.0.1:1'], NETWORK), {
      now: () => 0,
    });

    expect(report?.failure?.message).toMatch(
      new RegExp(`:${port} cannot be reached: ETIMEDOUT; .* must let in sg-.* on TCP port ${port}$`),
    );
    expect(refused?.failure?.message).toBe('127.0.0.1:1 cannot be reached: ECONNREFUSED');
  });
});

it('reads the account again only after a refusal', async () => {
  const readAccount = vi.fn(async () => ({ user: 'backup', password: 'new' }));
  const account = { user: 'backup', password: 'p' };

  const connecting = connectToAny({ endpoints: ['127.0.0.1:1'], account, readAccount, tls: { mode: 'disabled' } });

  await expect(connecting).rejects.toMatchObject({ name: 'TidbUnreachable' });
  expect(readAccount).not.toHaveBeenCalled();
});
