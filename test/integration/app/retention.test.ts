import { afterAll, beforeAll, expect, it } from 'vitest';
import { type MetricName, NAMESPACE } from '../../../functions/domain/events/metrics.ts';
import { AwsError } from '../../../infra/local/aws/aws-error.ts';
import { ruleId } from '../support/rule-id.ts';
import { until } from '../support/until.ts';
import { type AppWorld, fill, startAppWorld } from './app-world.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

let world: AppWorld;
let clusterId: string;
let rule: string;
/** A cluster whose backups cannot be listed. */
let away: string | undefined;

beforeAll(async () => {
  rule = await ruleId('RetentionRule');
  world = await startAppWorld({
    gate: {
      before: ({ action, input, caller }) =>
        caller?.startsWith('Retention') && action === 'Query' && away && JSON.stringify(input).includes(away)
          ? new AwsError('InternalFailure', 'it is away', 500)
          : 'go',
    },
  });
  const sandbox = await world.sandbox();
  await fill(sandbox, 8);
  clusterId = await world.register(sandbox);
}, 120_000);
afterAll(() => world.stop());

/** One after the other, since a cluster takes one at a time. */
async function finished(backupMode: 'auto' | 'manual', change: object = {}): Promise<string> {
  const { data } = await until('a backup that is accepted', async () => {
    const answer = await world.api('POST /backups', { clusterId, backupMode, ...change });
    // A deletion may hold the cluster for a moment.
    return answer.code === 20114 ? undefined : answer;
  });
  const backupId = String(data.backupId);
  await world.untilRecord(backupId, ({ status }) => status === 'Finished');
  await expect.poll(() => world.maintenanceOf(clusterId), { timeout: 20_000 }).toBe('');
  return backupId;
}

const save = (change: object) =>
  world.api(`PUT /clusters/${clusterId}/strategy`, { strategy: { backupDate: '', period: '0:00-0:00', ...change } });

interface Decision {
  readonly backupId: string;
  readonly action: string;
  readonly reasons: readonly string[];
}

async function preview(query = ''): Promise<Decision[]> {
  const { data } = await world.api(`GET /clusters/${clusterId}/retention/preview?${query}`);
  return data.decisions as unknown as Decision[];
}

const counted = (name: MetricName) =>
  world.cloud.metrics.statistic({ namespace: NAMESPACE, name, dimensions: {} }, 'Sum') ?? 0;

/** The rule, as EventBridge fires it this long from now. */
const sweepIn = (ms: number) => world.cloud.fireRule(rule, new Date(Date.now() + ms));

const ids = async () => (await world.records(`clusterId=${clusterId}&pageSize=100`)).map(({ id }) => id);

it('the sweep removes what the preview said, with its files, and nothing else', { timeout: 60_000 }, async () => {
  const manual = await finished('manual');
  const [first, second, third] = [await finished('auto'), await finished('auto'), await finished('auto')];
  await save({ retention: { keepLast: 1 } });
  const proposed = await preview('keepLast=2');
  const current = await preview();

  await sweepIn(0);

  expect(proposed.filter(({ action }) => action === 'remove').map(({ backupId }) => backupId)).toEqual([first]);
  expect(current).toMatchObject([
    { backupId: second, action: 'remove', reasons: ['not kept by any part of the rule'] },
    { backupId: first, action: 'remove', reasons: ['not kept by any part of the rule'] },
    { backupId: third, action: 'keep', reasons: ['the newest finished backup', 'last 1 of 1'] },
    { backupId: manual, action: 'keep', reasons: ['manual, without expireAt'] },
  ]);
  for (const backupId of [first, second]) {
    await world.untilGone(backupId);
    expect(await world.filesOf(backupId)).toEqual([]);
  }
  expect(await ids()).toEqual([third, manual]);
  expect(await world.filesOf(third)).not.toEqual([]);
  expect(counted('BackupsRemovedByRetention')).toBe(2);
});

it('an automatic backup that is too old is removed, a manual one at its expireAt, and the newest never', {
  timeout: 60_000,
}, async () => {
  const old = await ids();
  await save({ retention: { maxAgeDays: 30 } });
  const expiring = await finished('manual', { expireAt: new Date(Date.now() + HOUR).toISOString() });
  const newest = await finished('auto');
  const [, manual = ''] = old;

  await sweepIn(HOUR - 60_000);
  expect(await ids()).toEqual([newest, expiring, ...old]);

  await sweepIn(HOUR + 60_000);
  await world.untilGone(expiring);
  expect(await ids()).toEqual([newest, ...old]);

  await save({ retention: { maxAgeDays: 30 }, paused: true });
  await sweepIn(31 * DAY);
  expect(await ids()).toEqual([newest, ...old]);

  await save({ retention: { maxAgeDays: 30 } });
  await sweepIn(31 * DAY);
  await until('the end of the old ones', async () => ((await ids()).length === 2 ? true : undefined), 20);
  expect(await ids()).toEqual([newest, manual]);
  expect(counted('RetentionFailures')).toBe(0);
});

it('a chain stays as long as its newest link, and is removed with it, newest link first', {
  timeout: 90_000,
}, async () => {
  await save({});
  const full = await finished('auto');
  const first = await finished('auto', { backupType: 'incr' });
  const second = await finished('auto', { backupType: 'incr' });
  await save({ retention: { keepLast: 1 } });
  const decisions = await preview();
  const reasonsOf = (id: string) => decisions.find(({ backupId }) => backupId === id)?.reasons;

  await sweepIn(0);
  expect([reasonsOf(full), reasonsOf(first)]).toEqual([[`needed by ${first}`], [`needed by ${second}`]]);
  expect((await ids()).slice(0, 3)).toEqual([second, first, full]);

  await finished('auto');
  await sweepIn(0);
  for (const backupId of [second, first, full]) {
    await world.untilGone(backupId, 30);
    expect(await world.filesOf(backupId)).toEqual([]);
  }
});

it('an expired backup is removed even if its cluster is no longer registered', { timeout: 60_000 }, async () => {
  const expiring = await finished('manual', { expireAt: new Date(Date.now() + HOUR).toISOString() });
  const [, ...others] = await ids();
  const newest = await finished('manual');
  await world.api(`DELETE /clusters/${clusterId}`);

  await sweepIn(2 * HOUR);

  await world.untilGone(expiring);
  expect(await ids()).toEqual([newest, ...others]);
});

it('a cluster that cannot be checked is counted, and raises no alarm the first time', async () => {
  const { data } = await world.api('POST /clusters', {
    clusterName: 'away',
    endpoints: ['127.0.0.1:1'],
    account: { user: 'root', password: 'x' },
  });
  away = String(data.clusterId);
  clusterId = away;
  await save({ retention: { keepLast: 1 } });

  await sweepIn(0);

  expect(counted('RetentionFailures')).toBe(1);
  const raised = (await world.cloud.alarms()).filter(({ state }) => state === 'ALARM').map(({ name }) => name);
  expect(raised.filter((name) => name.includes('RetentionFailed'))).toEqual([]);
});
