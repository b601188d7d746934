import { describe, expect, it, vi } from 'vitest';
import { cachedConfig } from '../../../functions/adapters/dynamodb/cached-config.ts';
import { type ApiPorts, createApi } from '../../support/api.ts';
import { startApiWorld, useApiWorld } from '../../support/api-world.ts';
import { CREATED, later } from '../../support/records.ts';

const world = useApiWorld();

const ZERO_TIME = '0001-01-01T00:00:00Z';

async function maintenanceOf(clusterId: string): Promise<unknown> {
  const { data } = await world.api(`GET /clusters/${clusterId}`);
  return data.maintenanceStatus;
}

async function recordsOf(clusterId: string): Promise<unknown> {
  const { data } = await world.api(`GET /backups?clusterId=${clusterId}`);
  return data.backupRecords;
}

describe('starting a backup', () => {
  it('locks the cluster, writes the record and starts the execution of the same name', async () => {
    await world.register('started');

    const answer = await world.api('POST /backups/', {
      clusterId: 'started',
      backupType: 'full',
      backupMode: 'manual',
    });

    const { backupId, workFlowId } = answer.data;
    expect(answer).toEqual({ status: 200, code: 0, message: 'OK', data: { backupId, workFlowId: backupId } });
    expect(world.executions.get(String(workFlowId))).toEqual({
      workFlowId,
      clusterId: 'started',
      backupId,
      maintenanceStatusChange: true,
    });
    expect(await recordsOf('started')).toEqual([
      {
        id: backupId,
        clusterId: 'started',
        backupType: 'full',
        backupMethod: 'physical',
        backupMode: 'manual',
        filePath: `s3://own-bucket/tidb/started/${backupId}`,
        size: 0,
        sizeBytes: '0',
        backupTso: '0',
        status: 'Initializing',
        progress: 0,
        startTime: ZERO_TIME,
        endTime: ZERO_TIME,
        createTime: CREATED,
        updateTime: CREATED,
        deleteTime: ZERO_TIME,
        workFlowId,
        storageType: 's3',
        executor: 'lambda',
      },
    ]);
    const { data } = await world.api('GET /clusters/started');
    expect(data).toMatchObject({ maintenanceStatus: 'BackUp', operationId: backupId, maintenanceSince: CREATED });
  });

  it('costs four calls once the configuration is known', async () => {
    await world.register('first');
    await world.register('second');
    // As the entry file composes it.
    const api = createApi({ ...world.ports, config: cachedConfig(world.ports.config, world.ports.clock) });
    await api('POST /backups', { clusterId: 'first' });
    world.calls.length = 0;

    await api('POST /backups', { clusterId: 'second' });

    expect(world.calls).toEqual(['UpdateItemCommand', 'PutItemCommand', 'PutItemCommand', 'StartExecution']);
  });

  it('is manual by default', async () => {
    await world.register('tacit');
    const { data } = await world.api('POST /backups', { clusterId: 'tacit' });
    expect(await recordsOf('tacit')).toMatchObject([{ id: data.backupId, backupMode: 'manual' }]);
  });

  it('is refused with 20114 while another holds the cluster, whoever asks, and however many at once', async () => {
    await world.register('busy');

    const answers = await Promise.all(
      Array.from({ length: 8 }, () => world.api('POST /backups', { clusterId: 'busy' })),
    );

    const started = answers.filter(({ code }) => code === 0);
    expect(started).toHaveLength(1);
    for (const refused of answers.filter(({ code }) => code !== 0)) {
      expect(refused).toMatchObject({ status: 409, code: 20114, data: {} });
    }
    expect(await recordsOf('busy')).toHaveLength(1);
  });

  it('needs a valid configuration', async () => {
    const own = await startApiWorld();
    await own.register('misled');
    const start = () => own.api('POST /backups', { clusterId: 'misled' });

    await own.api('POST /config/update', { configKey: 'BackupStorageType', configValue: 'nfs' });
    expect(await start()).toMatchObject({
      status: 404,
      code: 20600,
      message: expect.stringContaining('BackupStoragePath'),
    });
    await own.api('POST /config/update', { configKey: 'BackupStoragePath', configValue: 'bucket/prefix' });
    expect(await start()).toMatchObject({
      status: 400,
      code: 20601,
      message: expect.stringContaining('absolute path'),
    });
    await own.api('POST /config/update', { configKey: 'BackupStorageType', configValue: 's3' });
    await own.api('POST /config/update', { configKey: 'BackupS3AccessKey', configValue: 'AK' });
    expect(await start()).toMatchObject({
      status: 400,
      code: 20601,
      message: expect.stringContaining('BackupS3SecretAccessKey'),
    });

    const { data } = await own.api('GET /clusters/misled');
    expect(data.maintenanceStatus).toBe('');
    await own.stop();
  });

  it('accepts a path with any characters', async () => {
    const own = await startApiWorld();
    await own.register('odd');
    const path = `own-bucket/a'b"c&d+e%f#g\\h ü😀`;
    expect(
      await own.api('POST /config/update', { configKey: 'BackupStoragePath', configValue: `${path}/` }),
    ).toMatchObject({ code: 0 });

    const { data } = await own.api('POST /backups', { clusterId: 'odd' });

    const { data: found } = await own.api(`GET /backups?backupId=${data.backupId}`);
    expect(found.backupRecords).toMatchObject([{ filePath: `s3://${path}/odd/${data.backupId}` }]);
    await own.stop();
  });
});

describe('a backup that cannot be started is rolled back', () => {
  const down = () => Promise.reject(Object.assign(new Error('connect ECONNREFUSED'), { name: 'TimeoutError' }));

  async function startWhile(clusterId: string, breakIt: (ports: ApiPorts) => void) {
    await world.register(clusterId);
    breakIt(world.ports);
    const answer = await world.api('POST /backups', { clusterId });
    return answer;
  }

  it.each([
    [
      'the record is not written',
      20602,
      (ports: ApiPorts) => vi.spyOn(ports.backups, 'create').mockImplementationOnce(down),
    ],
    [
      'the workflow is not written',
      40100,
      (ports: ApiPorts) => vi.spyOn(ports.workflows, 'create').mockImplementationOnce(down),
    ],
    [
      'the execution does not start',
      40103,
      (ports: ApiPorts) => vi.spyOn(ports.executions, 'start').mockImplementationOnce(down),
    ],
    [
      'nobody can say whether the execution started',
      40103,
      (ports: ApiPorts) => {
        vi.spyOn(ports.executions, 'start').mockImplementationOnce(down);
        vi.spyOn(ports.executions, 'exists').mockImplementationOnce(down);
      },
    ],
  ])('because %s', async (reason, code, breakIt) => {
    const clusterId = reason.replaceAll(' ', '-');

    const answer = await startWhile(clusterId, breakIt);

    expect(answer).toMatchObject({ status: 500, code, message: expect.stringContaining('request id request-1') });
    expect(answer.message).not.toContain('ECONNREFUSED');
    expect(await maintenanceOf(clusterId)).toBe('');
    expect(await recordsOf(clusterId)).toEqual([]);
    expect((await world.api(`GET /workflow?bizId=${clusterId}`)).data.workFlows).toEqual([]);
  });

  it('even if an ended execution has the same name', async () => {
    const answer = await startWhile('used-up', (ports) =>
      vi.spyOn(ports.executions, 'start').mockResolvedValueOnce(false),
    );

    expect(answer).toMatchObject({ status: 500, code: 40103 });
    expect(await recordsOf('used-up')).toEqual([]);
    expect(await maintenanceOf('used-up')).toBe('');
  });

  it('even if the failed write was made, and only the answer was lost', async () => {
    const answer = await startWhile('lost-answer', ({ backups, clusters }) => {
      const { create } = backups;
      vi.spyOn(backups, 'create').mockImplementationOnce(async (record) => {
        await create(record);
        return await down();
      });
      vi.spyOn(clusters, 'unlock');
    });

    expect(answer).toMatchObject({ status: 500, code: 20602 });
    expect(await recordsOf('lost-answer')).toEqual([]);
    expect(await maintenanceOf('lost-answer')).toBe('');
  });

  it('even if the lock was taken, and only the answer was lost', async () => {
    await startWhile('lost-lock', ({ clusters }) => {
      const { lock } = clusters;
      vi.spyOn(clusters, 'lock').mockImplementationOnce(async (clusterId, maintenance) => {
        await lock(clusterId, maintenance);
        return await down();
      });
    });

    expect(await maintenanceOf('lost-lock')).toBe('');
  });

  it('but not if the execution is running, and only the answer was lost', async () => {
    const answer = await startWhile('runs', ({ executions }) => {
      const { start } = executions;
      vi.spyOn(executions, 'start').mockImplementationOnce(async (flow, input) => {
        await start(flow, input);
        return await down();
      });
    });

    expect(answer).toMatchObject({ status: 200, code: 0 });
    expect(await recordsOf('runs')).toMatchObject([{ id: answer.data.backupId }]);
    expect(await maintenanceOf('runs')).toBe('BackUp');
  });

  it('nor if it has started to write since we checked', async () => {
    const answer = await startWhile('begun', ({ executions, backups }) => {
      vi.spyOn(executions, 'start').mockImplementationOnce(async (_, { backupId }) => {
        await backups.startAttempt(backupId, later(1));
        return await down();
      });
    });

    expect(answer).toMatchObject({ status: 200, code: 0 });
    expect(await recordsOf('begun')).toMatchObject([{ id: answer.data.backupId, status: 'Processing' }]);
    expect(await maintenanceOf('begun')).toBe('BackUp');
  });
});

describe('the list of backup records', () => {
  it('shows each state with all its fields', async () => {
    const { backups } = world.ports;
    await world.register('states');
    const start = async () => {
      const { data } = await world.api('POST /backups', { clusterId: 'states' });
      await world.ports.clusters.unlock('states', String(data.backupId));
      world.advance(1_000);
      return String(data.backupId);
    };
    const [finished, failed, canceled, running] = [await start(), await start(), await start(), await start()];
    const waiting = await start();
    for (const id of [finished, failed, running, waiting]) await backups.startAttempt(id, later(10));
    await backups.finish(finished, {
      attempt: 1,
      backupTso: '449912345678901234',
      sizeBytes: '1572864',
      at: later(20),
    });
    const error = { code: 10007, message: 'TidbUnreachable: tidb.example.com:4000' };
    await backups.fail(failed, { error, filesRemain: 'AccessDenied', at: later(20) });
    await backups.cancel(canceled, { at: later(20) });
    await backups.recordProgress(running, { attempt: 1, progress: 37.5, at: later(20) });

    await backups.recordProgress(waiting, { attempt: 1, progress: 0, step: 'waiting', at: later(20) });

    const records = await recordsOf('states');

    expect(records).toMatchObject([
      { id: waiting, status: 'Processing', step: 'waiting' },
      {
        id: running,
        status: 'Processing',
        step: 'checking the cluster',
        progress: 37.5,
        startTime: later(10),
        endTime: ZERO_TIME,
      },
      { id: canceled, status: 'Canceled', startTime: ZERO_TIME, endTime: later(20) },
      {
        id: failed,
        status: 'Failed',
        error: { code: 10007, message: `${error.message}; its files may remain: AccessDenied` },
        endTime: later(20),
      },
      {
        id: finished,
        status: 'Finished',
        progress: 100,
        size: 1.5,
        sizeBytes: '1572864',
        backupTso: '449912345678901234',
        filePath: `s3://own-bucket/tidb/states/${finished}/attempt-1`,
        startTime: later(10),
        endTime: later(20),
      },
    ]);
  });

  it('filters, pages and counts, in two calls', async () => {
    const own = await startApiWorld();
    await own.register('one');
    await own.register('two');
    const second = Date.parse(CREATED) / 1_000;
    for (let i = 0; i < 12; i += 1) {
      const clusterId = i < 8 ? 'one' : 'two';
      const { data } = await own.api('POST /backups', { clusterId, backupMode: i % 2 ? 'auto' : 'manual' });
      await own.ports.clusters.unlock(clusterId, String(data.backupId));
      own.advance(1_000);
    }
    const times = async (query: string) => {
      const { data, page } = await own.api(`GET /backups?${query}`);
      const records = data.backupRecords as { createTime: string }[];
      return [records.map(({ createTime }) => Date.parse(createTime) / 1_000 - second), page?.total];
    };

    expect(await times('')).toEqual([[11, 10, 9, 8, 7, 6, 5, 4, 3, 2], 12]);
    expect(await times('page=2')).toEqual([[1, 0], 12]);
    expect(await times('page=3')).toEqual([[], 12]);
    expect(await times('clusterId=two&backupMode=auto')).toEqual([[11, 9], 2]);
    expect(await times(`startTime=${second + 3}&endTime=${second + 5}`)).toEqual([[5, 4, 3], 3]);
    expect(await times(`startTime=0&endTime=0&pageSize=1`)).toEqual([[11], 12]);
    expect(await times('clusterId=nowhere')).toEqual([[], 0]);
    expect(await times('backupId=nowhere')).toEqual([[], 0]);
    own.calls.length = 0;
    await own.api('GET /backups?clusterId=one&page=2&pageSize=3');
    expect(own.calls).toEqual(['QueryCommand', 'BatchGetItemCommand']);
    await own.stop();
  });

  it('is 20604 when the store does not answer', async () => {
    vi.spyOn(world.ports.backups, 'list').mockRejectedValueOnce(new Error('ProvisionedThroughputExceeded'));

    const answer = await world.api('GET /backups');

    expect(answer).toEqual({
      status: 500,
      code: 20604,
      message: 'query backup record failed; request id request-1',
      data: {},
    });
  });
});
