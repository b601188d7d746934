import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface S3Proxy {
  readonly endpoint: string;
  /** The access keys that signed requests of this kind. */
  accessKeysOf(method: string, pathPart: string): string[];
  /** Peak number of concurrent PUT requests. */
  readonly parallelPuts: number;
  /** Requests signed with this key are answered as S3 answers for an unknown key. */
  refuse(accessKey: string): void;
  stop(): Promise<void>;
}

interface Seen {
  readonly method: string;
  readonly path: string;
  readonly accessKey: string;
}

/** Stands between the sandbox and the S3 endpoint, to see who requests what. */
export async function startS3Proxy(target: string): Promise<S3Proxy> {
  const seen: Seen[] = [];
  const refused = new Set<string>();
  let [openPuts, parallelPuts] = [0, 0];

  const handle = (incoming: IncomingMessage, outgoing: ServerResponse) => {
    const accessKey = /Credential=([^/]+)\//.exec(incoming.headers.authorization ?? '')?.[1] ?? '';
    const { method = '', url: path = '', headers } = incoming;
    seen.push({ method, path, accessKey });
    if (refused.has(accessKey)) {
      incoming.resume();
      outgoing.writeHead(403, { 'content-type': 'application/xml' });
      outgoing.end(
        '<Error><Code>InvalidAccessKeyId</Code><Message>The AWS Access Key Id you provided does not exist in our records.</Message></Error>',
      );
      return;
    }
    if (method === 'PUT') {
      openPuts += 1;
      parallelPuts = Math.max(parallelPuts, openPuts);
      outgoing.once('close', () => {
        openPuts -= 1;
      });
    }
    const forwarded = request(new URL(path, target), { method, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    forwarded.on('error', () => outgoing.destroy());
    incoming.pipe(forwarded);
  };

  const server = createServer(handle);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    accessKeysOf: (method, pathPart) => [
      ...new Set(
        seen.filter((each) => each.method === method && each.path.includes(pathPart)).map((each) => each.accessKey),
      ),
    ],
    get parallelPuts() {
      return parallelPuts;
    },
    refuse: (accessKey) => void refused.add(accessKey),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
