import { CreateMultipartUploadCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AwsCall } from '../../../infra/local/aws/aws-call.ts';
import { putObjects } from '../../support/many-objects.ts';
import { until } from '../support/until.ts';
import { type AppWorld, fill, running, sharedAppWorld } from './app-world.ts';

/** Three pages of a listing. */
const OBJECTS = 2_500;

describe('deleting backups', () => {
  let world: AppWorld;
  const calls: AwsCall[] = [];
  /** Called for each call to a local endpoint. */
  let onCall: (call: AwsCall) => void = () => {};
  beforeAll(async () => {
    world = await sharedAppWorld((call) => {
      calls.push(call);
      onCall(call);
    });
  }, 120_000);
  afterAll(() => world.stop());

  async function prepare() {
    const sandbox = await world.sandbox();
    await fill(sandbox, 16);
    return { sandbox, clusterId: await world.register(sandbox) };
  }

  async function finishedBackup(clusterId: string, backupMode: 'manual' | 'auto' = 'manual'): Promise<string> {
    const backupId = await world.backUp(clusterId, backupMode);
    await world.untilRecord(backupId, ({ status }) => status === 'Finished');
    await expect.poll(() => world.maintenanceOf(clusterId), { timeout: 10_000 }).toBe('');
    return backupId;
  }

  it('removes thousands of files, unfinished uploads and the record, nothing of a neighbour, whatever dies on the way', async () => {
    const { clusterId } = await prepare();
    const backupId = await finishedBackup(clusterId);
    const folder = `backups/${clusterId}/${backupId}`;
    const neighbours = [`${folder}b/attempt-1/backupmeta`, `backups/${clusterId}/${backupId}`];
    const names = Array.from({ length: OBJECTS }, (_, index) => `${folder}/attempt-1/1/${index}.sst`);
    await putObjects(world.cloud.endpoints.s3, world.bucket, [...names, ...neighbours]);
    const upload = { Bucket: world.bucket, Key: `${folder}/attempt-1/1/unfinished.sst` };
    await world.clients.s3.send(new CreateMultipartUploadCommand(upload));
    calls.length = 0;
    const killed = Promise.withResolvers<void>();
    onCall = ({ caller = '', action }) => {
      if (!/DeleteBackupFiles/.test(caller) || action !== 'DeleteObjects') return;
      onCall = () => {};
      const at = world.cloud.functions().find(({ logicalId }) => logicalId.includes('DeleteBackupFiles'));
      for (const { pid } of at?.processes ?? []) process.kill(pid, 'SIGKILL');
      killed.resolve();
    };

    expect(await world.api(`DELETE /backups/${backupId}/`)).toEqual({ status: 200, code: 0, message: 'OK', data: {} });
    expect(callsBy(/command/i)).toEqual(['UpdateItem', 'StartExecution']);
    expect(await world.api(`DELETE /backups/${backupId}`)).toMatchObject({ code: 0 });
    await killed.promise;

    expect(await world.record(backupId)).toMatchObject({
      status: 'Deleting',
      deleteTime: expect.stringMatching(/^20/),
    });
    await world.untilGone(backupId, 60);
    expect((await world.filesOf(backupId)).sort()).toEqual(neighbours.toSorted());
    await expect.poll(() => world.maintenanceOf(clusterId), { timeout: 10_000 }).toBe('');
    const { data } = await world.api(`GET /workflow?flowName=DeleteBackup&bizId=${clusterId}`);
    expect(data.workFlows).toMatchObject([{ id: `${backupId}-delete-1`, bizId: clusterId, status: 'Finished' }]);
    // Deleting a deleted backup succeeds; deleting an unknown one does not.
    expect(await world.api(`DELETE /backups/${backupId}`)).toMatchObject({ code: 0 });
    expect(await world.api(`DELETE /backups/${backupId}b`)).toMatchObject({ status: 404, code: 20612 });
  }, 300_000);

  it('waits until the cluster is free, and continues after its execution was aborted meanwhile', async () => {
    const { sandbox, clusterId } = await prepare();
    const backupId = await finishedBackup(clusterId);
    sandbox.setFaults([{ throttleMiBPerSecond: 0.01 }]);
    const busy = await world.backUp(clusterId);
    await world.untilRecord(busy, ({ status }) => status === 'Processing');
    const workFlowId = `${backupId}-delete-1`;

    await world.api(`DELETE /backups/${backupId}`);
    await until('the workflow', async () =>
      (await world.api(`GET /workflow/${workFlowId}`)).code === 0 ? true : undefined,
    );
    await world.abortDeletion(workFlowId);
    expect(await world.record(busy)).toHaveProperty('status', 'Processing');
    expect(await world.filesOf(backupId)).not.toEqual([]);
    expect(await world.api(`DELETE /backups/${busy}`)).toMatchObject({ status: 400, code: 20610 });
    await world.api(`DELETE /backups/${backupId}`);
    await world.api('POST /backups/cancel', { clusterId, backupId: busy });

    await world.untilGone(backupId);
    expect(await world.filesOf(backupId)).toEqual([]);
    expect(await world.record(busy)).toHaveProperty('status', 'Canceled');
    await expect.poll(() => world.maintenanceOf(clusterId), { timeout: 10_000 }).toBe('');
  }, 60_000);

  it('is refused while a restore reads the backup', async () => {
    const { clusterId } = await prepare();
    const backupId = await finishedBackup(clusterId);
    const target = await world.sandbox();
    // Longer than it takes to see it run.
    target.setFaults([{ throttleMiBPerSecond: 0.005 }]);
    const targetId = await world.register(target);
    const { data } = await world.api(`POST /clusters/${targetId}/restore`, { backupId });
    const statusOf = async () =>
      ((await world.api(`GET /workflow/${data.workFlowId}`)).data.info as { status: string }).status;
    await expect.poll(async () => (await running(target, 'RESTORE')).length, { timeout: 20_000 }).toBe(1);

    const refused = await world.api(`DELETE /backups/${backupId}`);

    expect(refused).toMatchObject({
      status: 400,
      code: 20610,
      message: expect.stringContaining('a restore is reading it'),
    });
    await expect.poll(statusOf, { timeout: 20_000 }).toBe('Finished');
    expect(await world.api(`DELETE /backups/${backupId}`)).toMatchObject({ code: 0 });
    await world.untilGone(backupId);
  }, 60_000);

  it('by condition skips running and excluded ones; with its cluster it deletes the rest', async () => {
    const { sandbox, clusterId } = await prepare();
    const [kept, manual, auto] = [
      await finishedBackup(clusterId),
      await finishedBackup(clusterId),
      await finishedBackup(clusterId, 'auto'),
    ];
    sandbox.setFaults([{ throttleMiBPerSecond: 0.01 }]);
    const busy = await world.backUp(clusterId);
    await world.untilRecord(busy, ({ status }) => status === 'Processing');

    const answer = await world.api(`DELETE /backups?clusterId=${clusterId}&backupMode=manual&excludeBackupId=${kept}`);

    expect(answer).toMatchObject({ status: 200, code: 0, data: {} });
    expect(await statusesOf(clusterId)).toEqual({
      [kept]: 'Finished',
      [manual]: 'Deleting',
      [auto]: 'Finished',
      [busy]: 'Processing',
    });
    expect(await world.api(`DELETE /clusters/${clusterId}?deleteBackups=all`)).toMatchObject({ code: 20114 });
    await world.api('POST /backups/cancel', { clusterId, backupId: busy });
    await world.untilGone(manual);
    await expect.poll(() => world.maintenanceOf(clusterId), { timeout: 10_000 }).toBe('');
    expect(await world.api(`DELETE /clusters/${clusterId}?deleteBackups=auto`)).toMatchObject({ code: 0 });
    await world.untilGone(auto);
    expect(await statusesOf(clusterId)).toEqual({ [kept]: 'Finished', [busy]: 'Canceled' });
    // Backups of a removed cluster can still be deleted.
    await world.api(`DELETE /backups?clusterId=${clusterId}`);
    await world.untilGone(kept);
    await world.untilGone(busy);
    expect(await world.filesOf(clusterId)).toEqual([]);
  }, 90_000);

  async function statusesOf(clusterId: string): Promise<Record<string, string>> {
    const records = await world.records(`clusterId=${clusterId}`);
    return Object.fromEntries(records.map(({ id, status }) => [id, status]));
  }

  function callsBy(caller: RegExp): string[] {
    return calls.flatMap((call) => (caller.test(call.caller ?? '') ? [call.action] : []));
  }
});
