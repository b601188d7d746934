import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createOnce } from '../../../functions/api/http/idempotency.ts';
import { type ApiAnswer, createApi } from '../../support/api.ts';
import { type ApiWorld, startApiWorld } from '../../support/api-world.ts';
import { dying } from '../../support/dying.ts';

/** Longer than an API function runs: by then the request has been answered, or its process has died. */
const LEASE = 30_000;

let world: ApiWorld;
beforeAll(async () => {
  world = await startApiWorld();
  for (const level of ['info', 'warn', 'error'] as const) vi.spyOn(console, level).mockReturnValue();
});
afterAll(() => world.stop());

/** Call number `at` of a request to this API and every later one fails: its process has died. */
function mortalApi(at: number) {
  const { clusters, strategies, backups, deletions, workflows, config, secrets, executions } = world.ports;
  const { arnOf, start, exists } = executions;
  const { requests } = world;
  const { ports, calls } = dying(
    { clusters, strategies, backups, deletions, workflows, config, secrets, requests, executions: { start, exists } },
    at,
    'before',
  );
  const once = createOnce({ requests: ports.requests, clock: world.ports.clock });
  return { api: createApi({ ...world.ports, ...ports, executions: { ...ports.executions, arnOf } }, { once }), calls };
}

interface Request {
  route: string;
  body?: object;
}

const ACCOUNT = { user: 'root', password: 'secret' };
const SETTINGS = { clusterName: 'Orders', endpoints: ['tidb.example.com:4000'] };
const STRATEGY = { backupDate: 'Monday', period: '7:00-9:00' };

/** Each route that changes something, with its setup and request. */
const REQUESTS: Record<string, (clusterId: string) => Request | Promise<Request>> = {
  'POST /clusters': (id) => ({
    route: 'POST /clusters',
    body: { ...SETTINGS, clusterId: `${id}-more`, account: ACCOUNT },
  }),
  'POST /clusters/restore': async (id) => ({
    route: 'POST /clusters/restore',
    body: { ...SETTINGS, clusterId: `${id}-new`, backupId: await finishedBackup(id), account: ACCOUNT },
  }),
  'PUT /clusters/{clusterId}': (id) => ({ route: `PUT /clusters/${id}`, body: { ...SETTINGS, account: ACCOUNT } }),
  'DELETE /clusters/{clusterId}': async (id) => {
    await finishedBackup(id);
    return { route: `DELETE /clusters/${id}?deleteBackups=all` };
  },
  'PUT /clusters/{clusterId}/strategy': (id) => ({
    route: `PUT /clusters/${id}/strategy`,
    body: { strategy: STRATEGY },
  }),
  'DELETE /clusters/{clusterId}/strategy': async (id) => {
    await world.api(`PUT /clusters/${id}/strategy`, { strategy: STRATEGY });
    return { route: `DELETE /clusters/${id}/strategy` };
  },
  'POST /clusters/{clusterId}/restore': async (id) => ({
    route: `POST /clusters/${id}/restore`,
    body: { backupId: await finishedBackup(id) },
  }),
  'POST /backups': (id) => ({ route: 'POST /backups', body: { clusterId: id, backupMode: 'manual' } }),
  'POST /backups/cancel': async (id) => {
    const { data } = await world.api('POST /backups', { clusterId: id });
    return { route: 'POST /backups/cancel', body: { clusterId: id, backupId: data.backupId } };
  },
  'DELETE /backups': async (id) => {
    await finishedBackup(id);
    return { route: `DELETE /backups?clusterId=${id}` };
  },
  'DELETE /backups/{backupId}': async (id) => ({ route: `DELETE /backups/${await finishedBackup(id)}` }),
  'POST /config/update': () => ({
    route: 'POST /config/update',
    body: { configKey: 'BackupS3AccessKey', configValue: 'AKIDEXAMPLE' },
  }),
};

async function finishedBackup(clusterId: string): Promise<string> {
  const { backups } = world.ports;
  const { data } = await world.api('POST /backups', { clusterId });
  const backupId = String(data.backupId);
  await endBackup(clusterId, backupId);
  expect(await backups.get(backupId)).toHaveProperty('status', 'Finished');
  return backupId;
}

/** As the nodes of its execution would. */
async function endBackup(clusterId: string, backupId: string): Promise<void> {
  const { backups, workflows, clusters, clock } = world.ports;
  const at = new Date(clock.now()).toISOString();
  await backups.startAttempt(backupId, at);
  await backups.finish(backupId, { attempt: 1, backupTso: '1', sizeBytes: '1', at });
  await clusters.unlock(clusterId, backupId);
  await workflows.setStatus({ workFlowId: backupId, flowName: 'BackupCluster', bizId: clusterId }, 'Finished', at);
  world.ended.add(backupId);
}

let scenarios = 0;

/** A cluster with its setup; nothing for the configuration, which belongs to no cluster. */
async function prepare(name: string): Promise<{ clusterId: string; request: Request; key: string }> {
  scenarios += 1;
  await world.ports.config.write('BackupS3AccessKey', undefined, new Date(0).toISOString());
  for (const arn of world.secrets.keys()) if (arn.includes('/config/')) world.secrets.delete(arn);
  const clusterId = await world.register(`c${scenarios}c`);
  const request = await REQUESTS[name]?.(clusterId);
  if (request === undefined) throw new Error(`there is no ${name}`);
  return { clusterId, request, key: `key-${scenarios}` };
}

const send = (api: typeof world.api, { route, body }: Request, key: string) =>
  api(route, body, { headers: { 'idempotency-key': key } });

/** Everything that a request can have created or changed, and its answer; ids in order of appearance, without times. */
async function effect(clusterId: string, answer: ApiAnswer): Promise<string> {
  const { clusters, deletions, backups, config } = world.ports;
  const ids = [clusterId, `${clusterId}-more`, `${clusterId}-new`];
  const all = {
    answer,
    clusters: await Promise.all(ids.map((id) => clusters.get(id))),
    backups: await Promise.all((await deletions.backupsOf(clusterId)).map((backupId) => backups.get(backupId))),
    executions: [...world.executions].filter(([, input]) => ids.includes(input.clusterId)),
    secrets: [...world.secrets].filter(
      ([arn]) => ids.some((id) => arn.includes(`/${id}/`)) || arn.includes('/config/'),
    ),
    config: await config.read(),
  };
  // The random ids first: one of them may contain the cluster's id.
  return withoutIds(JSON.stringify(all, null, 1)).replaceAll(clusterId, 'CLUSTER');
}

function withoutIds(text: string): string {
  const order = new Map<string, number>();
  return text
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME')
    .replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, (id) => {
      if (!order.has(id)) order.set(id, order.size);
      return `ID-${order.get(id)}`;
    });
}

it.each(Object.keys(REQUESTS))(
  '%s with a key that dies at any of its calls is resumed by the next attempt',
  async (name) => {
    const undisturbed = await prepare(name);
    const expected = await effect(undisturbed.clusterId, await send(world.api, undisturbed.request, undisturbed.key));

    // "Before the next call" equals "after the last one"; the last round is undisturbed.
    for (let at = 0, isOver = false; !isOver; at += 1) {
      const { clusterId, request, key } = await prepare(name);
      const { api, calls } = mortalApi(at);
      await send(api, request, key);
      isOver = calls() <= at;
      world.advance(LEASE);

      const answer = await send(world.api, request, key);

      expect(await effect(clusterId, answer), `death at call ${at}`).toBe(expected);
    }
  },
);

describe('an interrupted request', () => {
  it('is not resumed while it may still be running', async () => {
    const { request, key } = await prepare('POST /backups');
    await send(mortalApi(2).api, request, key);

    world.advance(LEASE - 1);
    expect(await send(world.api, request, key)).toMatchObject({ status: 409, code: 20114 });
    world.advance(1);
    expect(await send(world.api, request, key)).toMatchObject({ status: 200 });
  });

  it('is resumed by one of many attempts', async () => {
    const { clusterId, request, key } = await prepare('POST /backups');
    await send(mortalApi(4).api, request, key);
    world.advance(LEASE);

    const answers = await Promise.all(Array.from({ length: 5 }, () => send(world.api, request, key)));

    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409, 409, 409]);
    expect(await world.ports.deletions.backupsOf(clusterId)).toHaveLength(1);
  });

  it('whose backup has ended by now returns it, though another holds the cluster', async () => {
    const { clusterId, request, key } = await prepare('POST /backups');
    await send(diesAfterStart(), request, key);
    const [backupId = ''] = await world.ports.deletions.backupsOf(clusterId);
    await endBackup(clusterId, backupId);
    const other = await world.api('POST /backups', { clusterId });
    world.advance(LEASE);

    expect(await send(world.api, request, key)).toMatchObject({
      status: 200,
      data: { backupId, workFlowId: backupId },
    });
    expect((await world.ports.clusters.get(clusterId))?.maintenance?.operationId).toBe(other.data.backupId);
  });

  it('that was abandoned meanwhile returns the record that says so, and starts nothing', async () => {
    const { clusterId, request, key } = await prepare('POST /backups');
    // The cluster is locked and the record written; the workflow comes next.
    await send(mortalApi(4).api, request, key);
    const [backupId = ''] = await world.ports.deletions.backupsOf(clusterId);
    const error = { code: 10000, message: 'WorkflowNotStarted' };
    await world.ports.backups.fail(backupId, { error, filesRemain: undefined, at: '2026-03-01T10:06:00.000Z' });
    await world.ports.clusters.unlock(clusterId, backupId);
    world.advance(LEASE);

    expect(await send(world.api, request, key)).toMatchObject({ status: 200, data: { backupId } });
    expect(await world.ports.backups.get(backupId)).toMatchObject({ status: 'Failed', error });
    expect(await world.ports.clusters.get(clusterId)).not.toHaveProperty('maintenance');
    expect(world.executions.has(backupId)).toBe(false);
  });

  it('whose execution was stopped before it did anything is left to reconcile', async () => {
    const { clusterId, request, key } = await prepare('POST /backups');
    await send(diesAfterStart(), request, key);
    const [backupId = ''] = await world.ports.deletions.backupsOf(clusterId);
    world.ended.add(backupId);
    world.advance(LEASE);

    expect(await send(world.api, request, key)).toMatchObject({ status: 200, data: { backupId } });
    expect(await world.ports.backups.get(backupId)).toHaveProperty('status', 'Initializing');
  });

  it('whose restore has ended by now returns it, and leaves the cluster free', async () => {
    const { clusterId, request, key } = await prepare('POST /clusters/{clusterId}/restore');
    await send(diesAfterStart(), request, key);
    const { operationId: workFlowId = '' } = (await world.ports.clusters.get(clusterId))?.maintenance ?? {};
    await world.ports.clusters.unlock(clusterId, workFlowId);
    const workflow = { workFlowId, flowName: 'RestoreExistCluster', bizId: clusterId } as const;
    await world.ports.workflows.setStatus(workflow, 'Finished', '2026-03-01T10:01:00.000Z');
    world.ended.add(workFlowId);
    world.advance(LEASE);

    expect(await send(world.api, request, key)).toMatchObject({ status: 200, data: { workFlowId } });
    expect(await world.ports.clusters.get(clusterId)).not.toHaveProperty('maintenance');
  });

  it('whose restore into a new cluster has failed by now returns it, and the cluster stays removed', async () => {
    const { clusterId, request, key } = await prepare('POST /clusters/restore');
    await send(diesAfterStart(), request, key);
    const { clusters, workflows } = world.ports;
    const newCluster = await clusters.get(`${clusterId}-new`);
    const { operationId: workFlowId = '' } = newCluster?.maintenance ?? {};
    await clusters.remove(`${clusterId}-new`, workFlowId);
    const workflow = { workFlowId, flowName: 'RestoreNewCluster', bizId: `${clusterId}-new` } as const;
    await workflows.setStatus(workflow, 'Error', '2026-03-01T10:01:00.000Z');
    world.ended.add(workFlowId);
    world.advance(LEASE);

    expect(await send(world.api, request, key)).toMatchObject({
      status: 200,
      data: { workFlowId, clusterId: `${clusterId}-new` },
    });
    expect(await clusters.get(`${clusterId}-new`)).toBeUndefined();
  });

  it('whose backup is canceled by now has canceled it', async () => {
    const { request, key } = await prepare('POST /backups/cancel');
    await send(mortalApi(2).api, request, key);
    const backupId = String((request.body as { backupId: string }).backupId);
    await world.ports.backups.cancel(backupId, { filesRemain: undefined, at: '2026-03-01T10:01:00.000Z' });
    world.advance(LEASE);

    expect(await send(world.api, request, key)).toMatchObject({ status: 200 });
  });

  /** The answer of StartExecution, the last call before the answer is stored, is lost, and so is the request. */
  function diesAfterStart() {
    const { executions } = world.ports;
    const start: typeof executions.start = async (flowName, input) => {
      await executions.start(flowName, input);
      throw new Error('died');
    };
    const exists = () => Promise.reject(new Error('died'));
    const dead = () => Promise.reject(new Error('died'));
    const { workflows, backups } = world.ports;
    const once = createOnce({ requests: { ...world.requests, answer: dead, forget: dead }, clock: world.ports.clock });
    return createApi(
      {
        ...world.ports,
        executions: { ...executions, start, exists },
        workflows: { ...workflows, removeUnstarted: dead },
        backups: { ...backups, removeUnstarted: dead },
      },
      { once },
    );
  }
});
