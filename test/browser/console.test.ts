import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { connect } from '../../clients/cli/connection.ts';
import { startConsole } from '../../clients/cli/console-server.ts';
import { buildConsole, createConsoleFiles } from '../../clients/console/files.ts';
import type { TidbSandbox } from '../../infra/local/tidb-sandbox/sandbox.ts';
import { type AppWorld, fill, startAppWorld } from '../integration/app/app-world.ts';
import { hasBrowser, launchBrowser } from './browser.ts';
import { fakeApi, LONG_NAME } from './fake-api.ts';
import { serveWithIssuer } from './issuer.ts';

const NOW = '2026-11-30T00:00:00.000Z';

const answer = (data: object, page?: object) => ({ status: 200, body: { code: 0, message: 'OK', data, page } });

const clusterOf = (clusterId: string, isOverdue = false) => ({
  ...{ clusterId, clusterName: clusterId, timezone: 'UTC', maintenanceStatus: '', isOverdue, isUnverified: false },
  recentBackups: [{ backupId: 'b', backupType: 'full', endTime: NOW, sizeBytes: '1' }],
  maxBackupAgeHours: 26,
});

const SLOW = [{ throttleMiBPerSecond: 0.1 }];
const FAILS_IN_THE_END = {
  match: '^BACKUP',
  action: 'error',
  when: 'after',
  message: 'no space left on device',
} as const;

describe.skipIf(!hasBrowser())('the console', () => {
  let world: AppWorld;
  let browser: Browser;
  let sandbox: TidbSandbox;
  let clusterId: string;
  const pages: Page[] = [];
  /** The browser's own complaints: exceptions, and violations of the Content-Security-Policy. */
  const complaints: string[] = [];

  beforeAll(async () => {
    const files = createConsoleFiles({ type: 'none' });
    [world, browser] = await Promise.all([
      startAppWorld({ pages: { path: '/console', file: files } }),
      launchBrowser(),
      // Built while the cloud starts.
      files(''),
    ]);
    sandbox = await world.sandbox();
    await fill(sandbox);
    clusterId = await world.register(sandbox);
  }, 120_000);
  afterEach(async () => {
    await Promise.all(pages.splice(0).map((page) => page.close()));
    sandbox.setFaults([]);
    expect(complaints.splice(0)).toEqual([]);
  });
  afterAll(async () => {
    await browser?.close();
    await world?.stop();
  });

  const open = (hash: string, options?: Parameters<Browser['newPage']>[0]) =>
    openAt(`${new URL(world.cloud.api).origin}/console/${hash}`, options);

  async function openAt(url: string, options: Parameters<Browser['newPage']>[0] = {}): Promise<Page> {
    const page = await browser.newPage({ viewport: { width: 1280, height: 900 }, ...options });
    page.setDefaultTimeout(15_000);
    pages.push(page);
    page.on('pageerror', (error) => complaints.push(String(error)));
    page.on('console', (message) => {
      if (/content security policy/i.test(message.text())) complaints.push(message.text());
    });
    await page.goto(url);
    return page;
  }

  const go = (page: Page, hash: string) => page.evaluate(`location.replace(${JSON.stringify(hash)})`);
  const text = (page: Page, wanted: string | RegExp) =>
    page.getByText(wanted).filter({ visible: true }).first().waitFor();

  describe('on the local cloud', () => {
    it('follows a backup from the button to its end', async () => {
      const page = await open(`#/clusters/${clusterId}`);
      await page.getByRole('button', { name: 'Back up now' }).click();
      const dialog = page.getByRole('dialog');
      await dialog.getByText('Nothing prevents this').waitFor();
      await dialog.getByRole('button', { name: 'Back up now' }).click();

      await page.waitForURL(/#\/backups\//);
      await text(page, 'Finished');
      await text(page, 'updateBackupRecord');
      expect(page.url()).toContain((await world.records(`clusterId=${clusterId}`))[0]?.id);
      // The record is finished before its workflow is.
      await expect.poll(() => world.maintenanceOf(clusterId), { timeout: 20_000 }).toBe('');
    });

    it('shows the progress of a backup, and its failure with the entry of the runbook', async () => {
      sandbox.setFaults([...SLOW, FAILS_IN_THE_END]);
      const backupId = await world.backUp(clusterId);
      const page = await open('#/');
      await page.getByRole('progressbar').first().waitFor();

      await world.untilRecord(backupId, ({ status }) => status === 'Failed');
      await go(page, `#/backups/${backupId}`);
      await text(page, 'Failed');
      await text(page, 'By what the error says');
      await expect.poll(() => world.maintenanceOf(clusterId), { timeout: 20_000 }).toBe('');
    });

    it('cancels a running backup', async () => {
      sandbox.setFaults([{ throttleMiBPerSecond: 0.02 }]);
      const backupId = await world.backUp(clusterId);
      await world.untilRecord(backupId, ({ progress = 0 }) => progress > 0);
      const page = await open(`#/backups/${backupId}`);
      await page.getByRole('progressbar').waitFor();
      await page.getByRole('button', { name: 'Cancel the backup' }).click();
      const dialog = page.getByRole('dialog');
      await dialog.getByText('Nothing prevents this').waitFor();
      await dialog.getByRole('button', { name: 'Cancel the backup' }).click();

      await page.getByText('Canceled', { exact: true }).first().waitFor();
      expect(await world.record(backupId)).toHaveProperty('status', 'Canceled');
      await expect.poll(() => world.maintenanceOf(clusterId), { timeout: 20_000 }).toBe('');
    });

    it('leads a restore to its plan, which says why it would be refused or starts it', async () => {
      const backupId = await world.backUp(clusterId);
      await world.untilRecord(backupId, ({ status }) => status === 'Finished');
      const target = await world.register(await world.sandbox());
      const page = await open(`#/backups/${backupId}/restore`);
      await page.getByRole('combobox', { name: 'Cluster' }).fill(target);
      await page.getByRole('option', { name: target }).last().click();
      await page.getByRole('button', { name: 'Next' }).click();
      await page.getByRole('button', { name: 'Next' }).click();
      await text(page, 'Nothing prevents this');
      await text(page, 'Backups restored');
      await page.getByRole('button', { name: 'Start the restore' }).click();

      await page.waitForURL(/#\/workflows\//);
      await text(page, 'RestoreExistCluster');
      await text(page, 'Finished');
    });

    it('previews a strategy across a clock change, and saves it', async () => {
      const page = await open(`#/clusters/${clusterId}/strategy`);
      await page.getByLabel('Window', { exact: true }).fill('1:30-4:00');
      await page.getByLabel('Time zone', { exact: true }).fill('Europe/Berlin');
      await page.getByRole('button', { name: /^Days/ }).first().click();
      for (const day of ['Saturday', 'Sunday']) await page.getByRole('option', { name: day }).click();
      await page.keyboard.press('Escape');

      await text(page, 'Around the next clock change');
      await text(page, /clocks go (forward|back) 1 h/);
      await text(page, /^(1 h 30 min|3 h 30 min)/);
      await page.getByRole('button', { name: 'Save the strategy' }).click();
      const dialog = page.getByRole('dialog');
      await dialog.getByText('Nothing prevents this').waitFor();
      await dialog.getByRole('button', { name: 'Save the strategy' }).click();
      await dialog.waitFor({ state: 'detached' });
      const { data } = await world.api(`GET /clusters/${clusterId}/strategy`);
      expect(data.strategy).toMatchObject({
        backupDate: 'Saturday,Sunday',
        period: '1:30-4:00',
        timezone: 'Europe/Berlin',
      });
    });
  });

  describe('with a faked API', () => {
    async function openFaked(
      hash: string,
      ...[refuse, options]: [Parameters<typeof fakeApi>[1]?, Parameters<typeof open>[1]?]
    ) {
      const page = await open('#/nowhere', options);
      await fakeApi(page, refuse);
      await go(page, hash);
      return page;
    }

    it('draws no more than 200 rows and marks of 10,000 backups, page by page', async () => {
      const page = await openFaked('#/clusters/orders/backups');
      await page.getByText('(10000)').waitFor();
      const rows = page.locator('tbody tr');
      expect(await rows.count()).toBeLessThanOrEqual(200);
      await page.getByRole('button', { name: 'Older' }).click();
      await page.locator('a[href="#/backups/backup-99"]').waitFor();
      expect(await rows.count()).toBeLessThanOrEqual(200);

      await go(page, '#/clusters/orders/timeline');
      await page.locator('.timeline .mark').first().waitFor();
      expect(await page.locator('.timeline .mark').count()).toBeLessThanOrEqual(200);
    });

    it('lists problems first among 12,000 clusters, in five requests', async () => {
      let requests = 0;
      const page = await openFaked('#/', (route, query) => {
        if (route !== 'GET /overview') return undefined;
        requests += 1;
        const first = Number(query.get('pageToken') ?? 0);
        const clusters = Array.from({ length: 100 }, (_, n) => clusterOf(`c-${first + n}`));
        return query.has('problems')
          ? answer({ asOf: NOW, clusters: [clusterOf('late', true)] }, { total: 1 })
          : answer({ asOf: NOW, clusters }, { total: 12_000, nextPageToken: String(first + 100) });
      });
      await text(page, '401 of 12000 clusters are listed');
      expect(await page.locator('tbody tr').first().innerText()).toContain('late');
      expect(requests).toBe(5);

      await page.getByRole('searchbox', { name: 'Find a cluster' }).fill('c-9000');
      const found = page.getByRole('link', { name: 'Open the cluster with this id' });
      expect(await found.getAttribute('href')).toBe('#/clusters/c-9000');
    });

    it('names the missing policy when the API refuses', async () => {
      const page = await openFaked('#/clusters/orders', (route) =>
        route === 'POST /backups' ? { status: 403, body: { message: 'Forbidden' } } : undefined,
      );
      await page.getByRole('button', { name: 'Back up now' }).click();
      await text(page, /OperatorPolicyArn/);
    });

    it('says what to do about an error, with its correlation id', async () => {
      const body = { code: 10_000, message: 'unrecognized error, request 1', data: {} };
      const page = await openFaked('#/settings', (route) =>
        route === 'GET /config/all' ? { status: 404, body } : undefined,
      );
      await text(page, /unrecognized error/);
      await page.getByRole('button', { name: 'Try again' }).waitFor();
    });

    it('shows the plan of a changed setting before it saves it', async () => {
      let updates = 0;
      const page = await openFaked('#/settings', (route) => {
        if (route === 'GET /config/all') {
          return answer({ config: [{ configKey: 'BackupRateLimit', configValue: '64' }] });
        }
        if (route !== 'POST /config/update') return undefined;
        updates += 1;
        return answer({ plan: { conflicts: [], checksLeft: [], changes: ['what changes'] } });
      });
      await page.getByRole('button', { name: 'Change BackupRateLimit' }).click();
      const input = page.getByRole('textbox', { name: 'Value of BackupRateLimit' });
      await input.fill('128');
      await input.press('Enter');
      await text(page, /what changes/);
      expect(updates).toBe(1);
      const dialog = page.getByRole('dialog');
      await dialog.getByRole('button', { name: 'Change BackupRateLimit' }).click();
      await dialog.waitFor({ state: 'detached' });
      expect(updates).toBe(2);
    });

    it.each([1_280, 420])('keeps long names inside a window of %i pixels', async (width) => {
      const page = await openFaked('#/', undefined, { viewport: { width, height: 800 } });
      for (const hash of ['#/', '#/clusters/orders', '#/clusters/orders/backups']) {
        await go(page, hash);
        await page.getByText(LONG_NAME).first().waitFor();
        expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0);
      }
    });
  });

  describe('served by `tidb-backup console`', () => {
    it('exchanges the token of its link for a cookie, and gets signed answers without seeing a credential', async () => {
      vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIDEXAMPLE');
      vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'the-secret-of-the-caller');
      const signatures = new Set<string | null>();
      const server = await startConsole({
        connection: await connect({ endpoint: world.cloud.api, region: 'eu-central-1' }, process.env),
        files: await buildConsole(),
        port: 0,
        fetch(url, init) {
          signatures.add(new Headers(init.headers).get('authorization'));
          return fetch(url, init);
        },
      });
      try {
        const page = await openAt(server.url);
        await page.locator(`a[href="#/clusters/${clusterId}"]`).first().waitFor();

        expect(page.url()).toBe(`${new URL(server.url).origin}/#/`);
        expect([...signatures]).not.toEqual([]);
        for (const signature of signatures) expect(signature).toMatch(/^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\//);
        expect(await page.evaluate('document.cookie')).toBe('');
        const [cookie, ...others] = await page.context().cookies();
        expect(others).toEqual([]);
        expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Strict', domain: '127.0.0.1' });

        const stranger = await openAt(server.url);
        await text(stranger, 'This link has been used or has expired. Run tidb-backup console again.');
      } finally {
        vi.unstubAllEnvs();
        await server.close();
      }
    });
  });

  describe('for a JWT deployment', () => {
    it.each([
      ['a reader', 'backup:read', false],
      ['an operator', 'backup:read backup:write backup:restore', true],
    ])('signs %s in at the issuer, and hides what the scopes do not allow', async (_, scope, mayWrite) => {
      const server = await serveWithIssuer(scope);
      try {
        const page = await browser.newPage();
        pages.push(page);
        page.on('pageerror', (error) => complaints.push(String(error)));
        await fakeApi(page);
        await page.goto(`${server.url}/#/clusters/orders`);
        await text(page, LONG_NAME);

        expect(page.url()).toBe(`${server.url}/#/clusters/orders`);
        expect(await page.getByRole('button', { name: 'Back up now' }).count()).toBe(mayWrite ? 1 : 0);
        await text(page, 'Grüße');
        const kept = await page.evaluate(
          'JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie])',
        );
        expect(kept).not.toContain('e30.');
      } finally {
        await server.close();
      }
    });
  });
});
