import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { StorageLocation } from '../../../functions/domain/storage/storage-location.ts';
import type { BackupOutcome } from '../../../functions/domain/tidb/tidb.ts';
import type { BackupResult } from '../../../functions/workflow/backup/backup.ts';
import { contextWith, loadSample, type NodeWorld, startNodeWorld, type TestCluster } from '../../support/node-world.ts';

const AWKWARD = `a+b&c#d%e'f"g\\h?i=j k(é😀)`;
const ALL_ROWS = 'SELECT id, big, amount, name, made, raw FROM shop.orders ORDER BY id';

describe('a backup and its restore, node by node, with a TiDB', () => {
  let world: NodeWorld;

  beforeAll(async () => {
    world = await startNodeWorld();
  });
  afterAll(() => world.stop());

  async function prepare({ version = '8.5' } = {}) {
    const source = await world.cluster({ version });
    await loadSample(source);
    return { source, target: await world.cluster({ version }), backupId: randomUUID() };
  }

  async function backUp(
    { clusterId }: TestCluster,
    backupId: string,
    location?: Partial<StorageLocation & { type: 's3' }>,
  ): Promise<BackupResult> {
    const input = await world.accepted(clusterId, backupId, location);
    const backup = await world.handlers.backup(input, contextWith());
    await world.handlers.updateBackupRecord({ ...input, backup });
    await world.handlers.backupEnd({ ...input, backup });
    return backup;
  }

  async function restore({ clusterId }: TestCluster, backupId: string): Promise<BackupOutcome> {
    const input = await world.acceptedRestore(clusterId, backupId, `restore-${backupId}`);
    const outcome = await world.handlers.restoreFromSrcCluster(input, contextWith());
    await world.handlers.restoreEnd({ ...input, restore: outcome });
    return outcome;
  }

  it.each(['7.1', '7.5', '8.5', '8.5.1'])('bring every row into another cluster of TiDB %s', async (version) => {
    const { source, target, backupId } = await prepare({ version });

    const backup = await backUp(source, backupId);
    const restored = await restore(target, backupId);

    expect(await target.sql(ALL_ROWS)).toEqual(await source.sql(ALL_ROWS));
    const { backupTso } = backup;
    expect(restored).toEqual({ backupTso, sizeBytes: expect.stringMatching(/^\d+$/), executor: 'lambda' });
    expect(await world.backups.get(backupId)).toMatchObject({
      status: 'Finished',
      finishedAttempt: 1,
      backupTso: backup.backupTso,
      sizeBytes: backup.sizeBytes,
      endTime: backup.endTime,
    });
    expect(BigInt(backup.backupTso)).toBeGreaterThan(2n ** 53n);
    for (const { clusterId } of [source, target]) {
      expect(await world.clusters.get(clusterId)).not.toHaveProperty('maintenance');
    }
    for (const workFlowId of [backupId, `restore-${backupId}`]) {
      expect(await world.workflows.get(workFlowId)).toHaveProperty('status', 'Finished');
    }
  });

  it('work in a path with characters that need encoding', async () => {
    const { source, target, backupId } = await prepare();
    const prefix = `${AWKWARD}/${AWKWARD}/${backupId}`;

    await backUp(source, backupId, { prefix });
    await restore(target, backupId);

    expect(await target.sql(ALL_ROWS)).toEqual(await source.sql(ALL_ROWS));
    expect(await world.s3.keys(world.bucket)).toContain(`${prefix}/attempt-1/backupmeta`);
  });

  it('work in a store of its own, with keys that need encoding', async () => {
    const { source, target, backupId } = await prepare();
    const credentials = {
      accessKeySecretArn: await world.secrets.keep('AK+IA%&#'),
      secretAccessKeySecretArn: await world.secrets.keep(AWKWARD),
    };

    await backUp(source, backupId, { endpoint: world.s3.endpoint, credentials });
    await restore(target, backupId);

    expect(await target.sql(ALL_ROWS)).toEqual(await source.sql(ALL_ROWS));
  });

  it('apply the limits of the configuration', async () => {
    const { source, backupId } = await prepare();
    await world.config.write('BackupRateLimit', '1', new Date().toISOString());

    const began = Date.now();
    await backUp(source, backupId);
    await world.config.write('BackupRateLimit', undefined, new Date().toISOString());

    // Two megabytes at one a second.
    expect(Date.now() - began).toBeGreaterThan(1_000);
  });

  it.each(['8.5', '7.1'])('do not restore onto existing tables, and name them (TiDB %s)', async (version) => {
    const { source, backupId } = await prepare({ version });
    await backUp(source, backupId);

    const restored = restore(source, backupId);

    await expect(restored).rejects.toMatchObject({
      name: 'TablesInTheWay',
      message: expect.stringMatching(/drop them.*shop[`"]?\.[`"]?(orders|bulk)/),
    });
  });

  it('do not restore without the files, and name the path', async () => {
    const { source, target, backupId } = await prepare();
    await backUp(source, backupId);
    const { location } = (await world.backups.get(backupId)) ?? expect.unreachable('there is a record');
    await world.files.removeAll(location);

    await expect(restore(target, backupId)).rejects.toMatchObject({
      name: 'BackupNotRestorable',
      message: `no file is in s3://${world.bucket}/tidb/${source.clusterId}/${backupId}/attempt-1`,
    });
  });
});
