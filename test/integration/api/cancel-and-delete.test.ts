import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { type ApiWorld, startApiWorld } from '../../support/api-world.ts';
import { aWorkflow, CREATED, later } from '../../support/records.ts';

const down = () => Promise.reject(new Error('ProvisionedThroughputExceeded'));
const DAY_MS = 24 * 3_600_000;
const ERROR = { code: 20602, message: 'BackupFailed: the reason' };

describe('ending backups through the API', () => {
  let world: ApiWorld;
  beforeAll(async () => {
    world = await startApiWorld();
    vi.spyOn(console, 'info').mockReturnValue();
    vi.spyOn(console, 'warn').mockReturnValue();
    vi.spyOn(console, 'error').mockReturnValue();
  });
  beforeEach(() => {
    world.ended.clear();
  });
  afterAll(async () => {
    vi.restoreAllMocks();
    await world.stop();
  });

  /** A backup in the given status. */
  async function prepare(clusterId: string, status: string, backupMode = 'manual'): Promise<string> {
    const { backups, clusters } = world.ports;
    if ((await clusters.get(clusterId)) === undefined) await world.register(clusterId);
    const { data } = await world.api('POST /backups', { clusterId, backupMode });
    const backupId = String(data.backupId);
    world.advance(1_000);
    if (status === 'Initializing') return backupId;
    await backups.startAttempt(backupId, later(1));
    if (status === 'Processing') return backupId;
    if (status === 'Failed') await backups.fail(backupId, { error: ERROR, at: later(2) });
    else if (status === 'Canceled') await backups.cancel(backupId, { at: later(2) });
    else await backups.finish(backupId, { attempt: 1, backupTso: '1', sizeBytes: '2', at: later(2) });
    await clusters.unlock(clusterId, backupId);
    if (status === 'Deleting') await world.api(`DELETE /backups/${backupId}`);
    return backupId;
  }

  async function recordOf(backupId: string): Promise<Record<string, unknown> | undefined> {
    const { data } = await world.api(`GET /backups?backupId=${backupId}`);
    return (data.backupRecords as Record<string, unknown>[])[0];
  }

  describe('canceling', () => {
    it.each(['Initializing', 'Processing'])('a backup that is %s marks it in one call, and again', async (status) => {
      const clusterId = `cancel-${status}`;
      const backupId = await prepare(clusterId, status);
      world.calls.length = 0;

      const answer = await world.api('POST /backups/cancel/', { clusterId, backupId });

      expect(world.calls).toEqual(['UpdateItemCommand']);
      expect(answer).toEqual({ status: 200, code: 0, message: 'OK', data: {} });
      expect(await world.api('POST /backups/cancel', { clusterId, backupId })).toEqual(answer);
      expect(await world.ports.backups.get(backupId)).toMatchObject({ status, cancelRequested: true });
    });

    it.each(['Finished', 'Failed', 'Canceled', 'Deleting'])('a backup that is %s is 20610', async (status) => {
      const clusterId = `late-${status}`;
      const backupId = await prepare(clusterId, status);
      const before = await world.ports.backups.get(backupId);

      const answer = await world.api('POST /backups/cancel', { clusterId, backupId });

      expect(answer).toMatchObject({ status: 400, code: 20610, message: expect.stringContaining(`it is ${status}`) });
      expect(await world.ports.backups.get(backupId)).toEqual(before);
    });

    it('an unknown backup, or one of another cluster, is 20612', async () => {
      const backupId = await prepare('owner', 'Processing');

      for (const request of [
        { clusterId: 'owner', backupId: 'nowhere' },
        { clusterId: 'other', backupId },
      ]) {
        expect(await world.api('POST /backups/cancel', request)).toMatchObject({ status: 404, code: 20612 });
      }
      expect(await world.ports.backups.get(backupId)).not.toHaveProperty('cancelRequested');
    });

    it('keeps a statement that ends afterwards from finishing the backup', async () => {
      const backupId = await prepare('too-late', 'Processing');
      await world.api('POST /backups/cancel', { clusterId: 'too-late', backupId });

      const result = { attempt: 1, backupTso: '1', sizeBytes: '2', at: later(9) };

      expect(await world.ports.backups.finish(backupId, result)).toBeUndefined();
    });

    it('is 20611 when the store does not answer', async () => {
      vi.spyOn(world.ports.backups, 'requestCancel').mockImplementationOnce(down);

      const answer = await world.api('POST /backups/cancel', { clusterId: 'c1', backupId: 'b1' });

      expect(answer).toMatchObject({ status: 500, code: 20611 });
      expect(answer.message).not.toContain('Throughput');
    });
  });

  describe('deleting', () => {
    it.each(['Finished', 'Failed', 'Canceled'])(
      'a backup that is %s marks it and starts the workflow',
      async (status) => {
        const clusterId = `delete-${status}`;
        const backupId = await prepare(clusterId, status);
        world.calls.length = 0;

        const answer = await world.api(`DELETE /backups/${backupId}/`);

        expect(world.calls).toEqual(['UpdateItemCommand', 'StartExecution']);
        expect(answer).toEqual({ status: 200, code: 0, message: 'OK', data: {} });
        const workFlowId = `${backupId}-delete-1`;
        expect(world.executions.get(workFlowId)).toEqual({
          workFlowId,
          clusterId,
          backupId,
          maintenanceStatusChange: true,
        });
        expect(await recordOf(backupId)).toMatchObject({
          status: 'Deleting',
          deleteTime: expect.stringMatching(/^2026/),
        });
      },
    );

    it('a locked backup returns until when, as does the record; once its day has come, no more', async () => {
      const backupId = await prepare('locked', 'Processing');
      const lockedUntil = '2026-03-02T10:00:00.000Z';
      const result = { attempt: 1, backupTso: '1', sizeBytes: '2', lockedUntil, at: later(2) };
      await world.ports.backups.finish(backupId, result);
      expect(await recordOf(backupId)).toMatchObject({ status: 'Finished', lockedUntil });

      expect(await world.api(`DELETE /backups/${backupId}`)).toMatchObject({
        status: 200,
        code: 0,
        data: { lockedUntil },
      });

      expect(await recordOf(backupId)).toMatchObject({ status: 'Deleting', lockedUntil });
      world.advance(DAY_MS);
      expect(await world.api(`DELETE /backups/${backupId}`)).toMatchObject({ code: 0, data: {} });
    });

    it.each(['Initializing', 'Processing'])('a backup that is %s is 20610', async (status) => {
      const backupId = await prepare(`running-${status}`, status);

      const answer = await world.api(`DELETE /backups/${backupId}`);

      expect(answer).toMatchObject({ status: 400, code: 20610, message: expect.stringContaining(`it is ${status}`) });
      expect(await recordOf(backupId)).toHaveProperty('status', status);
    });

    it('a backup that a restore is reading is 20610, until the restore ends', async () => {
      const { backups } = world.ports;
      const backupId = await prepare('restored', 'Finished');
      await backups.holdForRestore(backupId, 'restore-1');
      await backups.holdForRestore(backupId, 'restore-2');
      await backups.releaseFromRestore(backupId, 'restore-1');

      const answer = await world.api(`DELETE /backups/${backupId}`);

      expect(answer).toMatchObject({
        status: 400,
        code: 20610,
        message: expect.stringContaining('a restore is reading it'),
      });
      await backups.releaseFromRestore(backupId, 'restore-2');
      expect(await world.api(`DELETE /backups/${backupId}`)).toMatchObject({ code: 0 });
      expect(await backups.holdForRestore(backupId, 'restore-3')).toBeUndefined();
    });

    it('a backup whose hold an ended restore, or many, did not release', async () => {
      const { backups, workflows } = world.ports;
      const clusterId = 'frozen';
      const [single, one, many] = [
        await prepare(clusterId, 'Finished'),
        await prepare(clusterId, 'Finished'),
        await prepare(clusterId, 'Finished'),
      ];
      await workflows.create(aWorkflow({ workFlowId: 'frozen-ended', status: 'Error' }));
      await workflows.create(aWorkflow({ workFlowId: 'frozen-runs', status: 'Processing' }));
      for (const backupId of [single, one, many]) await backups.holdForRestore(backupId, 'frozen-ended');
      await backups.holdForRestore(many, 'frozen-runs');

      const { data } = await world.api(`DELETE /backups/${single}?plan=true`);
      expect(data.plan).toMatchObject({ conflicts: [] });
      expect(await backups.get(single)).toHaveProperty('restoredBy');
      expect(await world.api(`DELETE /backups/${single}`)).toMatchObject({ code: 0 });
      const all = await world.api(`DELETE /backups?clusterId=${clusterId}&plan=true`);
      expect(all.data.plan).toMatchObject({ keeps: [{ backupId: many }] });
      expect(await world.api(`DELETE /backups?clusterId=${clusterId}`)).toMatchObject({ code: 0 });

      const statuses = await Promise.all([single, one, many].map(recordOf));
      expect(statuses.map((record) => record?.status)).toEqual(['Deleting', 'Deleting', 'Finished']);
      expect(await backups.get(many)).toMatchObject({ restoredBy: new Set(['frozen-runs']) });
    });

    it('again succeeds: while it runs, when it is done, and with another execution when the first has ended', async () => {
      const backupId = await prepare('again', 'Finished');
      const remove = () => world.api(`DELETE /backups/${backupId}`);
      await remove();

      expect(await remove()).toMatchObject({ code: 0 });
      expect(world.executions.has(`${backupId}-delete-2`)).toBe(false);
      world.ended.add(`${backupId}-delete-1`);
      await world.ports.deletions.fail(backupId, { error: ERROR, at: later(3) });
      expect(await recordOf(backupId)).toMatchObject({ status: 'Deleting', error: ERROR });
      expect(await remove()).toMatchObject({ code: 0 });
      expect(world.executions.has(`${backupId}-delete-2`)).toBe(true);
      expect(await recordOf(backupId)).not.toHaveProperty('error');
      await world.ports.deletions.finish(backupId);
      expect(await remove()).toMatchObject({ code: 0 });
    });

    it('many times at once starts one execution', async () => {
      const backupId = await prepare('crowd', 'Finished');
      world.ended.add(`${backupId}-delete-1`);

      const answers = await Promise.all(Array.from({ length: 8 }, () => world.api(`DELETE /backups/${backupId}`)));

      expect(answers.map(({ code }) => code)).toEqual(Array(8).fill(0));
      const started = [...world.executions.keys()].filter((name) => name.startsWith(backupId));
      expect(started).toEqual([backupId, `${backupId}-delete-1`, `${backupId}-delete-2`]);
    });

    it.each([
      ['clusterId', { clusterId: 'another', backupMode: '' }],
      ['backupMode', { clusterId: '', backupMode: 'auto' }],
      ['backupId', { backupId: 'another' }],
    ])('a backup for which the body names another %s is refused', async (field, body) => {
      const backupId = await prepare('said', 'Finished');

      for (const query of ['', '?plan=true']) {
        const answer = await world.api(`DELETE /backups/${backupId}${query}`, body);
        expect(answer).toMatchObject({ status: 400, code: 10001 });
        expect(answer.message).toContain(`${field}: must match the`);
      }
      expect(await recordOf(backupId)).toMatchObject({ status: 'Finished' });
      const right = { clusterId: 'said', backupMode: 'manual', backupId, excludeBackupId: null };
      expect(await world.api(`DELETE /backups/${backupId}`, right)).toMatchObject({ status: 200 });
    });

    it('an unknown backup is 20612', async () => {
      expect(await world.api('DELETE /backups/nowhere')).toMatchObject({ status: 404, code: 20612 });
    });

    it.each([
      [
        '20603 when the record cannot be marked',
        20603,
        () => vi.spyOn(world.ports.deletions, 'begin').mockImplementationOnce(down),
      ],
      [
        '40103 when the workflow does not start',
        40103,
        () => vi.spyOn(world.ports.executions, 'start').mockImplementationOnce(down),
      ],
    ])('is %s; repeating it continues', async (_case, code, breakIt) => {
      const backupId = await prepare(`broken-${code}`, 'Finished');
      breakIt();

      expect(await world.api(`DELETE /backups/${backupId}`)).toMatchObject({ status: 500, code });
      expect(await world.api(`DELETE /backups/${backupId}`)).toMatchObject({ code: 0 });
    });
  });

  describe('deleting by condition', () => {
    const statuses = async (clusterId: string) => {
      const { data } = await world.api(`GET /backups?clusterId=${clusterId}&pageSize=100`);
      return (data.backupRecords as { status: string }[]).map(({ status }) => status);
    };

    it('deletes exactly what the filters match', async () => {
      const auto = await prepare('many', 'Finished', 'auto');
      const kept = await prepare('many', 'Finished');
      const too = await prepare('many', 'Finished');
      await prepare('many', 'Failed');
      await prepare('another', 'Finished');
      await prepare('many', 'Processing');

      expect(
        await world.api(
          `DELETE /backups/?clusterId=many&backupMode=manual&excludeBackupId=${kept}&excludeBackupId=${too}`,
        ),
      ).toMatchObject({
        status: 200,
        code: 0,
        data: {},
      });

      expect(await statuses('many')).toEqual(['Processing', 'Deleting', 'Finished', 'Finished', 'Finished']);
      expect(await statuses('another')).toEqual(['Finished']);
      await world.api('DELETE /backups?clusterId=many');
      expect(await recordOf(auto)).toHaveProperty('status', 'Deleting');
    });

    it('refuses to exclude what is no backup of the cluster, in its plan too, and deletes nothing', async () => {
      const kept = await prepare('slip', 'Finished');
      const elsewhere = await prepare('another', 'Finished');
      for (const id of [`${kept}x`, kept.toUpperCase(), 'null', elsewhere]) {
        for (const plan of ['&plan=true', '']) {
          const query = `clusterId=slip&excludeBackupId=${kept}&excludeBackupId=${id}${plan}`;
          expect(await world.api(`DELETE /backups?${query}`)).toMatchObject({
            ...{ status: 400, code: 10001 },
            message: expect.stringContaining(`excludeBackupId: no backup of this cluster has the id "${id}"`),
          });
        }
      }

      expect(await statuses('slip')).toEqual(['Finished']);
    });

    it('may exclude a backup of another mode', async () => {
      const manual = await prepare('modes', 'Finished');
      await prepare('modes', 'Finished', 'auto');

      const answer = await world.api(`DELETE /backups?clusterId=modes&backupMode=auto&excludeBackupId=${manual}`);

      expect(answer).toMatchObject({ status: 200, code: 0 });
      expect(await recordOf(manual)).toHaveProperty('status', 'Finished');
      expect((await statuses('modes')).toSorted()).toEqual(['Deleting', 'Finished']);
    });

    it('says how many could not be deleted, and deletes the others', async () => {
      for (let i = 0; i < 3; i += 1) await prepare('partly', 'Finished');
      vi.spyOn(world.ports.deletions, 'begin').mockImplementationOnce(down);

      const answer = await world.api('DELETE /backups?clusterId=partly');

      expect(answer).toMatchObject({
        status: 500,
        code: 20603,
        message: expect.stringContaining('1 backups could not be deleted'),
      });
      expect((await statuses('partly')).filter((status) => status === 'Deleting')).toHaveLength(2);
    });

    it.each([
      ['auto', ['Deleting', 'Finished']],
      ['all', ['Deleting', 'Deleting']],
    ])('happens with the cluster for deleteBackups=%s', async (which, left) => {
      const clusterId = `removed-${which}`;
      await prepare(clusterId, 'Finished', 'manual');
      await prepare(clusterId, 'Finished', 'auto');

      expect(await world.api(`DELETE /clusters/${clusterId}?deleteBackups=${which}`)).toMatchObject({ code: 0 });

      expect(await statuses(clusterId)).toEqual(left);
      expect(await world.api(`GET /clusters/${clusterId}`)).toMatchObject({ code: 10003 });
    });

    it('does not start while an operation holds the cluster', async () => {
      await prepare('held', 'Finished');
      const operation = { status: 'Restore', operationId: 'restore-1', since: CREATED } as const;
      await world.ports.clusters.lock('held', operation);

      expect(await world.api('DELETE /clusters/held?deleteBackups=all')).toMatchObject({ status: 409, code: 20114 });

      expect(await statuses('held')).toEqual(['Finished']);
    });
  });
});
