import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type IncomingHttpHeaders, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { type ConsoleServer, startConsole } from '../../../../clients/cli/console-server.ts';
import { bearer } from '../../../../clients/typescript/auth.ts';

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** Requests that reached the API, with their credentials. */
const reached: { url: string; init: RequestInit }[] = [];
let files: string;
let server: ConsoleServer;
let origin: string;

beforeAll(() => {
  files = mkdtempSync(join(tmpdir(), 'console-'));
  writeFileSync(join(files, 'index.html'), '<!doctype html><script src="./assets/main.js"></script>');
  mkdirSync(join(files, 'assets'));
  writeFileSync(join(files, 'assets/main.js'), 'export {};');
});
afterAll(() => rmSync(files, { recursive: true }));
afterEach(() => server.close());

async function start(): Promise<void> {
  reached.length = 0;
  server = await startConsole({
    connection: { baseUrl: 'https://api.example.com/api/v1', auth: bearer('of-the-caller') },
    files,
    port: 0,
    async fetch(url, init) {
      reached.push({ url, init });
      return new Response('{"code":0}', {
        headers: { 'content-type': 'application/json', 'x-secret': 'of-the-caller' },
      });
    },
  });
  origin = new URL(server.url).origin;
}

/** On the wire: no client normalizes the path or forbids a header. */
async function send(
  method: string,
  path: string,
  headers: Record<string, string> = {},
  body?: string,
): Promise<Answer> {
  const { hostname, port } = new URL(origin);
  const sent = request({ method, path, hostname, port, headers });
  sent.end(body);
  const response = await new Promise<import('node:http').IncomingMessage>((resolve, reject) => {
    sent.once('response', resolve).once('error', reject);
  });
  return { status: response.statusCode ?? 0, headers: response.headers, body: await text(response) };
}

const tokenOf = () => server.url.split('#token=')[1] ?? '';

async function signIn(): Promise<string> {
  const { headers } = await send('POST', '/session', { origin, authorization: `Bearer ${tokenOf()}` });
  return headers['set-cookie']?.[0]?.split(';')[0] ?? '';
}

describe('the console, served on this machine', () => {
  it('serves its files, and the address of the API', async () => {
    await start();

    expect(await send('GET', '/')).toMatchObject({ status: 200, body: expect.stringContaining('main.js') });
    expect(await send('GET', '/assets/main.js')).toMatchObject({
      status: 200,
      headers: { 'content-type': 'text/javascript; charset=utf-8' },
    });
    expect(JSON.parse((await send('GET', '/config.json')).body)).toEqual({ type: 'proxy' });
  });

  it('allows no foreign or inline script, and no frame', async () => {
    await start();
    const { headers } = await send('GET', '/');
    const policy = String(headers['content-security-policy']);

    expect(policy).toContain("script-src 'self';");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).toContain("default-src 'none'");
  });

  it('exchanges its token once, for a cookie that no script can read and no other site sends', async () => {
    await start();
    const authorization = `Bearer ${tokenOf()}`;
    const first = await send('POST', '/session', { origin, authorization });
    const second = await send('POST', '/session', { origin, authorization });

    expect(first.status).toBe(204);
    expect(first.headers['set-cookie']?.[0]).toMatch(/; HttpOnly; SameSite=Strict; Path=\/$/);
    expect(second.status).toBe(401);
  });

  it('signs requests with the cookie, and forwards no other credentials', async () => {
    await start();
    const cookie = await signIn();
    const answer = await send(
      'POST',
      '/api/v1/backups?plan=true',
      { origin, cookie, 'content-type': 'application/json', 'idempotency-key': 'k', 'x-forwarded-for': '10.0.0.1' },
      '{"clusterId":"orders"}',
    );

    expect(answer).toMatchObject({ status: 200, body: '{"code":0}' });
    expect(answer.headers).not.toHaveProperty('x-secret');
    expect(reached).toEqual([
      {
        url: 'https://api.example.com/api/v1/backups?plan=true',
        init: expect.objectContaining({
          method: 'POST',
          body: '{"clusterId":"orders"}',
          headers: {
            'content-type': 'application/json',
            'idempotency-key': 'k',
            authorization: 'Bearer of-the-caller',
          },
        }),
      },
    ]);
  });

  it('ends after an hour without a request', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      await start();
      const cookie = await signIn();
      const ended = vi.fn();
      void server.ended.then(ended);
      await vi.advanceTimersByTimeAsync(59 * 60_000);
      expect((await send('GET', '/api/v1/clusters', { cookie })).status).toBe(200);
      await vi.advanceTimersByTimeAsync(59 * 60_000);
      expect(ended).not.toHaveBeenCalled();
      await vi.advanceTimersByTimeAsync(61_000);
      await vi.waitFor(() => expect(ended).toHaveBeenCalled());
    } finally {
      vi.useRealTimers();
    }
  });
});

describe('another site in the same browser', () => {
  const FOREIGN = 'https://evil.example.com';

  it.each([
    ['a form', 'POST', { origin: FOREIGN, 'content-type': 'application/x-www-form-urlencoded' }],
    ['a form of a sandboxed page', 'POST', { origin: 'null' }],
    ['a request without an origin', 'POST', {}],
    ['a deletion', 'DELETE', { origin: FOREIGN }],
    ['an image', 'GET', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' }],
    ['a page on another port of this machine', 'GET', { origin: 'http://127.0.0.1:1', 'sec-fetch-site': 'same-site' }],
    ['a preflight', 'OPTIONS', { origin: FOREIGN, 'access-control-request-method': 'POST' }],
  ])('is refused with %s, even with the cookie', async (_what, method, headers: Record<string, string>) => {
    await start();
    const cookie = await signIn();
    const { status, headers: answered } = await send(method, '/api/v1/backups', { cookie, ...headers });

    expect(status).toBe(403);
    expect(answered).not.toHaveProperty('access-control-allow-origin');
    expect(reached).toEqual([]);
  });

  it.each(['evil.example.com', 'localhost', '127.0.0.1', '127.0.0.1:1', '[::1]'])(
    'is refused under a rebound name: %s',
    async (host) => {
      await start();
      const cookie = await signIn();

      for (const path of ['/', '/config.json', '/api/v1/clusters']) {
        expect((await send('GET', path, { host, cookie })).status).toBe(403);
      }
      expect((await send('POST', '/session', { host, origin, authorization: `Bearer ${tokenOf()}` })).status).toBe(403);
      expect(reached).toEqual([]);
    },
  );
});

describe('another user of the same machine', () => {
  it.each([
    ['without a cookie', {}],
    ['with a guessed cookie', { cookie: 'tidb-backup-console=guess' }],
    ['with the token in place of the cookie', { authorization: 'Bearer guess' }],
  ])('is refused %s', async (_what, headers) => {
    await start();

    expect((await send('GET', '/api/v1/clusters', headers)).status).toBe(401);
    expect((await send('POST', '/session', { origin, authorization: 'Bearer guess' })).status).toBe(401);
    expect(reached).toEqual([]);
  });
});

describe('a path', () => {
  it.each([
    '/api/v1/../../other',
    '/api/v1/%2e%2e/%2e%2e/other',
    '/api/v1/..%2f..%2fother',
    '/api/v1/\\..\\other',
    '/api/v1//evil.example.com/',
    '//evil.example.com/api/v1/',
    '/../../etc/passwd',
    '/%2e%2e/%2e%2e/etc/passwd',
    '/assets/../../../etc/passwd',
    '/.env',
  ])('is not resolved: %s', async (path) => {
    await start();
    const cookie = await signIn();

    expect((await send('GET', path, { cookie })).status).toBe(400);
    expect(reached).toEqual([]);
  });

  it.each(['/api/', '/api/v2/clusters', '/api/v1x/clusters'])('never leads to another API: %s', async (path) => {
    await start();
    const cookie = await signIn();

    expect((await send('GET', path, { cookie })).status).toBe(404);
    expect(reached).toEqual([]);
  });

  it('accepts no larger body than the API', async () => {
    await start();
    const cookie = await signIn();

    expect((await send('POST', '/api/v1/backups', { origin, cookie }, 'x'.repeat(70_000))).status).toBe(413);
    expect(reached).toEqual([]);
  });
});
