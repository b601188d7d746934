import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';

/** An HTTP server that only this machine can reach. */
export interface LoopbackServer {
  readonly url: string;
  readonly port: number;
  close(): Promise<void>;
}

type Listener = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;

/**
 * Listens on 127.0.0.1; port 0 lets the system choose a free one. Rejects with the socket's error if the port is in use. A listener that
 * throws fails only its request.
 */
export async function listenOnLoopback(listener: Listener, port = 0): Promise<LoopbackServer> {
  const server = createServer((request, response) => {
    void (async () => await listener(request, response))().catch((error: unknown) => {
      console.error(`${request.method} ${JSON.stringify(request.url)}: ${String(error)}`);
      if (response.headersSent) response.destroy();
      else response.writeHead(500).end();
    });
  });
  return bindToLoopback(server, port);
}

/** Like {@link listenOnLoopback}, for a server that a library created. */
export async function bindToLoopback(server: Server, port = 0): Promise<LoopbackServer> {
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('an HTTP server must listen on a TCP port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    port: address.port,
    close: () => closeServer(server),
  };
}

async function closeServer(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve, reject) => {
    server.close((error) => (error === undefined || error === null ? resolve() : reject(error)));
  });
  // A client that keeps its connections alive would hold the server open forever.
  server.closeAllConnections();
  await closed;
}

/** A request body exceeds the service's limit. */
export class BodyTooLargeError extends Error {
  override readonly name = 'BodyTooLargeError';
}

/**
 * Reads a whole body. Throws {@link BodyTooLargeError} once more than `limit` bytes have arrived; the rest is read and dropped, so that the
 * client still gets its answer.
 */
export async function readBody(request: IncomingMessage, limit: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.byteLength;
    if (size <= limit) chunks.push(chunk);
  }
  if (size > limit) throw new BodyTooLargeError(`a body of ${size} bytes is over the limit of ${limit}`);
  return Buffer.concat(chunks);
}
