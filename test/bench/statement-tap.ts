import { connect, createServer, type Server, type Socket } from 'node:net';

/** A TCP relay in front of a TiDB server that notices when a text first passes towards the server. */
export interface StatementTap {
  readonly port: number;
  /** Resolves with `performance.now()` when `text` next passes towards the server. */
  next(text: string): Promise<number>;
  close(): Promise<void>;
}

export async function startStatementTap(target: { host: string; port: number }): Promise<StatementTap> {
  const waiting = new Set<{ text: Buffer; found: (at: number) => void }>();
  const sockets = new Set<Socket>();
  const server: Server = createServer((client) => {
    const upstream = connect(target);
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(from);
      from.setNoDelay(true);
      from.on('close', () => {
        sockets.delete(from);
        to.destroy();
      });
      // A relay cannot pass a reset on: it closes both sides, which is what they would see without it.
      from.on('error', () => to.destroy());
      from.pipe(to);
    }
    client.on('data', (chunk) => {
      for (const wait of waiting) {
        if (!chunk.includes(wait.text)) continue;
        waiting.delete(wait);
        wait.found(performance.now());
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the tap has no port');
  return {
    port: address.port,
    next: (text) => new Promise((found) => waiting.add({ text: Buffer.from(text), found })),
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
