import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { loadSample, type NodeWorld, startNodeWorld } from '../../support/node-world.ts';

let world: NodeWorld;
beforeAll(async () => {
  vi.stubEnv('HAS_WORKER', 'true');
  // At a MiB a second, an empty cluster takes 13, and two MiB take 16.
  vi.stubEnv('WORKER_FROM_SECONDS', '15');
  world = await startNodeWorld();
  await world.config.write('BackupRateLimit', '1', new Date().toISOString());
}, 60_000);
afterAll(async () => {
  vi.unstubAllEnvs();
  await world.stop();
});

describe('where a first backup runs', () => {
  const choose = async (clusterId: string) => {
    const input = await world.accepted(clusterId, randomUUID());
    const choice = await world.handlers.chooseExecutor({ operation: 'Backup', input });
    return { ...choice, recorded: (await world.backups.get(input.backupId))?.executor };
  };

  it("depends on TiDB's report of the cluster's size, and is recorded", async () => {
    const [empty, full] = [await world.cluster(), await world.cluster({ statisticsDelayMs: 0 })];
    await loadSample(full);

    expect(await choose(empty.clusterId)).toMatchObject({ executor: 'lambda', recorded: 'lambda' });
    expect(await choose(full.clusterId)).toMatchObject({
      executor: 'fargate',
      reason: expect.stringContaining('of data on 1 TiKV nodes at 1 MiB/s each'),
      recorded: 'fargate',
    });
  });

  it('is a function if TiDB refuses to report it', async () => {
    const { clusterId, sandbox } = await world.cluster();
    sandbox.setFaults([{ match: 'cluster_info', action: 'error', errno: 1227, message: 'Access denied' }]);

    expect(await choose(clusterId)).toMatchObject({ executor: 'lambda', recorded: 'lambda' });
  });
});
