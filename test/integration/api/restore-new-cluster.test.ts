import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { type ApiWorld, startApiWorld } from '../../support/api-world.ts';
import { aBackup, later } from '../../support/records.ts';

const ADOPTION = {
  clusterName: 'A copy',
  backupId: 'finished',
  endpoints: ['copy.example.com:4000'],
  account: { user: 'restore', password: 'sesame' },
};

let world: ApiWorld;
beforeAll(async () => {
  world = await startApiWorld();
  for (const level of ['info', 'warn', 'error'] as const) vi.spyOn(console, level).mockReturnValue();
  const { backups } = world.ports;
  await backups.create(aBackup({ backupId: 'finished' }));
  await backups.startAttempt('finished', later(1));
  await backups.finish('finished', { attempt: 1, backupTso: '1', sizeBytes: '2', at: later(2) });
  await backups.create(aBackup({ backupId: 'unfinished' }));
});
afterAll(async () => {
  vi.restoreAllMocks();
  await world.stop();
});
beforeEach(() => {
  world.calls.length = 0;
});

const start = (body: object) => world.api('POST /clusters/restore', body);

/** Leftovers of a start that was rolled back or refused. */
async function expectNothingOf(clusterId: string): Promise<void> {
  expect(await world.api(`GET /clusters/${clusterId}`)).toMatchObject({ status: 404, code: 10003 });
  expect((await world.api(`GET /workflow?bizId=${clusterId}`)).page?.total).toBe(0);
  expect([...world.secrets.keys()].filter((arn) => arn.includes(clusterId))).toEqual([]);
}

describe('a restore into a cluster that the provisioner creates', () => {
  it('starts the execution, in four calls, and registers nothing yet', async () => {
    const body = { clusterName: 'A copy', backupId: 'finished', parameters: { size: 'small' }, onFailure: 'keep' };

    const answer = await start({ ...body, timezone: 'Europe/Berlin' });

    expect(world.calls).toEqual(['GetItemCommand', 'GetItemCommand', 'PutItemCommand', 'StartExecution']);
    const { workFlowId, clusterId } = answer.data;
    expect(answer).toEqual({
      status: 200,
      code: 0,
      message: 'OK',
      data: { workFlowId, clusterId, clusterID: clusterId },
    });
    expect(world.executions.get(String(workFlowId))).toEqual({
      workFlowId,
      clusterId,
      maintenanceStatusChange: true,
      provisioner: 'lambda',
      timezone: 'Europe/Berlin',
      ...body,
    });
    expect(await world.api(`GET /clusters/${clusterId}`)).toMatchObject({ status: 404 });
    const { data } = await world.api(`GET /workflow/${workFlowId}`);
    expect(data).toMatchObject({
      info: { name: 'RestoreNewCluster', bizId: clusterId, newCluster: { provisioner: 'lambda', onFailure: 'keep' } },
      nodeNames: ['createCluster', 'waitClusterReady', 'restoreNewCluster', 'end'],
    });
  });

  it('needs a provisioner', async () => {
    world.ports.hasProvisioner = false;

    const answer = await start({ clusterName: 'A copy', backupId: 'finished' }).finally(() => {
      world.ports.hasProvisioner = true;
    });

    expect(answer).toMatchObject({ status: 400, code: 10001, message: expect.stringContaining('has no provisioner') });
  });

  it('needs an unused id', async () => {
    await world.register('taken');

    const answer = await start({ clusterId: 'taken', clusterName: 'A copy', backupId: 'finished' });

    expect(answer).toMatchObject({
      status: 400,
      code: 10001,
      message: 'parameter is invalid: clusterId: "taken" is already registered',
    });
    expect((await world.api('GET /clusters/taken')).data).toMatchObject({ clusterName: 'Orders' });
  });
});

describe('a restore into a given cluster', () => {
  it('registers and holds it at once; its password is only in its secret', async () => {
    const answer = await start({ ...ADOPTION, clusterId: 'adopted' });

    expect(world.calls).toEqual([
      'GetItemCommand',
      'CreateSecret',
      'PutItemCommand',
      'PutItemCommand',
      'StartExecution',
    ]);
    const { workFlowId } = answer.data;
    expect(answer.data).toEqual({ workFlowId, clusterId: 'adopted', clusterID: 'adopted' });
    expect((await world.api('GET /clusters/adopted')).data).toMatchObject({
      clusterName: 'A copy',
      endpoints: ADOPTION.endpoints,
      account: { user: 'restore' },
      maintenanceStatus: 'Restore',
      operationId: workFlowId,
    });
    expect(await world.api('POST /backups', { clusterId: 'adopted' })).toMatchObject({ status: 409, code: 20114 });
    const input = world.executions.get(String(workFlowId));
    expect(input).toMatchObject({ provisioner: 'adopt', onFailure: 'destroy' });
    expect(JSON.stringify(input)).not.toMatch(/sesame|secretsmanager/);
  });

  it('leaves the cluster alone that has its id', async () => {
    await world.register('standing');
    world.advance(1);
    const secrets = [...world.secrets];

    const answer = await start({ ...ADOPTION, clusterId: 'standing' });

    expect(answer).toMatchObject({ status: 400, code: 10001 });
    expect((await world.api('GET /clusters/standing')).data).toMatchObject({
      clusterName: 'Orders',
      maintenanceStatus: '',
    });
    expect([...world.secrets]).toEqual(secrets);
  });

  it('that cannot be started is rolled back completely', async () => {
    vi.spyOn(world.ports.executions, 'start').mockRejectedValueOnce(new Error('down'));

    expect(await start({ ...ADOPTION, clusterId: 'unlucky' })).toMatchObject({ status: 500, code: 40103 });

    await expectNothingOf('unlucky');
    expect(await start({ ...ADOPTION, clusterId: 'unlucky' })).toMatchObject({ code: 0 });
  });

  it('whose workflow cannot be written is rolled back completely', async () => {
    vi.spyOn(world.ports.workflows, 'create').mockRejectedValueOnce(new Error('down'));

    expect(await start({ ...ADOPTION, clusterId: 'unwritten' })).toMatchObject({ status: 500, code: 40100 });

    await expectNothingOf('unwritten');
  });

  it('stays if its execution runs after all', async () => {
    const { executions } = world.ports;
    const really = executions.start.bind(executions);
    vi.spyOn(executions, 'start').mockImplementationOnce(async (flow, input) => {
      await really(flow, input);
      throw new Error('the answer was lost');
    });

    expect(await start({ ...ADOPTION, clusterId: 'lucky' })).toMatchObject({ code: 0 });
    expect((await world.api('GET /clusters/lucky')).data).toMatchObject({ maintenanceStatus: 'Restore' });
  });
});

it.each([
  ['unfinished', 400, 20610, 'backup record invalid: it is Initializing; only a Finished backup can be restored'],
  ['nowhere', 404, 20612, 'backup record not found: there is no backup record "nowhere"'],
])('a restore of a backup that is %s is refused', async (backupId, status, code, message) => {
  expect(await start({ ...ADOPTION, clusterId: 'never', backupId })).toMatchObject({ status, code, message });
  await expectNothingOf('never');
});

it.each([
  [{ clusterName: '' }, 'clusterName'],
  [{ backupId: '../x' }, 'backupId'],
  [{ clusterId: 'a/b' }, 'clusterId'],
  [{ endpoints: undefined }, 'endpoints: must be given together with account'],
  [{ account: undefined }, 'endpoints: must be given together with account'],
  [{ endpoints: [] }, 'endpoints'],
  [{ endpoints: ['nowhere'] }, 'endpoints.0: must be "host:port"'],
  [{ account: { user: 'a' } }, 'account: must be {"secretArn"'],
  [{ tls: 'maybe' }, 'tls'],
  [{ timezone: 'Mars' }, 'timezone: must be an IANA time zone'],
  [{ onFailure: 'panic' }, 'onFailure'],
  [{ parameters: { size: 'small' } }, 'parameters: are for the provisioner'],
  [{ parameters: 'small', endpoints: undefined, account: undefined }, 'parameters'],
])('a request with %j is refused before anything is read', async (change, message) => {
  const answer = await start({ ...ADOPTION, ...change });

  expect(answer).toMatchObject({ status: 400, code: 10001, message: expect.stringContaining(`invalid: ${message}`) });
  expect(world.calls).toEqual([]);
});
