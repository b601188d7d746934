import { afterAll, beforeAll, expect, it } from 'vitest';
import { changedApp } from '../support/changed-app.ts';
import { ruleId } from '../support/rule-id.ts';
import { until } from '../support/until.ts';
import { type AppWorld, fill, running, startAppWorld } from './app-world.ts';

const HOUR = 3_600_000;

let world: AppWorld;
let rules: Record<'autoBackup' | 'reconcile', string>;

beforeAll(async () => {
  rules = { autoBackup: await ruleId('AutoBackupRule'), reconcile: await ruleId('RepairReconcile') };
  // The API, the sweeps and repair always run, as with reserved concurrency; all nodes are throttled.
  const template = await changedApp((text) => {
    const app = JSON.parse(text) as { Resources: Record<string, { Type: string; Properties: object }> };
    for (const [id, { Type, Properties }] of Object.entries(app.Resources)) {
      const runs = /^(Api|AutoBackup|Repair)/.test(id) && Type === 'AWS::Lambda::Function';
      if (runs) Object.assign(Properties, { ReservedConcurrentExecutions: 10 });
    }
    return JSON.stringify(app);
  });
  world = await startAppWorld({ template });
}, 120_000);

afterAll(() => world.stop());

async function prepare() {
  const sandbox = await world.sandbox();
  await fill(sandbox, 8);
  return { sandbox, clusterId: await world.register(sandbox) };
}

const throttled = async (): Promise<string[]> => {
  const alarms = await world.cloud.alarms();
  return alarms
    .filter(({ name, state }) => state === 'ALARM' && name.includes('FunctionThrottled'))
    .map(({ name }) => name);
};

it('a backup whose nodes are throttled starts late', async () => {
  const { clusterId } = await prepare();
  expect(await throttled()).toEqual([]);
  world.cloud.concurrency.unreserved = 0;
  const backupId = await world.backUp(clusterId);
  await until('the alarm', async () => ((await throttled()).length > 0 ? true : undefined));
  expect(await world.record(backupId)).toMatchObject({ status: 'Initializing' });

  world.cloud.concurrency.unreserved = Number.POSITIVE_INFINITY;

  await world.untilRecord(backupId, ({ status }) => status === 'Finished', 60);
}, 90_000);

it('an automatic backup that is throttled past its window is missed, and its cluster is free', async () => {
  const { sandbox, clusterId } = await prepare();
  const [opens, closes] = [2, 3].map((hours) => `${new Date(Date.now() + hours * HOUR).getUTCHours()}:00`);
  const backupDate = 'Monday,Tuesday,Wednesday,Thursday,Friday,Saturday,Sunday';
  await world.api(`PUT /clusters/${clusterId}/strategy`, { strategy: { backupDate, period: `${opens}-${closes}` } });
  const strategy = async () =>
    (await world.api(`GET /clusters/${clusterId}/strategy`)).data.strategy as {
      nextRuns: string[];
      lastMissed?: object;
    };
  const [start = ''] = (await strategy()).nextRuns;
  const end = Date.parse(start) + HOUR;
  world.cloud.concurrency.unreserved = 0;
  await world.cloud.fireRule(rules.autoBackup, new Date(start));
  expect(await world.maintenanceOf(clusterId)).toBe('BackUp');

  await world.cloud.fireRule(rules.reconcile, new Date(end));
  await world.cloud.fireRule(rules.autoBackup, new Date(end));

  const reason = expect.stringContaining('throttled (429)');
  expect(await world.maintenanceOf(clusterId)).toBe('');
  expect(await world.records(`clusterId=${clusterId}`)).toMatchObject([
    { status: 'Failed', error: { code: 20602, message: reason } },
  ]);
  expect(await strategy()).toMatchObject({ lastMissed: { start, end: new Date(end).toISOString(), reason } });
  world.cloud.concurrency.unreserved = Number.POSITIVE_INFINITY;
  expect(await running(sandbox, 'BACKUP')).toEqual([]);
}, 60_000);
