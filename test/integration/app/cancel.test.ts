import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TidbSandbox } from '../../../infra/local/tidb-sandbox/sandbox.ts';
import { type AppWorld, fill, running, sharedAppWorld } from './app-world.ts';

const SLOW = [{ throttleMiBPerSecond: 0.05 }];
/** The promise to the user. */
const SECONDS = 10;

describe('a canceled backup', () => {
  let world: AppWorld;
  beforeAll(async () => {
    world = await sharedAppWorld();
  }, 120_000);
  afterAll(() => world.stop());

  async function prepare() {
    const sandbox = await world.sandbox();
    await fill(sandbox);
    return { sandbox, clusterId: await world.register(sandbox) };
  }

  async function cancel(clusterId: string, backupId: string): Promise<number> {
    return (await world.api('POST /backups/cancel/', { clusterId, backupId })).code;
  }

  async function expectCanceled(sandbox: TidbSandbox, clusterId: string, backupId: string): Promise<void> {
    const record = await world.untilRecord(backupId, ({ status }) => status === 'Canceled', SECONDS);
    expect(record).not.toHaveProperty('error');
    await expect.poll(() => world.maintenanceOf(clusterId), { timeout: SECONDS * 1_000 }).toBe('');
    expect(await world.filesOf(backupId)).toEqual([]);
    expect((await running(sandbox, 'BACKUP')).filter(({ INFO }) => String(INFO).includes(backupId))).toEqual([]);
    const { data } = await world.api(`GET /workflow/${backupId}`);
    expect(data.info).toMatchObject({ name: 'BackupCluster', status: 'Canceled' });
  }

  it('before its statement is sent leaves nothing', async () => {
    const { sandbox, clusterId } = await prepare();
    const backupId = await world.backUp(clusterId);

    expect(await cancel(clusterId, backupId)).toBe(0);

    await expectCanceled(sandbox, clusterId, backupId);
  });

  it("while its statement waits in TiDB's queue leaves the other one running", async () => {
    const { sandbox, clusterId } = await prepare();
    const other = await world.register(sandbox);
    sandbox.setFaults(SLOW);
    const first = await world.backUp(clusterId);
    await world.untilRecord(first, ({ progress = 0 }) => progress > 0);
    const waiting = await world.backUp(other);
    await expect.poll(async () => (await running(sandbox, 'BACKUP')).length, { timeout: 20_000 }).toBe(2);

    expect(await cancel(other, waiting)).toBe(0);

    await expectCanceled(sandbox, other, waiting);
    expect(await world.record(first)).toHaveProperty('status', 'Processing');
    await cancel(clusterId, first);
    await expectCanceled(sandbox, clusterId, first);
  });

  it('while its statement runs leaves no file and no statement', async () => {
    const { sandbox, clusterId } = await prepare();
    sandbox.setFaults(SLOW);
    const backupId = await world.backUp(clusterId);
    await world.untilRecord(backupId, ({ progress = 0 }) => progress > 0);
    expect(await world.filesOf(backupId)).not.toEqual([]);

    expect(await cancel(clusterId, backupId)).toBe(0);

    await expectCanceled(sandbox, clusterId, backupId);
  });

  it('just as it ends is finished or canceled, as the answer said, and never both', async () => {
    const { sandbox, clusterId } = await prepare();
    const outcomes: string[] = [];
    for (let round = 0; round < 6; round += 1) {
      // The statement's result arrives this much later than its last file.
      sandbox.setFaults([{ match: '^BACKUP', action: 'delay', when: 'after', delayMs: 60 * round }]);
      const backupId = await world.backUp(clusterId);
      await expect
        .poll(async () => (await world.filesOf(backupId)).some((key) => key.endsWith('backupmeta')), {
          interval: 5,
          timeout: 20_000,
        })
        .toBe(true);

      const code = await cancel(clusterId, backupId);

      if (code === 0) {
        await expectCanceled(sandbox, clusterId, backupId);
      } else {
        expect(code).toBe(20610);
        await expect.poll(() => world.maintenanceOf(clusterId), { timeout: SECONDS * 1_000 }).toBe('');
        expect(await world.record(backupId)).toHaveProperty('status', 'Finished');
        expect(await world.filesOf(backupId)).not.toEqual([]);
      }
      outcomes.push(code === 0 ? 'Canceled' : 'Finished');
    }
    expect(outcomes).toContain('Canceled');
  });

  it('that has finished is refused, and stays', async () => {
    const { clusterId } = await prepare();
    const backupId = await world.backUp(clusterId);
    await world.untilRecord(backupId, ({ status }) => status === 'Finished');

    expect(await cancel(clusterId, backupId)).toBe(20610);

    expect(await world.record(backupId)).toHaveProperty('status', 'Finished');
  });
});
