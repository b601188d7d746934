import { ScanCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { cachedConfig } from '../../../functions/adapters/dynamodb/cached-config.ts';
import { TABLES, type TableName } from '../../../functions/adapters/dynamodb/tables.ts';
import { COMMAND_ROUTES } from '../../../functions/api/routes/command-routes.ts';
import type { TidbRelease } from '../../../functions/domain/backup/backup-record.ts';
import type { BackupPlan, ChangePlan, DeletionPlan, RestorePlan } from '../../../functions/domain/planning/plan.ts';
import { chooseExecutor } from '../../../functions/workflow/backup/choose-executor.ts';
import { type ApiAnswer, createApi } from '../../support/api.ts';
import { type ApiWorld, startApiWorld } from '../../support/api-world.ts';
import { FakeTidb } from '../../support/fake-tidb.ts';
import { aBackup, later } from '../../support/records.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

let world: ApiWorld;
beforeAll(async () => {
  world = await startApiWorld();
  for (const level of ['info', 'warn', 'error'] as const) vi.spyOn(console, level).mockReturnValue();
});
afterAll(async () => {
  vi.restoreAllMocks();
  await world.stop();
});

/** Everything that is kept anywhere. */
async function wholeState(): Promise<unknown> {
  const names = Object.keys(TABLES) as TableName[];
  const scans = names.map(async (name) => {
    const scan = new ScanCommand({ TableName: world.tables.names[name], ConsistentRead: true });
    const { Items = [] } = await world.tables.client.send(scan);
    return [name, new Map(Items.map((item) => [String(item[TABLES[name].partitionKey]), item]))];
  });
  return [await Promise.all(scans), new Map(world.secrets), new Map(world.executions)];
}

/** What a function without any right to write could call. */
const READS = /^(GetItem|BatchGetItem|Query)Command$|^DescribeExecution$/;

/** Asks for a plan, with a key and without, and holds the whole state against what it was. */
async function planOf<Plan>(route: string, body?: unknown): Promise<Plan> {
  const asking = `${route}${route.includes('?') ? '&' : '?'}plan=true`;
  const before = await wholeState();
  world.calls.length = 0;

  const answer = await world.api(asking, body);
  const repeated = await world.api(asking, body, {
    headers: { 'idempotency-key': `plan of ${route}`.replaceAll(' ', '-') },
  });

  expect(world.calls.filter((call) => !READS.test(call))).toEqual([]);
  expect(await wholeState()).toEqual(before);
  expect(answer).toMatchObject({ status: 200, code: 0 });
  expect(repeated).toEqual(answer);
  return answer.data.plan as Plan;
}

interface Run {
  release?: TidbRelease;
  seconds?: number;
  sizeBytes?: string;
  lockedUntil?: string;
}

/** A backup of the cluster that has finished. */
async function finished(clusterId: string, backupId: string, run: Run = {}): Promise<string> {
  const { seconds = 100, sizeBytes = '1000', lockedUntil, release } = run;
  const { backups } = world.ports;
  await backups.create(aBackup({ backupId, clusterId }));
  await backups.startAttempt(backupId, later(0));
  const at = later(seconds);
  const statement = { server: 'tidb-0:4000', connectionId: '1' };
  if (release) await backups.recordStatement(backupId, { attempt: 1, statement, release, at });
  await backups.finish(backupId, { attempt: 1, backupTso: '464680329216000001', sizeBytes, lockedUntil, at });
  return backupId;
}

/** Ends a backup that has only been started, so that its cluster is free. */
async function over(clusterId: string, backupId: string): Promise<void> {
  await world.ports.backups.cancel(backupId, { at: later(1) });
  await world.ports.clusters.unlock(clusterId, backupId);
}

let lastTso = 464680329216000001n;

/** A backup of the cluster, as it is when the workflow has made it. */
async function taken(clusterId: string, request: object = {}, noted: object = {}): Promise<string> {
  const { data, message } = await world.api('POST /backups', { clusterId, ...request });
  const backupId = String(data.backupId);
  const now = () => new Date(world.ports.clock.now()).toISOString();
  await world.ports.backups.startAttempt(backupId, now());
  world.advance(60_000);
  lastTso += 1n;
  const result = { attempt: 1, backupTso: String(lastTso), sizeBytes: '1000', fileCount: 5, ...noted, at: now() };
  if ((await world.ports.backups.finish(backupId, result)) === undefined) throw new Error(message);
  await world.ports.clusters.unlock(clusterId, backupId);
  return backupId;
}

/** A full backup, and as many incremental ones, each on the one before. */
async function chainOf(clusterId: string, length: number): Promise<string[]> {
  const chain = [await taken(clusterId)];
  while (chain.length <= length) chain.push(await taken(clusterId, { backupType: 'incr' }));
  return chain;
}

async function recordOf(backupId: string): Promise<Record<string, unknown>> {
  const { data } = await world.api(`GET /backups?backupId=${backupId}`);
  const [record = {}] = data.backupRecords as Record<string, unknown>[];
  return record;
}

describe('the plan of a backup', () => {
  it('is what the backup then does', async () => {
    const clusterId = await world.register('planned');
    const body = { clusterId, executor: 'fargate' };

    const plan = await planOf<BackupPlan>('POST /backups', body);

    const { data } = await world.api('POST /backups', body);
    const backupId = String(data.backupId);
    const record = await recordOf(backupId);
    expect(plan).toMatchObject({ action: 'backup', clusterId, conflicts: [] });
    expect(record.filePath).toBe(`${plan.path}/${backupId}`);
    expect(record.backupType).toBe(plan.backupType);
    expect(plan.executor).toBe('fargate');
    expect(world.executions.get(backupId)).toMatchObject({ wantedExecutor: plan.executor });
    await over(clusterId, backupId);
  });

  it('takes duration, size, place and cost from the last runs', async () => {
    const clusterId = await world.register('long');
    await finished(clusterId, 'long-1', { seconds: 800 });
    await finished(clusterId, 'long-2', { seconds: 900, sizeBytes: String(100 * 1024 ** 3) });

    const plan = await planOf<BackupPlan>('POST /backups', { clusterId });

    expect(plan).toMatchObject({ durationSeconds: 1_125, sizeBytes: String(100 * 1024 ** 3), executor: 'fargate' });
    expect(plan.executorReason).toContain('the slowest of the last 2 backups of the same scope and type: 600 or more');
    expect(plan.cost).toMatchObject({ perMonthUsd: 2.3, pricesAsOf: expect.stringMatching(/^\d{4}-\d\d-\d\d$/) });
    expect(plan.checksLeft.join()).not.toContain('how much data');
  });

  it.each([
    [100, 'lambda', {}],
    [900, 'fargate', {}],
    [30, 'lambda', { checksums: true }],
    [100, 'fargate', { checksums: true }],
  ])(
    'names the executor that the workflow then chooses: after a run of %i seconds %s, of %j',
    async (seconds, executor, change) => {
      const clusterId = await world.register(`chosen-${executor}-after-${seconds}`);
      await finished(clusterId, `chosen-after-${seconds}${executor}`, { seconds });
      const body = { clusterId, ...change };

      const plan = await planOf<BackupPlan>('POST /backups', body);

      const { data } = await world.api('POST /backups', body);
      const input = world.executions.get(String(data.backupId));
      if (input === undefined) throw new Error('nothing was started');
      const clock = new VirtualClock();
      const choice = await chooseExecutor(
        { input, operation: 'Backup' },
        { ...world.ports, tidb: new FakeTidb(clock), clock },
      );
      expect(plan).toMatchObject({ executor, executorReason: choice.reason });
      expect(choice.executor).toBe(executor);
    },
  );

  it('says what it does not know of a cluster that was never backed up', async () => {
    const plan = await planOf<BackupPlan>('POST /backups', { clusterId: await world.register('new') });

    for (const unknown of ['durationSeconds', 'sizeBytes', 'cost']) expect(plan).not.toHaveProperty(unknown);
    expect(plan.executor).toBe('lambda');
    expect(plan.checksLeft.join()).toContain('how much data the cluster holds');
  });

  it('runs where the cluster is pinned to, unless the request says otherwise', async () => {
    const clusterId = await world.register('pinned', { executor: 'fargate' });
    const executorOf = async (body: object) =>
      (await planOf<BackupPlan>('POST /backups', { clusterId, ...body })).executor;

    expect(await executorOf({})).toBe('fargate');
    expect(await executorOf({ executor: 'lambda' })).toBe('lambda');
  });

  it('names the base that an incremental one then has, and the scope', async () => {
    const clusterId = await world.register('incremental');
    const scope = { databases: ['shop'] };
    const base = await taken(clusterId, { scope });
    await taken(clusterId);
    const body = { clusterId, backupType: 'incr', scope };

    const plan = await planOf<BackupPlan>('POST /backups', body);

    const record = await recordOf(await taken(clusterId, body));
    expect(plan).toMatchObject({ backupType: 'incr', baseBackupId: base, scope });
    expect(record).toMatchObject({ backupType: 'incr', baseBackupId: base, scope });
    expect(plan.durationBasis).toContain('the last backup of the whole cluster');
    expect(plan.checksLeft.join()).toMatch(/GC safe point.*whether DDL since.*files.*decides where the backup runs/);
  });

  it('costs two calls once the configuration is known', async () => {
    const clusterId = await world.register('counted');
    // As the entry file composes it.
    const api = createApi({ ...world.ports, config: cachedConfig(world.ports.config, world.ports.clock) });
    await api('POST /backups?plan=true', { clusterId });
    world.calls.length = 0;

    await api('POST /backups?plan=true', { clusterId });

    expect(world.calls.toSorted()).toEqual(['GetItemCommand', 'QueryCommand']);
  });
});

describe('the plan of a restore', () => {
  it('is what the restore then does', async () => {
    const backupId = await finished(await world.register('source'), 'restored');
    const clusterId = await world.register('target');

    const plan = await planOf<RestorePlan>(`POST /clusters/${clusterId}/restore`, { backupId });

    expect(plan).toMatchObject({
      action: 'restore',
      clusterId,
      chain: [{ backupId, backupType: 'full', path: (await recordOf(backupId)).filePath, sizeBytes: '1000' }],
      sizeBytes: '1000',
      executor: 'lambda',
      conflicts: [],
    });
    expect(plan.checksLeft.join()).toContain('tables of the backup');
    const { data } = await world.api(`POST /clusters/${clusterId}/restore`, { backupId });
    expect(world.executions.get(String(data.workFlowId))).toMatchObject({ clusterId, backupId });
  });

  it('says what the cluster has to be like, as far as the backup tells', async () => {
    const clusterId = await world.register('versioned');
    const release = { tidbVersion: 'v8.5.0', newCollationEnabled: true };
    const backupId = await finished(clusterId, 'of-8-5', { release });

    const plan = await planOf<RestorePlan>(`POST /clusters/${clusterId}/restore`, { backupId });

    expect(plan.chain).toMatchObject([{ tidbVersion: 'v8.5.0' }]);
    expect(plan.checksLeft.join()).toMatch(/is v8\.0\.0 or later, .* of v8\.5\.0, has new_collation_enabled = true/);
    expect(await recordOf(backupId)).toMatchObject(release);
  });

  it('says what becomes of the accounts, and is refused unless that is confirmed', async () => {
    const backupId = await finished(await world.register('accounts'), 'with-accounts');
    for (const [route, request] of [
      [`POST /clusters/${await world.register('accounts-target')}/restore`, { backupId }],
      ['POST /clusters/restore', { clusterName: 'A copy', backupId }],
    ] as const) {
      const kept = await planOf<RestorePlan>(route, request);
      const confirmed = await planOf<RestorePlan>(route, {
        ...request,
        ...{ withSystemTables: true, confirmAccounts: true },
      });

      expect(kept).toMatchObject({ conflicts: [], accounts: expect.stringContaining('stay as they are') });
      const replaced = expect.stringContaining('become those of the backup');
      expect(confirmed).toMatchObject({ conflicts: [], accounts: replaced });
      for (const asked of [route, `${route}?plan=true`]) {
        expect(await world.api(asked, { ...request, withSystemTables: true })).toMatchObject({
          ...{ status: 400, code: 10001 },
          message: expect.stringContaining('confirmAccounts: must be true'),
        });
      }
    }
  });

  it('of an incremental backup is of its chain, the full one first', async () => {
    const chain = await chainOf(await world.register('chained'), 2);
    const clusterId = await world.register('chained-target');
    const request = { backupId: chain.at(-1), scope: { tables: ['shop.orders'] } };

    const plan = await planOf<RestorePlan>(`POST /clusters/${clusterId}/restore`, request);

    expect(plan.chain.map((link) => link.backupId)).toEqual(chain);
    expect(plan.chain.map((link) => link.backupType)).toEqual(['full', 'incr', 'incr']);
    expect(plan).toMatchObject({ sizeBytes: '3000', files: 15, scope: request.scope });
  });

  it('of many bytes runs on the worker, and is slower under a limit', async () => {
    const backupId = await finished(await world.register('large'), 'large-1', { sizeBytes: String(2 * 1024 ** 4) });
    const plan = () => planOf<RestorePlan>('POST /clusters/restore', { clusterName: 'A copy', backupId });

    const free = await plan();
    await world.api('POST /config/update', { configKey: 'RestoreRateLimit', configValue: '10' });
    const limited = await plan();
    await world.api('POST /config/update', { configKey: 'RestoreRateLimit', configValue: '0' });

    expect(free.executor).toBe('fargate');
    expect(free).not.toHaveProperty('clusterId');
    expect(free.cost?.perMonthUsd).toBe(0);
    expect(limited.durationSeconds).toBeGreaterThan(9 * (free.durationSeconds ?? Number.NaN));
  });
});

describe('the plan of a drill', () => {
  it('is of the chain that is then restored into a cluster of its own', async () => {
    const clusterId = await world.register('drilled');
    const checksums = { tables: 8 };
    const backupId = await taken(clusterId, {}, { checksums });

    const plan = await planOf<RestorePlan>(`POST /backups/${backupId}/drill`, {});

    expect(plan).toMatchObject({ action: 'drill', chain: [{ backupId }], conflicts: [], executor: 'lambda' });
    expect(plan).not.toHaveProperty('clusterId');
    const { data } = await world.api(`POST /backups/${backupId}/drill`, {});
    expect(world.executions.get(String(data.workFlowId))).toMatchObject({ backupId });
  });
});

describe('the plan of a deletion', () => {
  it('is what the deletion then does', async () => {
    const lockedUntil = new Date(world.ports.clock.now() + 86_400_000).toISOString();
    const size = { sizeBytes: String(100 * 1024 ** 3), lockedUntil };
    const backupId = await finished(await world.register('shrinking'), 'to-go', size);

    const plan = await planOf<DeletionPlan>(`DELETE /backups/${backupId}`);

    const path = (await recordOf(backupId)).filePath;
    expect(plan).toMatchObject({
      action: 'delete',
      deletes: [{ backupId, path, ...size }],
      ...size,
      cost: { perMonthUsd: -2.3 },
      conflicts: [],
    });
    expect((await world.api(`DELETE /backups/${backupId}`)).data).toEqual({ lockedUntil });
    expect((await recordOf(backupId)).status).toBe('Deleting');
  });

  it('of all of a cluster names what goes and why the others stay, and these alone go', async () => {
    const clusterId = await world.register('emptied');
    const [gone, kept, held] = [
      await finished(clusterId, 'gone'),
      await finished(clusterId, 'kept'),
      await finished(clusterId, 'held'),
    ];
    await world.ports.backups.create(aBackup({ backupId: 'runs', clusterId }));
    await world.ports.backups.holdForRestore(held, 'a-restore');
    const route = `DELETE /backups?clusterId=${clusterId}&excludeBackupId=${kept}`;

    const plan = await planOf<DeletionPlan>(route);

    expect(plan.deletes.map((backup) => backup.backupId)).toEqual([gone]);
    expect(new Map(plan.keeps.map(({ backupId, reason }) => [backupId, reason]))).toEqual(
      new Map([
        [kept, 'it is excluded'],
        [held, expect.stringContaining('a restore is reading it')],
        ['runs', expect.stringContaining('it is Initializing; cancel it')],
      ]),
    );
    await world.api(route);
    const { data } = await world.api(`GET /backups?clusterId=${clusterId}`);
    const deleting = (data.backupRecords as { id: string; status: string }[]).filter(
      ({ status }) => status === 'Deleting',
    );
    expect(deleting.map(({ id }) => id)).toEqual([gone]);
  });

  it('with force names what then goes, in that order', async () => {
    const chain = await chainOf(await world.register('felled'), 2);
    const route = `DELETE /backups/${chain[0]}?force=true`;

    const plan = await planOf<DeletionPlan>(route);

    expect(plan).toMatchObject({ conflicts: [], dependents: [], sizeBytes: '3000', files: 15 });
    expect(plan.deletes.map(({ backupId }) => backupId)).toEqual(chain.toReversed());
    expect((await world.api(route)).data.deletedBackupIds).toEqual(chain.toReversed());
  });

  it('of all of a cluster keeps what a kept one builds on', async () => {
    const clusterId = await world.register('thinned');
    const [full = '', first = '', second = ''] = await chainOf(clusterId, 2);
    const route = `DELETE /backups?clusterId=${clusterId}&excludeBackupId=${first}`;

    const plan = await planOf<DeletionPlan>(route);

    expect(plan.deletes.map(({ backupId }) => backupId)).toEqual([second]);
    expect(plan.keeps.map(({ backupId }) => backupId)).toEqual([first, full]);
    expect(plan.files).toBe(5);
    expect(plan.keeps.at(-1)?.reason).toContain('incremental backups build on it');
    await world.api(route);
    const statuses = await Promise.all([full, first, second].map(async (id) => (await recordOf(id)).status));
    expect(statuses).toEqual(['Finished', 'Finished', 'Deleting']);
  });

  it('of all of a cluster takes whole chains', async () => {
    const clusterId = await world.register('cleared');
    const chain = await chainOf(clusterId, 2);

    const plan = await planOf<DeletionPlan>(`DELETE /backups?clusterId=${clusterId}`);

    expect(plan.deletes.map(({ backupId }) => backupId)).toEqual(chain.toReversed());
    await world.api(`DELETE /backups?clusterId=${clusterId}`);
    for (const backupId of chain) expect((await recordOf(backupId)).status).toBe('Deleting');
  });

  it('of what is gone already is that there is nothing to do', async () => {
    world.executions.set('gone-before-delete-1', {} as never);

    expect(await planOf<DeletionPlan>('DELETE /backups/gone-before')).toMatchObject({
      deletes: [],
      cost: { onceUsd: 0 },
    });
  });
});

describe('a plan of what changes no file', () => {
  const SETTINGS = { clusterName: 'Orders', endpoints: ['tidb.example.com:4000'], timezone: 'UTC' };
  const STRATEGY = { backupDate: 'Monday', period: '7:00-9:00', timezone: 'UTC' };

  it('is made of every change, whichever it is', () => {
    const without = Object.entries(COMMAND_ROUTES).flatMap(([name, { planned }]) => (planned ? [] : [name]));

    // Its plan is a workflow, which a query parameter of its own asks for: the API reaches no file.
    expect(without).toEqual(['POST /backups/import']);
    expect(COMMAND_ROUTES['POST /backups/import'].schemas.query.safeParse({ plan: 'true' }).success).toBe(true);
  });

  it('of a registration says that a check starts', async () => {
    const account = { user: 'backup', password: 'p' };
    const plan = await planOf<ChangePlan>('POST /clusters', { ...SETTINGS, clusterId: 'later', account });

    expect(plan).toMatchObject({ action: 'register', clusterId: 'later', conflicts: [] });
    expect(plan.changes).toHaveLength(2);
    expect(await world.api('GET /clusters/later')).toMatchObject({ status: 404 });
  });

  it('of a change of a cluster names what would be another', async () => {
    const clusterId = await world.register('changed');
    const { data } = await world.api(`GET /clusters/${clusterId}`);
    const changes = async (body: object) => (await planOf<ChangePlan>(`PUT /clusters/${clusterId}`, body)).changes;

    expect(await changes(data)).toEqual([]);
    expect(await changes({ ...data, endpoints: ['other.example.com:4000'], timezone: 'Asia/Tokyo' })).toEqual([
      ...['endpoints', 'timezone'],
    ]);
    const account = { user: 'other', password: 'p' };
    const caSecretArn = 'arn:aws:secretsmanager:us-east-1:111122223333:secret:ca';
    expect(await changes({ ...data, account, tls: 'verify', caSecretArn })).toEqual(['tls', 'account', 'certificates']);
  });

  it('of a cluster that is sent back with its own secret names what is another alone', async () => {
    const account = { secretArn: 'arn:aws:secretsmanager:us-east-1:111122223333:secret:account' };
    const clusterId = await world.register('own-secret', { account });
    const { data } = await world.api(`GET /clusters/${clusterId}`);
    const changes = async (body: object) => (await planOf<ChangePlan>(`PUT /clusters/${clusterId}`, body)).changes;

    expect(await changes({ ...data, clusterName: 'Renamed' })).toEqual(['clusterName']);
    const other = { secretArn: `${account.secretArn}-2` };
    expect(await changes({ ...data, account: other })).toEqual(['account']);
  });

  it('of a weaker TLS names the certificates that it removes', async () => {
    const arn = 'arn:aws:secretsmanager:us-east-1:111122223333:secret:';
    const own = { caSecretArn: `${arn}ca`, clientSecretArn: `${arn}client` };
    const clusterId = await world.register('with-tls', { tls: 'verify', ...own });
    const changes = async (body: object) =>
      (await planOf<ChangePlan>(`PUT /clusters/${clusterId}`, { ...SETTINGS, clusterName: 'with-tls', ...body }))
        .changes;
    const [ca, client] = ['the CA certificate is removed', 'the client certificate is removed'];

    const base = await changes({});
    const removed = async (body: object) => (await changes(body)).filter((change) => !base.includes(change));

    expect(await removed(own)).toEqual([]);
    expect(await removed({ tls: 'disabled' })).toEqual(['tls', ca, client]);
    expect(await removed({ tls: 'required' })).toEqual(['tls', ca]);
    expect(await removed({ clientCertificate: null })).toEqual([client]);
    expect(await removed({ caSecretArn: `${arn}other` })).toEqual(['certificates']);
  });

  it('of the removal of a cluster lists the backups that go with it', async () => {
    const clusterId = await world.register('leaving');
    const manual = await finished(clusterId, 'leaving-1');
    await world.api(`PUT /clusters/${clusterId}/strategy`, { strategy: STRATEGY });

    const staying = await planOf<ChangePlan>(`DELETE /clusters/${clusterId}`);
    const auto = await planOf<ChangePlan>(`DELETE /clusters/${clusterId}?deleteBackups=auto`);
    const all = await planOf<ChangePlan>(`DELETE /clusters/${clusterId}?deleteBackups=all`);

    expect(staying).toMatchObject({ action: 'remove', clusterId, conflicts: [] });
    expect(staying).not.toHaveProperty('backups');
    expect(staying.changes).toEqual(expect.arrayContaining([expect.stringContaining('strategy'), 'its backups stay']));
    expect(auto.backups?.deletes).toEqual([]);
    expect(all.backups?.deletes).toMatchObject([{ backupId: manual }]);
    expect(await recordOf(manual)).toMatchObject({ status: 'Finished' });
  });

  it('of a strategy says when it starts, and what of it is another', async () => {
    const clusterId = await world.register('weekly');
    const route = `PUT /clusters/${clusterId}/strategy`;
    const first = await planOf<ChangePlan>(route, { strategy: STRATEGY });
    await world.api(route, { strategy: STRATEGY });
    const again = await planOf<ChangePlan>(route, { strategy: { ...STRATEGY, period: '8:00-9:00' } });
    const { data } = await world.api(`GET /clusters/${clusterId}/strategy`);

    expect(first.nextRuns).toEqual((data.strategy as { nextRuns: string[] }).nextRuns);
    expect(first.changes).toEqual(['the cluster gets a strategy']);
    expect(again.changes).toEqual(['period']);
    expect((await planOf<ChangePlan>(`DELETE /clusters/${clusterId}/strategy`)).changes).toHaveLength(1);

    const kept = { ...STRATEGY, retention: { keepLast: 7 } };
    await world.api(route, { strategy: kept });
    const changes = async (strategy: object) => (await planOf<ChangePlan>(route, { strategy })).changes;
    expect(await changes(kept)).toEqual([]);
    expect(await changes(STRATEGY)).toEqual(['retention']);
    expect(await changes({ ...kept, backupDate: 'Friday' })).toEqual(['backupDate']);
  });

  it('of a strategy tells of an open window that would be cancelled', async () => {
    const clusterId = await world.register('open');
    const route = `/clusters/${clusterId}/strategy`;
    const day = new Intl.DateTimeFormat('en', { weekday: 'long', timeZone: 'UTC' }).format(world.ports.clock.now());
    const strategy = { backupDate: day, period: '0:00-23:59', timezone: 'UTC' };
    await world.api(`PUT ${route}`, { strategy });

    const expected = expect.stringMatching(/^the window open since .*T00:00:00.000Z is cancelled$/);
    for (const plan of [
      await planOf<ChangePlan>(`PUT ${route}`, { strategy: { ...strategy, paused: true } }),
      await planOf<ChangePlan>(`DELETE ${route}`),
      await planOf<ChangePlan>(`DELETE /clusters/${clusterId}`),
    ]) {
      expect(plan.changes).toContainEqual(expected);
    }
  });

  it('of a time zone tells of an open window that would be cancelled', async () => {
    const clusterId = await world.register('moving');
    const day = new Intl.DateTimeFormat('en', { weekday: 'long', timeZone: 'UTC' }).format(world.ports.clock.now());
    await world.api(`PUT /clusters/${clusterId}/strategy`, { strategy: { backupDate: day, period: '0:00-23:59' } });
    const { data } = await world.api(`GET /clusters/${clusterId}`);
    const changes = async (timezone: string) =>
      (await planOf<ChangePlan>(`PUT /clusters/${clusterId}`, { ...data, timezone })).changes;

    expect(await changes('UTC')).toEqual([]);
    expect(await changes('Asia/Tokyo')).toEqual([
      'timezone',
      expect.stringMatching(/^the window open since .*T00:00:00.000Z is cancelled$/),
    ]);
  });

  it('of the configuration says whether an entry would be another', async () => {
    const changes = async (configValue: string, configKey = 'BackupRateLimit') =>
      (await planOf<ChangePlan>('POST /config/update', { configKey, configValue })).changes;
    await world.api('POST /config/update', { configKey: 'BackupRateLimit', configValue: '100' });

    expect(await changes('100')).toEqual([]);
    expect(await changes('50')).toEqual(['BackupRateLimit is set']);
    expect(await changes('', 'BackupS3Region')).toEqual([]);
    expect(await changes('a-long-secret', 'BackupS3SecretAccessKey')).toEqual(['BackupS3SecretAccessKey is set']);
  });

  it('of a cancellation names the backup', async () => {
    const clusterId = await world.register('cancelling');
    const { data } = await world.api('POST /backups', { clusterId });
    const plan = await planOf<ChangePlan>('POST /backups/cancel', { clusterId, backupId: data.backupId });

    expect(plan).toMatchObject({ action: 'cancel', clusterId, backupId: data.backupId });
  });
});

describe('what is in the way now', () => {
  /** What the request itself is answered meanwhile. */
  async function expectConflict(route: string, body: unknown, status: number): Promise<void> {
    const plan = await planOf<{ conflicts: unknown[] }>(route, body);

    const refused = await world.api(route, body);

    expect(refused.status).toBe(status);
    expect(plan.conflicts).toEqual([{ code: refused.code, message: refused.message }]);
  }

  it('is told by a plan in the words of the refusal: another operation', async () => {
    const clusterId = await world.register('occupied');
    const backupId = await finished(clusterId, 'occupied-1');
    await world.api('POST /backups', { clusterId });

    await expectConflict('POST /backups', { clusterId }, 409);
    await expectConflict(`POST /clusters/${clusterId}/restore`, { backupId }, 409);
    await expectConflict(`DELETE /clusters/${clusterId}?deleteBackups=all`, undefined, 409);
  });

  it('or a restore that reads what is to be deleted', async () => {
    const backupId = await finished(await world.register('read'), 'read-1');
    await world.ports.backups.holdForRestore(backupId, 'a-restore');

    await expectConflict(`DELETE /backups/${backupId}`, undefined, 400);
  });
});

describe('what builds on a backup', () => {
  it('keeps it: the plan lists them, and says what the deletion is refused with', async () => {
    const [full = '', ...others] = await chainOf(await world.register('needed'), 2);

    const plan = await planOf<DeletionPlan>(`DELETE /backups/${full}`);

    expect(plan.dependents.toSorted()).toEqual(others.toSorted());
    const { status, code, message } = await world.api(`DELETE /backups/${full}`);
    expect(status).toBe(400);
    expect(plan.conflicts).toEqual([{ code, message }]);
  });

  it('may be read by a restore, which is in the way of force', async () => {
    const [full, last = ''] = await chainOf(await world.register('needed-and-read'), 1);
    await world.ports.backups.holdForRestore(last, 'a-restore');
    const route = `DELETE /backups/${full}?force=true`;

    const plan = await planOf<DeletionPlan>(route);

    const { code, message } = await world.api(route);
    expect(message).toContain('a restore is reading it');
    expect(plan.conflicts).toEqual([{ code, message }]);
  });
});

describe('what the request would be refused for, its plan is', () => {
  beforeAll(async () => {
    await world.register('there');
    await world.ports.backups.create(aBackup({ backupId: 'running', clusterId: 'there' }));
    await finished('there', 'whole');
    await finished('there', 'old', { release: { tidbVersion: 'v7.1.3' } });
    await world.ports.backups.create(aBackup({ backupId: 'part', clusterId: 'there', scope: { databases: ['shop'] } }));
    await world.ports.backups.startAttempt('part', later(0));
    const part = { attempt: 1, backupTso: '1', sizeBytes: '1', at: later(1) };
    await world.ports.backups.finish('part', part);
  });

  const NEW = { clusterName: 'A copy', backupId: 'whole' };
  const SECRET = 'arn:aws:secretsmanager:us-east-1:111122223333:secret:ca';
  const OWN_SECRET = 'arn:aws:secretsmanager:us-east-1:111122223333:secret:tidb-backup/clusters/there/x-AbCdEf';
  const ACCOUNT = { user: 'backup', password: 'p' };
  const CLUSTER = { clusterName: 'c', endpoints: ['t:4000'], account: ACCOUNT };
  const WITH_ACCOUNTS = { withSystemTables: true, confirmAccounts: true };
  it.each<[string, object?]>([
    ['POST /backups', { clusterId: 'nowhere' }],
    ['POST /backups', { clusterId: '..' }],
    ['POST /backups', { clusterId: 'there', executor: 'mainframe' }],
    ['POST /backups', { clusterId: 'there', expireAt: '2020-01-01T00:00:00.000Z' }],
    ['POST /backups', { clusterId: 'there', backupType: 'incr', scope: { databases: ['shop'] } }],
    ['POST /backups', { clusterId: 'there', scope: { databases: ['mysql'] } }],
    ['POST /clusters/nowhere/restore', { backupId: 'whole' }],
    ['POST /clusters/there/restore', { backupId: 'nowhere' }],
    ['POST /clusters/there/restore', { backupId: 'running' }],
    ['POST /clusters/there/restore', { ...WITH_ACCOUNTS, backupId: 'whole', scope: { databases: ['shop'] } }],
    ['POST /clusters/there/restore', { ...WITH_ACCOUNTS, backupId: 'part' }],
    ['POST /clusters/there/restore', { ...WITH_ACCOUNTS, backupId: 'old' }],
    ['POST /clusters/restore', { ...NEW, ...WITH_ACCOUNTS, scope: { databases: ['shop'] } }],
    ['POST /clusters/restore', { ...NEW, clusterId: 'there' }],
    ['POST /clusters/restore', { ...NEW, backupId: 'running' }],
    ['POST /clusters/restore', { ...NEW, endpoints: ['tidb.example.com:4000'] }],
    ['POST /backups/nowhere/drill', {}],
    ['POST /backups/running/drill', {}],
    ['POST /backups/whole/drill', {}],
    ['DELETE /backups/nowhere'],
    ['DELETE /backups/running'],
    ['DELETE /backups'],
    ['POST /clusters/restore', { ...NEW, endpoints: ['t:4000'], account: { secretArn: OWN_SECRET } }],
    ['POST /backups/cancel', { clusterId: 'nowhere', backupId: 'running' }],
    ['POST /backups/cancel', { clusterId: 'there', backupId: 'nowhere' }],
    ['POST /backups/cancel', { clusterId: 'there', backupId: 'whole' }],
    ['POST /clusters', { ...CLUSTER, clusterId: 'there' }],
    ['POST /clusters', { ...CLUSTER, account: { secretArn: OWN_SECRET } }],
    ['POST /clusters', { ...CLUSTER, tls: 'disabled', caSecretArn: SECRET }],
    ['PUT /clusters/nowhere', CLUSTER],
    ['PUT /clusters/there', { ...CLUSTER, account: { user: 'another' } }],
    ['PUT /clusters/there', { ...CLUSTER, account: { secretArn: OWN_SECRET } }],
    ['PUT /clusters/there', { ...CLUSTER, tls: 'disabled', caSecretArn: SECRET }],
    ['DELETE /clusters/nowhere'],
    ['PUT /clusters/nowhere/strategy', { strategy: { backupDate: 'Monday', period: '7:00-9:00' } }],
    ['PUT /clusters/there/strategy', { strategy: { backupDate: 'Monday', period: '7:00-7:00' } }],
    ['DELETE /clusters/nowhere/strategy'],
    ['POST /config/update', { configKey: 'BackupRateLimit', configValue: 'fast' }],
    ['POST /clusters/nowhere/check'],
  ])('%s %j', async (route, body) => {
    // Two registrations of the same moment are taken for one whose answer was lost.
    world.advance(1);
    const plan = await world.api(`${route}?plan=true`, body);

    expect(plan.status).toBeGreaterThanOrEqual(400);
    expect(plan).toEqual(await world.api(route, body));
  });

  it('of a deployment without provisioner and worker too', async () => {
    const api = createApi({ ...world.ports, hasProvisioner: false, hasWorker: false });
    const requests: [string, object][] = [
      ['POST /clusters/restore', NEW],
      ['POST /backups/whole/drill', {}],
      ['POST /backups', { clusterId: 'there', executor: 'fargate' }],
      ['POST /clusters/there/restore', { backupId: 'whole', executor: 'fargate' }],
      ['POST /clusters', { ...CLUSTER, executor: 'fargate' }],
      ['PUT /clusters/there', { ...CLUSTER, executor: 'fargate' }],
    ];
    for (const [route, body] of requests) {
      const plan = await api(`${route}?plan=true`, body);
      expect(plan).toMatchObject({ status: 400, code: 10001 });
      expect(plan).toEqual(await api(route, body));
    }
  });

  it('of a drill on the worker that is not there too', async () => {
    const api = createApi({ ...world.ports, hasWorker: false });
    const plan = await api('POST /backups/whole/drill?plan=true', { executor: 'fargate' });

    expect(plan).toMatchObject({ status: 400, code: 10001, message: expect.stringContaining('has no worker') });
    expect(plan).toEqual(await api('POST /backups/whole/drill', { executor: 'fargate' }));
  });

  it.each(['', 'a b', 'ä', 'k'.repeat(256)])('an Idempotency-Key that is none: %j', async (key) => {
    const headers = { 'idempotency-key': key };
    for (const [route, body] of [
      ['POST /backups', { clusterId: 'there' }],
      ['DELETE /clusters/there', undefined],
    ] as const) {
      const plan = await world.api(`${route}?plan=true`, body, { headers });
      expect(plan).toMatchObject({ status: 400, code: 10001 });
      expect(plan).toEqual(await world.api(route, body, { headers }));
    }
  });

  it.each(['', 'yes', 'TRUE', '1', 'true,true'])('plan=%s is neither a plan nor the request', async (value) => {
    const before = await wholeState();

    const answer: ApiAnswer = await world.api(`POST /backups?plan=${value}`, { clusterId: 'there' });

    expect(answer).toMatchObject({
      status: 400,
      code: 10001,
      message: expect.stringMatching(/plan: must (be true or false|not be empty)/),
    });
    expect(await wholeState()).toEqual(before);
  });

  it('plan=false is the request', async () => {
    const { data } = await world.api('POST /backups?plan=false', { clusterId: await world.register('at-once') });

    expect(world.executions.has(String(data.backupId))).toBe(true);
  });
});
