import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { publishConsole } from '../../../../clients/cli/console-publish.ts';

const OUTPUTS: Readonly<Record<string, string>> = {
  ConsoleBucketName: 'console',
  ConsoleDistributionId: 'E123',
};

const arrived: { method: string; path: string; type: string | undefined; cache: string | undefined; body: string }[] =
  [];
/** Both S3 and CloudFront. */
const aws = createServer(async (request, response) => {
  const { method = '', url = '', headers } = request;
  const path = url.split('?', 1)[0] ?? '';
  arrived.push({
    method,
    path,
    type: headers['content-type'],
    cache: headers['cache-control'],
    body: await text(request),
  });
  response.writeHead(path.includes('invalidation') ? 201 : 200, { 'content-type': 'text/xml' });
  response.end(path.includes('invalidation') ? '<Invalidation><Id>I</Id></Invalidation>' : '');
});
let files: string;

beforeAll(async () => {
  files = mkdtempSync(join(tmpdir(), 'console-'));
  mkdirSync(join(files, 'assets'));
  writeFileSync(join(files, 'index.html'), '<!doctype html>');
  writeFileSync(join(files, 'assets/main-abc.js'), 'export {};');
  await new Promise<void>((resolve) => aws.listen(0, '127.0.0.1', resolve));
  const { port } = aws.address() as AddressInfo;
  vi.stubEnv('AWS_ENDPOINT_URL_S3', `http://127.0.0.1:${port}`);
  vi.stubEnv('AWS_ENDPOINT_URL_CLOUDFRONT', `http://127.0.0.1:${port}`);
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIATEST');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
});
afterAll(() => {
  vi.unstubAllEnvs();
  aws.close();
  rmSync(files, { recursive: true });
});

it('uploads assets for caching, then pages for revalidation, and invalidates the pages', async () => {
  const outputs = {
    region: 'eu-central-1',
    required: (name: string) => OUTPUTS[name] ?? '',
  };

  expect(await publishConsole({ files, outputs })).toBe(2);
  expect(arrived.map(({ method, path, type, cache }) => [method, path, type, cache])).toEqual([
    ['PUT', '/console/assets/main-abc.js', 'text/javascript; charset=utf-8', 'public, max-age=31536000, immutable'],
    ['PUT', '/console/index.html', 'text/html; charset=utf-8', 'no-cache'],
    ['POST', '/2020-05-31/distribution/E123/invalidation', expect.anything(), undefined],
  ]);
  expect(arrived.at(-1)?.body).toContain('<Path>/index.html</Path>');
});
