import { gzipSync } from 'node:zlib';
import { createConsoleFiles } from '../../clients/console/files.ts';
import { listenOnLoopback } from '../../infra/local/http/loopback-server.ts';
import { chromiumPath, launchBrowser } from '../browser/browser.ts';
import { fakeApi } from '../browser/fake-api.ts';
import type { Figure } from './figures.ts';

const section = 'Console';

const PAGES = [
  ...['#/', '#/activity', '#/settings', '#/backups/backup-1', '#/backups/backup-1/restore', '#/workflows/backup-1'],
  ...['timeline', 'backups', 'strategy', 'retention', 'check'].map((tab) => `#/clusters/orders/${tab}`),
];

/** The size of the console's first page, how soon it paints, and what 10,000 backups cost it. Needs chromium, and has no figures without it. */
export async function consoleFigures(): Promise<Figure[]> {
  if (chromiumPath() === undefined) return [];
  const files = createConsoleFiles({ type: 'none' });
  let bytes = 0;
  const server = await listenOnLoopback(async (request, response) => {
    const file = await files((request.url ?? '/').slice(1));
    if (file === undefined) return void response.writeHead(404).end();
    const body = gzipSync(file.body);
    bytes += body.byteLength;
    response.writeHead(200, { ...file.headers, 'content-encoding': 'gzip' }).end(body);
  });
  const browser = await launchBrowser();
  try {
    await files('');
    const page = await browser.newPage();
    await fakeApi(page);
    await page.goto(server.url);
    await page.locator('tbody tr').first().waitFor();
    const firstPage = bytes;
    const paint = await page.evaluate<number>(
      "performance.getEntriesByName('first-contentful-paint').map(({ startTime }) => startTime)[0]",
    );

    let requests = 0;
    let most = 0;
    page.on('request', (request) => {
      if (request.url().includes('/api/v1/')) requests += 1;
    });
    for (const hash of PAGES) {
      requests = 0;
      await page.goto('about:blank');
      await page.goto(`${server.url}/${hash}`, { waitUntil: 'networkidle' });
      most = Math.max(most, requests);
    }
    await page.goto(`${server.url}/#/clusters/orders/backups`);
    await page.getByText('(10000)').waitFor();
    const rows = await page.locator('tbody tr').count();
    return [
      { section, name: 'first page, gzipped', value: firstPage / 1_024, unit: 'KiB', budget: 600 },
      { section, name: 'first paint on this machine', value: paint, unit: 'ms', budget: 3_000 },
      { section, name: 'rows drawn of 10,000 backups', value: rows, unit: 'rows', budget: 200 },
      { section, name: 'requests of the most expensive page', value: most, unit: 'requests', budget: 5 },
    ];
  } finally {
    await browser.close();
    await server.close();
  }
}
