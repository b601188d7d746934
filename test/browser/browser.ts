import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import axe from 'axe-core';
import { type Browser, chromium, type Page } from 'playwright-core';
import { createConsoleFiles } from '../../clients/console/files.ts';
import type { SessionConfig } from '../../clients/console/src/session-config.ts';
import { type LoopbackServer, listenOnLoopback } from '../../infra/local/http/loopback-server.ts';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];

/** The browser of the tests: `CHROMIUM_PATH`, or the first of its names on the `PATH`. */
export function chromiumPath(): string | undefined {
  const { CHROMIUM_PATH, PATH = '' } = process.env;
  if (CHROMIUM_PATH) return CHROMIUM_PATH;
  const candidates = PATH.split(delimiter).flatMap((folder) => NAMES.map((name) => join(folder, name)));
  return candidates.find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** Whether there is a browser. Without one the tests are skipped, unless `REQUIRE_BROWSER` is set. */
export function hasBrowser(): boolean {
  if (chromiumPath() !== undefined) return true;
  if (process.env.REQUIRE_BROWSER) throw new Error('REQUIRE_BROWSER is set, and there is no chromium');
  process.stderr.write('Browser tests are skipped: apt-get install chromium, or set CHROMIUM_PATH\n');
  return false;
}

export function launchBrowser(): Promise<Browser> {
  const executablePath = chromiumPath();
  if (executablePath === undefined) throw new Error('there is no chromium');
  // Chromium refuses its sandbox to root.
  return chromium.launch({ executablePath, args: process.getuid?.() === 0 ? ['--no-sandbox'] : [] });
}

/** Serves the console alone, without an API. */
export async function serveConsole(config: SessionConfig): Promise<LoopbackServer> {
  const files = createConsoleFiles(config);
  await files('');
  return await listenOnLoopback(async (request, response) => {
    const file = await files((request.url ?? '/').slice(1).split('?', 1)[0] ?? '');
    if (file === undefined) return void response.writeHead(404).end();
    response.writeHead(200, file.headers).end(file.body);
  });
}

const TALLEST = 1_600;

/** The whole page as WebP: half the size of a PNG. */
export async function picture(page: Page): Promise<Buffer> {
  const size = page.viewportSize() ?? { width: 0, height: 0 };
  const height = Number(await page.evaluate('document.documentElement.scrollHeight'));
  await page.setViewportSize({ ...size, height: Math.min(Math.max(height, size.height), TALLEST) });
  const session = await page.context().newCDPSession(page);
  const { data } = await session.send('Page.captureScreenshot', { format: 'webp', quality: 60 });
  await session.detach();
  await page.setViewportSize(size);
  return Buffer.from(data, 'base64');
}

/** Resolves once nothing fades in or out, since colors in between have less contrast. Spinners never end. */
const SETTLED = `Promise.allSettled(document.getAnimations()
  .filter(({ effect }) => effect.getComputedTiming().endTime !== Infinity)
  .map(({ finished }) => finished)).then(() => undefined)`;

/** What axe-core finds serious or worse on a page, one per line. @param rules defaults to all */
export async function seriousViolations(page: Page, rules?: readonly string[]): Promise<string[]> {
  await page.evaluate(SETTLED);
  await page.evaluate(axe.source);
  const found = await page.evaluate(
    async (runOnly) => {
      const { axe } = globalThis as unknown as { axe: { run(options: object): Promise<AxeResults> } };
      interface AxeResults {
        violations: { id: string; impact: string; nodes: { html: string; failureSummary: string }[] }[];
      }
      return (await axe.run(runOnly === undefined ? {} : { runOnly })).violations.map(({ id, impact, nodes }) => ({
        id,
        impact,
        nodes: nodes.slice(0, 3),
      }));
    },
    rules && [...rules],
  );
  return found
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) =>
      nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 300)} ${failureSummary}`),
    );
}
