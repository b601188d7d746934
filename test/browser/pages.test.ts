import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LoopbackServer } from '../../infra/local/http/loopback-server.ts';
import { hasBrowser, launchBrowser, picture, seriousViolations, serveConsole } from './browser.ts';
import { DEMO, type DemoWorld, startDemoWorld } from './demo-world.ts';

/** `npm run screenshots` writes the pictures of the documentation here. */
const { SCREENSHOTS } = process.env;

interface Shown {
  hash: string;
  /** Name of the picture; unset if it is in no documentation. */
  name?: string;
  /** Shown once the page is ready. */
  awaits: string | RegExp;
  act?(page: Page): Promise<void>;
}

const PAGES: readonly Shown[] = [
  { name: 'overview', hash: '#/', awaits: /No space left/ },
  { name: 'cluster', hash: `#/clusters/${DEMO.cluster}`, awaits: 'Recovery time, as measured by drills' },
  { name: 'strategy', hash: `#/clusters/${DEMO.cluster}/strategy`, awaits: 'Around the next clock change' },
  { name: 'retention', hash: `#/clusters/${DEMO.cluster}/retention`, awaits: /would stay, \d+ would be removed/ },
  { name: 'backup', hash: `#/backups/${DEMO.backup}`, awaits: 'Tables compared' },
  { name: 'failed-backup', hash: `#/backups/${DEMO.failedBackup}`, awaits: /By what the error says/ },
  { name: 'restore', hash: `#/backups/${DEMO.backup}/restore`, awaits: 'Where to', act: untilThePlan },
  { name: 'workflow', hash: `#/workflows/${DEMO.drill}`, awaits: 'verifyRestore' },
  { name: 'activity', hash: '#/activity', awaits: 'RestoreDrill' },
  { name: 'settings', hash: '#/settings', awaits: 'Last checks of clusters' },
  { hash: `#/clusters/${DEMO.cluster}/backups`, awaits: 'Newer' },
  { hash: '#/clusters/billing/check', awaits: 'Last check' },
  { hash: '#/clusters/products', awaits: /No backup was started in the window of/ },
  { hash: '#/clusters/inventory', awaits: /holds the cluster/ },
  { hash: `#/clusters/${DEMO.target}`, awaits: 'No backup or missed window in this time range.' },
  { hash: `#/clusters/${DEMO.target}/backups`, awaits: 'This cluster has no backup yet.' },
  { hash: `#/clusters/${DEMO.target}/retention`, awaits: 'There are no backups yet.' },
  { hash: '#/clusters/nobody', awaits: /there is no cluster|not found/i },
  { hash: '#/backups/nothing', awaits: /not found|no backup/i },
  { hash: '#/workflows/nothing', awaits: /there is no workflow/ },
  { hash: '#/nowhere', awaits: 'There is no such page.' },
];

async function untilThePlan(page: Page): Promise<void> {
  await page.getByRole('combobox', { name: 'Cluster' }).fill(DEMO.target);
  await page.getByRole('option', { name: 'Reporting' }).last().click();
  await page.getByRole('button', { name: 'Skip to: Plan' }).click();
  await page.getByText('Nothing prevents this').waitFor();
}

const WIDE = { width: 1280, height: 900 };
const NARROW = { width: 400, height: 800 };

describe.skipIf(!hasBrowser())('the pages of the console', () => {
  let world: DemoWorld;
  let browser: Browser;
  let server: LoopbackServer;

  beforeAll(async () => {
    [world, browser, server] = await Promise.all([startDemoWorld(), launchBrowser(), serveConsole({ type: 'none' })]);
    if (SCREENSHOTS) await mkdir(SCREENSHOTS, { recursive: true });
  }, 120_000);
  afterAll(async () => {
    await Promise.all([browser?.close(), server?.close()]);
    await world?.stop();
  });

  async function open(colorScheme: 'light' | 'dark', viewport: typeof WIDE): Promise<Page> {
    const page = await browser.newPage({ viewport, colorScheme, timezoneId: 'Europe/Berlin', locale: 'en-US' });
    page.setDefaultTimeout(15_000);
    await world.answer(page);
    await page.goto(`${server.url}/#/nowhere`);
    return page;
  }

  async function show(page: Page, { hash, awaits, act }: Shown): Promise<void> {
    await page.evaluate(`location.replace(${JSON.stringify(hash)})`);
    await page.getByText(awaits).filter({ visible: true }).first().waitFor();
    await act?.(page);
    // Nothing is to look hovered over.
    await page.mouse.move(0, 0);
    await page.waitForLoadState('networkidle');
  }

  it.each(['light', 'dark'] as const)(
    'have no serious accessibility problem, fit into a narrow window, and cost five requests at most, %s',
    async (mode) => {
      const page = await open(mode, WIDE);
      // Dark mode differs in colours alone, and the others have none of their own.
      const rules = mode === 'dark' ? ['color-contrast'] : undefined;
      const pages = mode === 'dark' ? PAGES.filter(({ name }) => name !== undefined) : PAGES;
      let requests = 0;
      page.on('request', (request) => {
        if (request.url().includes('/api/v1/')) requests += 1;
      });
      const found: string[] = [];
      for (const shown of pages) {
        requests = 0;
        await show(page, shown);
        if (requests > 5 && shown.act === undefined) found.push(`${shown.hash} costs ${requests} requests`);
        found.push(...(await seriousViolations(page, rules)).map((violation) => `${shown.hash} ${violation}`));
        // A narrow window folds the navigation, which stays folded in pictures.
        if (mode === 'light' && !SCREENSHOTS) {
          await page.setViewportSize(NARROW);
          const excess = Number(await page.evaluate('document.documentElement.scrollWidth - innerWidth'));
          if (excess > 0) found.push(`${shown.hash} is ${excess} pixels too wide`);
          await page.setViewportSize(WIDE);
        }
        if (SCREENSHOTS && shown.name) {
          await writeFile(join(SCREENSHOTS, `console-${shown.name}-${mode}.webp`), await picture(page));
        }
      }
      await page.close();
      expect(found).toEqual([]);
    },
    120_000,
  );

  it('lead from a problem to a restore of the newest verified backup in five steps, by keyboard alone', async () => {
    const page = await open('light', WIDE);
    let steps = 0;
    const choose = async (name: RegExp) => {
      await tabTo(page, name);
      await page.keyboard.press('Enter');
      steps += 1;
    };
    await show(page, { hash: '#/', awaits: /No space left/ });

    await choose(/^Backup failed/);
    await page.getByText('Disk space, or TiKV is down: repair TiDB.').waitFor();
    await page.getByRole('link', { name: 'Restore the newest verified backup' }).waitFor();
    await choose(/^Restore the newest verified backup/);
    await tabTo(page, /^Cluster$/);
    await page.keyboard.type('Repor');
    // Past the offer to use the typed text as an id.
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    steps += 1;
    await choose(/^Skip to: Plan/);

    await page.getByText('Nothing prevents this').waitFor();
    expect(page.url()).toContain('#/backups/billing-2026-03-22/restore');
    expect(steps).toBeLessThanOrEqual(5);
    await page.close();
  }, 60_000);
});

const TABS = 80;

/** Moves the focus to the element with this text or label. */
async function tabTo(page: Page, name: RegExp): Promise<void> {
  const seen: string[] = [];
  for (let tabs = 0; tabs < TABS; tabs += 1) {
    await page.keyboard.press('Tab');
    const text = await page.evaluate('document.activeElement.textContent || document.activeElement.ariaLabel');
    if (name.test(String(text).trim())) return;
    seen.push(String(text).slice(0, 30));
  }
  throw new Error(`the keyboard reaches no ${name}, only ${seen.join(', ')}`);
}
