import { randomBytes, timingSafeEqual } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { extname, join } from 'node:path';
import { consoleHeaders } from '../console/headers.ts';
import type { Connection } from './connection.ts';

export interface ConsoleServer {
  /** With this start's token in the fragment, which browsers do not send. */
  readonly url: string;
  /** Settles when the server has been idle for too long or was closed. */
  readonly ended: Promise<void>;
  close(): Promise<void>;
}

interface ConsoleOptions {
  readonly connection: Connection;
  /** The built console. */
  readonly files: string;
  /** 0 picks a free one. */
  readonly port: number;
  readonly fetch?: (url: string, init: RequestInit) => Promise<Response>;
}

const API = '/api/v1/';
const IDLE_MS = 60 * 60_000;
/** Like the service itself. */
const MAX_BODY_BYTES = 64 * 1_024;

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};

const PAGE_HEADERS = {
  ...consoleHeaders(),
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-store',
};

/**
 * Serves the console on 127.0.0.1 and signs its requests to one API. Other pages in the same browser, and other users of the same machine,
 * must not get in: a request needs the cookie that this start's token was exchanged for, this server's own name as its `Host` (a rebound
 * DNS name differs), and no foreign `Origin`.
 */
export async function startConsole(options: ConsoleOptions): Promise<ConsoleServer> {
  const gate = new Gate();
  let end = () => {};
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  const idle = setTimeout(() => void close(), IDLE_MS);
  const server = createServer((request, response) => {
    respond(request, response).catch(() => {
      if (response.headersSent) response.destroy();
      else refuse(response, 502, 'the API did not answer; check whether it can be reached, then reload');
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, '127.0.0.1', resolve);
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : options.port;
  gate.opens(port);

  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url = '' } = request;
    if (!gate.isOurs(request))
      return refuse(response, 403, 'only the page that tidb-backup console has opened may call this');
    const path = url.split('?', 1)[0] ?? '';
    // Neither this server nor the API has such paths, and it is not up to us to guess what they would resolve to.
    if (/%|\\|\/\.|\/\//.test(path)) return refuse(response, 400, 'no such path');
    if (path === '/session') return session(request, response);
    if (path.startsWith('/api/')) {
      if (!gate.knows(request)) return refuse(response, 401, 'open the address that tidb-backup console has printed');
      idle.refresh();
      return await forward(request, response, options);
    }
    if (method !== 'GET' && method !== 'HEAD') return refuse(response, 405, 'GET only');
    if (path === '/config.json') return send(response, '.json', JSON.stringify({ type: 'proxy' }));
    return await serveFile(response, join(options.files, path === '/' ? 'index.html' : path));
  }

  function session(request: IncomingMessage, response: ServerResponse): void {
    const cookie = request.method === 'POST' ? gate.exchange(request.headers.authorization) : undefined;
    if (cookie !== undefined) response.writeHead(204, { ...PAGE_HEADERS, 'set-cookie': cookie }).end();
    else refuse(response, 401, 'the token is wrong or has been used; start tidb-backup console again');
  }

  async function close(): Promise<void> {
    clearTimeout(idle);
    server.closeAllConnections();
    await new Promise<void>((resolve) => server.close(() => resolve()));
    end();
  }

  return { url: `http://127.0.0.1:${port}/#token=${gate.token}`, ended, close };
}

/** Decides which requests to serve. */
class Gate {
  /** Passed once, to the page that the user opens. */
  readonly token = randomBytes(32).toString('base64url');
  readonly #secret = randomBytes(32).toString('base64url');
  #isTokenUsed = false;
  #host = '';
  #cookieName = '';

  opens(port: number): void {
    this.#host = `127.0.0.1:${port}`;
    // Cookies are shared between ports, so their names must differ.
    this.#cookieName = `tidb-backup-console-${port}`;
  }

  /** Whether the request comes from our own page or the address bar. */
  isOurs({ method, headers }: IncomingMessage): boolean {
    if (headers.host !== this.#host) return false;
    const { origin } = headers;
    if (origin !== undefined && origin !== `http://${this.#host}`) return false;
    const site = headers['sec-fetch-site'];
    const isNavigation = headers['sec-fetch-mode'] === 'navigate' && method === 'GET';
    if (site !== undefined && site !== 'same-origin' && !isNavigation) return false;
    // A browser names the origin of every request that may change something.
    return method === 'GET' || method === 'HEAD' || origin !== undefined;
  }

  /** @returns the cookie, once */
  exchange(authorization = ''): string | undefined {
    if (this.#isTokenUsed || !isSame(authorization, `Bearer ${this.token}`)) return undefined;
    this.#isTokenUsed = true;
    return `${this.#cookieName}=${this.#secret}; HttpOnly; SameSite=Strict; Path=/`;
  }

  knows({ headers: { cookie = '' } }: IncomingMessage): boolean {
    return cookie.split(/; */).some((each) => isSame(each, `${this.#cookieName}=${this.#secret}`));
  }
}

function isSame(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.byteLength === b.byteLength && timingSafeEqual(a, b);
}

/** Forwards the page's requests to the API, and its answers back. */
const REQUEST_HEADERS = ['content-type', 'idempotency-key', 'x-correlation-id'];
const ANSWER_HEADERS = ['content-type', 'content-disposition', 'retry-after', 'x-correlation-id'];

async function forward(
  request: IncomingMessage,
  response: ServerResponse,
  { connection: { baseUrl, auth }, fetch = (url, init) => globalThis.fetch(url, init) }: ConsoleOptions,
): Promise<void> {
  const { method = '', url = '' } = request;
  if (!url.startsWith(API)) return refuse(response, 404, 'no such route');
  const body = await bodyOf(request);
  if (body === undefined) return refuse(response, 413, 'the request is larger than 64 KiB');
  const headers = pick(REQUEST_HEADERS, (name) => request.headers[name]?.toString());
  const target = `${baseUrl}/${url.slice(API.length)}`;
  const unsigned = { method, url: target, headers, ...(body !== '' && { body }) };
  const credentials = await auth?.(unsigned);
  const answer = await fetch(target, { ...unsigned, headers: { ...headers, ...credentials }, redirect: 'error' });
  response.writeHead(answer.status, { ...PAGE_HEADERS, ...pick(ANSWER_HEADERS, (name) => answer.headers.get(name)) });
  response.end(Buffer.from(await answer.arrayBuffer()));
}

function pick(names: readonly string[], read: (name: string) => string | null | undefined): Record<string, string> {
  return Object.fromEntries(names.flatMap((name) => [[name, read(name)]].filter(([, value]) => value)));
}

async function bodyOf(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.byteLength;
    if (size <= MAX_BODY_BYTES) chunks.push(chunk);
  }
  return size > MAX_BODY_BYTES ? undefined : Buffer.concat(chunks).toString();
}

async function serveFile(response: ServerResponse, path: string): Promise<void> {
  const content = await readFile(path).catch(() => undefined);
  if (content === undefined) return refuse(response, 404, 'no such file');
  send(response, extname(path), content);
}

function send(response: ServerResponse, extension: string, content: string | Buffer): void {
  response.writeHead(200, { ...PAGE_HEADERS, 'content-type': TYPES[extension] ?? 'application/octet-stream' });
  response.end(content);
}

/** In the format of API Gateway's own refusals. */
function refuse(response: ServerResponse, status: number, message: string): void {
  response.writeHead(status, { ...PAGE_HEADERS, 'content-type': 'application/json' });
  response.end(JSON.stringify({ message }));
}
