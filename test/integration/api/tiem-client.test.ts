import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ApiAnswer } from '../../support/api.ts';
import { type ApiWorld, startApiWorld } from '../../support/api-world.ts';
import { later } from '../../support/records.ts';

let world: ApiWorld;
beforeAll(async () => {
  world = await startApiWorld();
});
afterAll(() => world.stop());

/**
 * Sends what TiEM's own client sends: its router's paths, with its trailing slashes, a token of TiEM's, and all fields of its Go structs,
 * including empty ones.
 */
async function tiem(route: string, body?: object): Promise<ApiAnswer> {
  const answer = await world.api(route, body, {
    headers: { 'content-type': 'application/json', authorization: 'Bearer 62e91c4f-a-token-of-tiem' },
  });
  expect(answer, JSON.stringify(answer)).toMatchObject({ status: 200, code: 0, message: 'OK' });
  return answer;
}

/** RFC 3339, as Go's `time.Time` reads it. */
const TIME = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$/);
const NO_TIME = '0001-01-01T00:00:00Z';

/** `structs.BackupRecord`; Go ignores our additional fields. */
const BACKUP_RECORD = {
  id: expect.any(String),
  clusterId: 'tiem',
  backupType: 'full',
  backupMethod: 'physical',
  backupMode: 'manual',
  filePath: expect.any(String),
  size: expect.any(Number),
  backupTso: expect.stringMatching(/^\d+$/),
  status: expect.any(String),
  startTime: TIME,
  endTime: TIME,
  createTime: TIME,
  updateTime: TIME,
  deleteTime: NO_TIME,
};

describe('a client of TiEM', () => {
  it('backs up, watches, cancels and deletes', async () => {
    await world.register('tiem');

    const { data: started } = await tiem('POST /backups/', { clusterId: 'tiem', backupType: '', backupMode: '' });
    const backupId = String(started.backupId);
    expect(started).toEqual({ workFlowId: expect.any(String), backupId: expect.any(String) });

    const query = 'GET /backups/?clusterId=tiem&startTime=0&endTime=0&page=1&pageSize=10';
    const { data: running, page } = await tiem(query);
    expect(running.backupRecords).toEqual([expect.objectContaining({ ...BACKUP_RECORD, id: backupId })]);
    expect(page).toEqual({ page: 1, pageSize: 10, total: 1 });

    await tiem('POST /backups/cancel', { clusterId: 'tiem', backupId });
    await world.ports.backups.cancel(backupId, { filesRemain: undefined, at: later(5) });
    await tiem(`DELETE /backups/${backupId}`, { clusterId: '', backupMode: '', backupId: '', excludeBackupId: null });
    const { data: deleting } = await tiem(`GET /backups/?backupId=${backupId}&clusterId=tiem`);
    expect(deleting.backupRecords).toMatchObject([{ id: backupId, status: 'Deleting' }]);
  });

  it('reads sizes as MiB, in a number, and a TSO as text', async () => {
    await world.register('sized');
    const { data } = await tiem('POST /backups', { clusterId: 'sized', backupMode: 'manual' });
    const backupId = String(data.backupId);
    await world.ports.backups.startAttempt(backupId, later(1));
    const result = { attempt: 1, backupTso: '464680329216000001', sizeBytes: '2684354560' };
    await world.ports.backups.finish(backupId, { ...result, at: later(2) });

    const { data: found } = await tiem(`GET /backups/?backupId=${backupId}`);

    expect(found.backupRecords).toMatchObject([{ size: 2560, backupTso: '464680329216000001', status: 'Finished' }]);
  });

  it('saves a strategy and reads it', async () => {
    await world.register('planned');
    const strategy = { clusterId: '', backupDate: 'Monday,Tuesday', period: '7:00-9:00' };

    await tiem('PUT /clusters/planned/strategy', { clusterId: '', strategy });

    const { data } = await tiem('GET /clusters/planned/strategy/');
    expect(data.strategy).toMatchObject({ ...strategy, clusterId: 'planned' });
  });

  it('restores, and follows the workflow', async () => {
    await world.register('restored');
    const { data: backup } = await tiem('POST /backups/', { clusterId: 'restored', backupMode: 'manual' });
    const backupId = String(backup.backupId);
    await world.ports.backups.startAttempt(backupId, later(1));
    await world.ports.backups.finish(backupId, { attempt: 1, backupTso: '1', sizeBytes: '1', at: later(2) });
    await world.ports.clusters.unlock('restored', backupId);

    const { data } = await tiem('POST /clusters/restored/restore', { backupId, clusterId: 'restored' });

    const { data: list } = await tiem('GET /workflow/?bizId=restored&flowName=RestoreExistCluster&page=1&pageSize=10');
    const info = {
      id: data.workFlowId,
      name: 'RestoreExistCluster',
      bizId: 'restored',
      bizType: 'cluster',
      status: 'Initializing',
      createTime: TIME,
      updateTime: TIME,
      deleteTime: NO_TIME,
    };
    expect(list.workFlows).toEqual([info]);
    const { data: detail } = await tiem(`GET /workflow/${data.workFlowId}`);
    expect(detail).toEqual({ info, nodes: [], nodeNames: ['restoreFromSrcCluster', 'end'] });
  });

  it('configures where backups are stored', async () => {
    await tiem('POST /config/update', { configKey: 'BackupStoragePath', configValue: 'own-bucket/of/tiem' });

    expect((await tiem('GET /config/?configKey=BackupStoragePath')).data).toEqual({
      configKey: 'BackupStoragePath',
      configValue: 'own-bucket/of/tiem',
    });
  });

  it('gets failures by the numbers that it knows', async () => {
    const answer = await world.api('POST /backups/', {
      clusterId: 'nowhere',
      backupType: 'full',
      backupMode: 'manual',
    });

    expect(answer).toEqual({
      status: 404,
      code: 10003,
      message: expect.stringMatching(/^cluster not found/),
      data: {},
    });
  });
});
