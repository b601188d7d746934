import { beforeAll, describe, expect, it } from 'vitest';
import { COMMAND_ROUTES } from '../../../functions/api/routes/command-routes.ts';
import type { ChangePlan } from '../../../functions/domain/planning/plan.ts';
import { type ApiAnswer, createApi } from '../../support/api.ts';
import { useApiWorld } from '../../support/api-world.ts';
import { planning } from '../../support/planning.ts';
import { aBackup, later } from '../../support/records.ts';

const world = useApiWorld();

const { wholeState, planOf, finished, recordOf } = planning(world);

describe('a plan of a change without files', () => {
  const SETTINGS = { clusterName: 'Orders', endpoints: ['tidb.example.com:4000'], timezone: 'UTC' };
  const STRATEGY = { backupDate: 'Monday', period: '7:00-9:00', timezone: 'UTC' };

  it('exists for every change', () => {
    const without = Object.entries(COMMAND_ROUTES).flatMap(([name, { planned }]) => (planned ? [] : [name]));

    // Its plan is a workflow, requested by its own query parameter: the API cannot reach files.
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

  it('of a change of a cluster names what would change', async () => {
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

  it('of a cluster that is sent back with its own secret names only the change', async () => {
    const account = { secretArn: 'arn:aws:secretsmanager:us-east-1:111122223333:secret:account' };
    const clusterId = await world.register('own-secret', { account });
    const { data } = await world.api(`GET /clusters/${clusterId}`);
    const changes = async (body: object) => (await planOf<ChangePlan>(`PUT /clusters/${clusterId}`, body)).changes;

    expect(await changes({ ...data, clusterName: 'Renamed' })).toEqual(['clusterName']);
    const other = { secretArn: `${account.secretArn}-2` };
    expect(await changes({ ...data, account: other })).toEqual(['account']);
  });

  it('of a weaker TLS mode names the certificates that it removes', async () => {
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

  it("of a cluster's removal lists the backups that are deleted with it", async () => {
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

  it('of a strategy says when it starts, and what would change', async () => {
    const clusterId = await world.register('weekly');
    const route = `PUT /clusters/${clusterId}/strategy`;
    const first = await planOf<ChangePlan>(route, { strategy: STRATEGY });
    await world.api(route, { strategy: STRATEGY });
    const again = await planOf<ChangePlan>(route, { strategy: { ...STRATEGY, period: '8:00-9:00' } });
    const { data } = await world.api(`GET /clusters/${clusterId}/strategy`);

    expect(first.nextRuns).toEqual((data.strategy as { nextRuns: string[] }).nextRuns);
    expect(first.preview?.windows.slice(0, 3).map(({ start }) => start)).toEqual(first.nextRuns);
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

  it('of a strategy names an open window that would be canceled', async () => {
    const clusterId = await world.register('open');
    const route = `/clusters/${clusterId}/strategy`;
    const day = new Intl.DateTimeFormat('en', { weekday: 'long', timeZone: 'UTC' }).format(world.ports.clock.now());
    const strategy = { backupDate: day, period: '0:00-23:59', timezone: 'UTC' };
    await world.api(`PUT ${route}`, { strategy });

    const expected = expect.stringMatching(/^the window open since .*T00:00:00.000Z is canceled$/);
    for (const plan of [
      await planOf<ChangePlan>(`PUT ${route}`, { strategy: { ...strategy, paused: true } }),
      await planOf<ChangePlan>(`DELETE ${route}`),
      await planOf<ChangePlan>(`DELETE /clusters/${clusterId}`),
    ]) {
      expect(plan.changes).toContainEqual(expected);
    }
  });

  it('of a time zone names an open window that would be canceled', async () => {
    const clusterId = await world.register('moving');
    const day = new Intl.DateTimeFormat('en', { weekday: 'long', timeZone: 'UTC' }).format(world.ports.clock.now());
    await world.api(`PUT /clusters/${clusterId}/strategy`, { strategy: { backupDate: day, period: '0:00-23:59' } });
    const { data } = await world.api(`GET /clusters/${clusterId}`);
    const changes = async (timezone: string) =>
      (await planOf<ChangePlan>(`PUT /clusters/${clusterId}`, { ...data, timezone })).changes;

    expect(await changes('UTC')).toEqual([]);
    expect(await changes('Asia/Tokyo')).toEqual([
      'timezone',
      expect.stringMatching(/^the window open since .*T00:00:00.000Z is canceled$/),
    ]);
  });

  it('of the configuration says whether an entry would change', async () => {
    const changes = async (configValue: string, configKey = 'BackupRateLimit') =>
      (await planOf<ChangePlan>('POST /config/update', { configKey, configValue })).changes;
    await world.api('POST /config/update', { configKey: 'BackupRateLimit', configValue: '100' });

    expect(await changes('100')).toEqual([]);
    expect(await changes('50')).toEqual(['BackupRateLimit is set']);
    expect(await changes('', 'BackupS3Region')).toEqual([]);
    expect(await changes('a-long-secret', 'BackupS3SecretAccessKey')).toEqual(['BackupS3SecretAccessKey is set']);
  });

  it('of a cancellation names the backup', async () => {
    const clusterId = await world.register('canceling');
    const { data } = await world.api('POST /backups', { clusterId });
    const plan = await planOf<ChangePlan>('POST /backups/cancel', { clusterId, backupId: data.backupId });

    expect(plan).toMatchObject({ action: 'cancel', clusterId, backupId: data.backupId });
  });
});

describe('a plan is refused like its request', () => {
  beforeAll(async () => {
    // Registered after its backups have ended: their TiDB is unknown.
    world.advance(60_000);
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
    // Two registrations of the same moment look like one whose answer was lost.
    world.advance(1);
    const plan = await world.api(`${route}?plan=true`, body);

    expect(plan.status).toBeGreaterThanOrEqual(400);
    expect(plan).toEqual(await world.api(route, body));
  });

  it('in a deployment without provisioner and worker', async () => {
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

  it('for a drill on a missing worker', async () => {
    const api = createApi({ ...world.ports, hasWorker: false });
    const plan = await api('POST /backups/whole/drill?plan=true', { executor: 'fargate' });

    expect(plan).toMatchObject({ status: 400, code: 10001, message: expect.stringContaining('has no worker') });
    expect(plan).toEqual(await api('POST /backups/whole/drill', { executor: 'fargate' }));
  });

  it.each(['', 'a b', 'ä', 'k'.repeat(256)])('an invalid Idempotency-Key: %j', async (key) => {
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

  it.each(['', 'yes', 'TRUE', '1', 'true,true'])(
    'plan=%s is refused, neither planned nor carried out',
    async (value) => {
      const before = await wholeState();

      const answer: ApiAnswer = await world.api(`POST /backups?plan=${value}`, { clusterId: 'there' });

      expect(answer).toMatchObject({
        status: 400,
        code: 10001,
        message: expect.stringMatching(/plan: must (be true or false|not be empty)/),
      });
      expect(await wholeState()).toEqual(before);
    },
  );

  it('plan=false is the request', async () => {
    const { data } = await world.api('POST /backups?plan=false', { clusterId: await world.register('at-once') });

    expect(world.executions.has(String(data.backupId))).toBe(true);
  });
});
