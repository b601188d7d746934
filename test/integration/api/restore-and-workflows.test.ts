import { beforeEach, describe, expect, it, vi } from 'vitest';
import { useApiWorld } from '../../support/api-world.ts';
import { aBackup, CREATED, later } from '../../support/records.ts';

const world = useApiWorld();
beforeEach(() => {
  world.nodeRuns.length = 0;
});

const ZERO_TIME = '0001-01-01T00:00:00Z';

async function finishedBackup(backupId: string): Promise<string> {
  await world.ports.backups.create(aBackup({ backupId }));
  await world.ports.backups.startAttempt(backupId, later(1));
  await world.ports.backups.finish(backupId, { attempt: 1, backupTso: '1', sizeBytes: '2', at: later(2) });
  return backupId;
}

describe('restoring a backup', () => {
  it('locks the target and starts the execution, in four calls', async () => {
    const backupId = await finishedBackup('restorable');
    await world.register('target');
    world.calls.length = 0;

    const answer = await world.api('POST /clusters/target/restore/', { backupId });

    expect(world.calls).toEqual(['GetItemCommand', 'UpdateItemCommand', 'PutItemCommand', 'StartExecution']);
    const { workFlowId } = answer.data;
    expect(answer).toEqual({ status: 200, code: 0, message: 'OK', data: { workFlowId } });
    expect(world.executions.get(String(workFlowId))).toEqual({
      workFlowId,
      clusterId: 'target',
      backupId,
      maintenanceStatusChange: true,
    });
    const { data } = await world.api('GET /clusters/target');
    expect(data).toMatchObject({ maintenanceStatus: 'Restore', operationId: workFlowId });
    expect(await world.api('POST /backups', { clusterId: 'target' })).toMatchObject({ status: 409, code: 20114 });
    expect(await world.api('POST /clusters/target/restore', { backupId })).toMatchObject({ status: 409, code: 20114 });
  });

  it('makes its node restore users and grants, once that is confirmed', async () => {
    const backupId = await finishedBackup('with-accounts');
    await world.register('accounts-target');
    const request = { backupId, withSystemTables: true, confirmAccounts: true };

    const { data } = await world.api('POST /clusters/accounts-target/restore', request);

    expect(world.executions.get(String(data.workFlowId))).toMatchObject({ backupId, withSystemTables: true });
    const { data: made } = await world.api('POST /clusters/restore', { ...request, clusterName: 'A copy' });
    expect(world.executions.get(String(made.workFlowId))).toMatchObject({ backupId, withSystemTables: true });
  });

  it('needs a record and a registered cluster', async () => {
    const backupId = await finishedBackup('homeless');
    await world.register('waiting');

    const unknownRecord = await world.api('POST /clusters/waiting/restore', { backupId: 'nowhere' });
    const unknownCluster = await world.api('POST /clusters/nowhere/restore', { backupId });

    expect(unknownRecord).toMatchObject({ status: 404, code: 20612, data: {} });
    expect(unknownCluster).toMatchObject({ status: 404, code: 10003, data: {} });
  });

  it('needs a finished backup, and says what this one is', async () => {
    const { backups } = world.ports;
    for (const backupId of ['Initializing', 'Processing', 'Failed', 'Canceled'])
      await backups.create(aBackup({ backupId }));
    await backups.startAttempt('Processing', later(1));
    await backups.fail('Failed', { error: { code: 1, message: 'x' }, at: later(1) });
    await backups.cancel('Canceled', { at: later(1) });
    await world.register('patient');

    for (const status of ['Initializing', 'Processing', 'Failed', 'Canceled']) {
      expect(await world.api('POST /clusters/patient/restore', { backupId: status })).toEqual({
        status: 400,
        code: 20610,
        message: `backup record invalid: it is ${status}; only a Finished backup can be restored`,
        data: {},
      });
    }
    expect((await world.api('GET /clusters/patient')).data.maintenanceStatus).toBe('');
  });

  it('that cannot be started is rolled back', async () => {
    const backupId = await finishedBackup('again');
    await world.register('unlucky');
    vi.spyOn(world.ports.executions, 'start').mockRejectedValueOnce(new Error('down'));

    expect(await world.api('POST /clusters/unlucky/restore', { backupId })).toMatchObject({ status: 500, code: 40103 });

    expect((await world.api('GET /clusters/unlucky')).data.maintenanceStatus).toBe('');
    expect((await world.api('GET /workflow?bizId=unlucky')).data.workFlows).toEqual([]);
    expect(await world.api('POST /clusters/unlucky/restore', { backupId })).toMatchObject({ code: 0 });
  });
});

describe('a workflow', () => {
  it('shows what its nodes did, in two calls', async () => {
    await world.register('watched');
    const { data } = await world.api('POST /backups', { clusterId: 'watched' });
    world.nodeRuns.push(
      {
        id: '2',
        name: 'backup',
        parameters: '{}',
        result: '{"sizeBytes":"1"}',
        status: 'Finished',
        startTime: later(1),
        endTime: later(2),
      },
      { id: '7', name: 'updateBackupRecord', parameters: '{}', result: '', status: 'Processing', startTime: later(2) },
    );
    world.calls.length = 0;

    const answer = await world.api(`GET /workflow/${data.workFlowId}/`);

    expect(world.calls).toEqual(['GetItemCommand', 'GetExecutionHistory']);
    expect(answer.data).toEqual({
      info: {
        id: data.workFlowId,
        name: 'BackupCluster',
        bizId: 'watched',
        bizType: 'cluster',
        status: 'Initializing',
        createTime: CREATED,
        updateTime: CREATED,
        deleteTime: ZERO_TIME,
      },
      nodes: [world.nodeRuns[0], { ...world.nodeRuns[1], endTime: ZERO_TIME }],
      nodeNames: ['backup', 'updateBackupRecord', 'end'],
    });
  });

  it('that is unknown is refused', async () => {
    expect(await world.api('GET /workflow/nowhere')).toMatchObject({ status: 400, code: 10001, data: {} });
  });

  it('is found by cluster, flow and status', async () => {
    const { workflows } = world.ports;
    const backupId = await finishedBackup('listed');
    await world.register('busy');
    const backup = await world.api('POST /backups', { clusterId: 'busy' });
    await world.ports.clusters.unlock('busy', String(backup.data.backupId));
    world.advance(1_000);
    const restore = await world.api('POST /clusters/busy/restore', { backupId });
    const done = { workFlowId: String(backup.data.workFlowId), flowName: 'BackupCluster', bizId: 'busy' } as const;
    await workflows.setStatus(done, 'Finished', later(9));
    const find = async (query: string) => {
      const { data, page } = await world.api(`GET /workflow?bizId=busy&${query}`);
      return [(data.workFlows as { id: string }[]).map(({ id }) => id), page?.total];
    };

    expect(await find('')).toEqual([[restore.data.workFlowId, backup.data.workFlowId], 2]);
    expect(await find('status=Finished')).toEqual([[backup.data.workFlowId], 1]);
    expect(await find('flowName=RestoreExistCluster&status=Initializing')).toEqual([[restore.data.workFlowId], 1]);
    expect(await find('flowName=RestoreExistCluster&status=Finished')).toEqual([[], 0]);
    expect(await find('page=2&pageSize=1')).toEqual([[backup.data.workFlowId], 2]);
  });

  it('is 40101 or 40102 if it cannot be read', async () => {
    await world.register('unread');
    const { data } = await world.api('POST /backups', { clusterId: 'unread' });
    vi.spyOn(world.ports.workflows, 'list').mockRejectedValueOnce(new Error('down'));
    vi.spyOn(world.ports.histories, 'nodeRuns').mockRejectedValueOnce(new Error('down'));

    expect(await world.api('GET /workflow')).toMatchObject({ status: 500, code: 40101, data: {} });
    expect(await world.api(`GET /workflow/${data.workFlowId}`)).toMatchObject({ status: 500, code: 40102, data: {} });
  });
});
