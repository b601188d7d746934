import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { pinBaseImage } from '../../infra/pin-base-image.ts';

const DIGEST = `sha256:${'0123456789abcdef'.repeat(4)}`;
const UNPINNED = '# The worker.\nFROM registry.example.com/library/node:24-slim\nUSER node\n';
const PINNED = `# The worker.\nFROM registry.example.com/library/node:24-slim@${DIGEST}\nUSER node\n`;

describe('pinning the base image', () => {
  let folder: string;
  let file: string;
  let registry: Server;
  let url: string;
  let digest: string | undefined;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'pin-'));
    file = join(folder, 'Dockerfile');
    digest = DIGEST;
    registry = createServer((request, response) => {
      const asked = new URL(request.url ?? '', url);
      if (asked.pathname === '/token/') {
        const isFor = asked.searchParams.get('scope') === 'repository:library/node:pull';
        response.writeHead(isFor ? 200 : 403).end(JSON.stringify({ token: 'pull' }));
      } else if (request.headers.authorization !== 'Bearer pull') {
        const challenge = `Bearer realm="${url}/token/",service="registry.example.com"`;
        response.writeHead(401, { 'www-authenticate': challenge }).end();
      } else if (asked.pathname !== '/v2/library/node/manifests/24-slim' || digest === undefined) {
        response.writeHead(404).end();
      } else {
        response.writeHead(200, { 'docker-content-digest': digest }).end();
      }
    }).listen(0, '127.0.0.1');
    await once(registry, 'listening');
    url = `http://127.0.0.1:${(registry.address() as AddressInfo).port}`;
  });
  afterEach(() => {
    registry.closeAllConnections();
    registry.close();
    rmSync(folder, { recursive: true });
  });

  it.each([
    ['an image without a digest', UNPINNED],
    ['an older digest', PINNED.replace(DIGEST, `sha256:${'f'.repeat(64)}`)],
  ])("replaces %s with the tag's current digest", async (_what, text) => {
    writeFileSync(file, text);

    await pinBaseImage(file, () => url);

    expect(readFileSync(file, 'utf8')).toBe(PINNED);
  });

  it('leaves the file unchanged if the registry has no such image', async () => {
    writeFileSync(file, UNPINNED);
    digest = undefined;

    await expect(pinBaseImage(file, () => url)).rejects.toThrow('answered 404 and no digest');
    expect(readFileSync(file, 'utf8')).toBe(UNPINNED);
  });

  it('refuses a file that names no image', async () => {
    writeFileSync(file, 'FROM scratch\n');

    await expect(pinBaseImage(file, () => url)).rejects.toThrow('has no line "FROM registry/repository:tag"');
  });
});
