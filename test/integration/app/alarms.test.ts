import { afterAll, beforeAll, expect, it } from 'vitest';
import { METRICS, NAMESPACE } from '../../../functions/domain/events/metrics.ts';
import { AwsError } from '../../../infra/local/aws/aws-error.ts';
import type { Metric } from '../../../infra/local/aws/cloudwatch/metrics.ts';
import type { PendingAwsCall } from '../../../infra/local/aws/gate.ts';
import { queueNamed, receivedFrom } from '../local-cloud/received-from.ts';
import { ruleId } from '../support/rule-id.ts';
import { until } from '../support/until.ts';
import { type AppWorld, fill, startAppWorld } from './app-world.ts';

const HOUR = 3_600_000;

let world: AppWorld;
let rules: Record<'autoBackup' | 'backupAges' | 'retention' | 'orphanedFiles', string>;
/** Calls that fail as if their service were unavailable. */
let isAway: (call: PendingAwsCall) => boolean = () => false;

beforeAll(async () => {
  rules = {
    autoBackup: await ruleId('AutoBackupRule'),
    backupAges: await ruleId('BackupAgesRule'),
    retention: await ruleId('RetentionRule'),
    orphanedFiles: await ruleId('OrphanedFilesRule'),
  };
  world = await startAppWorld({
    gate: { before: (call) => (isAway(call) ? new AwsError('InternalFailure', 'it is away', 500) : 'go') },
  });
}, 120_000);

afterAll(() => world.stop());

/** The raised alarms, by their names in the runbook. */
async function raised(): Promise<string[]> {
  const alarms = await world.cloud.alarms();
  return alarms.filter(({ state }) => state === 'ALARM').map(({ name }) => name.replace(/^tidb-backup-local-/, ''));
}

const untilRaised = (alarm: string) =>
  until(`alarm ${alarm}`, async () => ((await raised()).includes(alarm) ? true : undefined), 20);

const counted = (name: string): number | undefined =>
  world.cloud.metrics.statistic({ namespace: NAMESPACE, name, dimensions: {} }, 'Sum');

/** A cluster on a port where nothing listens: every operation on it fails at once. */
async function unreachable(): Promise<string> {
  const { data } = await world.api('POST /clusters', {
    clusterName: 'unreachable',
    endpoints: ['127.0.0.1:1'],
    account: { user: 'root', password: 'x' },
    tls: 'disabled',
  });
  return String(data.clusterId);
}

it('raises an alarm while no sweep has run, until one does', async () => {
  expect(await raised()).toEqual(['AutoBackupSilent', 'BackupAgesSilent', 'RetentionSilent']);

  await Promise.all(Object.values(rules).map((rule) => world.cloud.fireRule(rule)));

  expect(await raised()).toEqual([]);
});

it('counts a finished and a canceled backup, without an alarm', async () => {
  const sandbox = await world.sandbox();
  await fill(sandbox, 64);
  const clusterId = await world.register(sandbox);
  const finished = await world.backUp(clusterId);
  await world.untilRecord(finished, ({ status }) => status === 'Finished');
  await expect.poll(() => world.maintenanceOf(clusterId), { timeout: 20_000 }).toBe('');
  sandbox.setFaults([{ throttleMiBPerSecond: 0.01 }]);
  const canceled = await world.backUp(clusterId);
  await world.untilRecord(canceled, ({ status }) => status === 'Processing');

  await world.api('POST /backups/cancel', { clusterId, backupId: canceled });

  await until('the count', () => (counted('BackupsCanceled') === 1 ? true : undefined), 20);
  expect([counted('BackupsStarted'), counted('BackupsFinished'), counted('BackupsFailed')]).toEqual([2, 1, undefined]);
  expect(await raised()).toEqual([]);
});

it('raises an alarm for a failed backup and a failed restore', async () => {
  const [finished] = (await world.records('backupMode=manual')).filter(({ status }) => status === 'Finished');
  await world.backUp(await unreachable());
  await untilRaised('BackupFailed');
  expect(await raised()).toEqual(['BackupFailed']);

  await world.api(`POST /clusters/${await unreachable()}/restore`, { backupId: finished?.id });

  await untilRaised('RestoreExistClusterFailed');
});

it('raises an alarm for a window without a backup, and for a cluster whose newest backup is too old', async () => {
  const clusterId = await unreachable();
  const backupDate = 'Monday,Tuesday,Wednesday,Thursday,Friday,Saturday,Sunday';
  const strategy = { backupDate, period: '1:00-2:00', maxBackupAgeHours: 30 };
  await world.api(`PUT /clusters/${clusterId}/strategy`, { strategy });
  const { data } = await world.api(`GET /clusters/${clusterId}/strategy`);
  const [start = ''] = (data.strategy as { nextRuns: string[] }).nextRuns;
  await world.cloud.fireRule(rules.backupAges);
  expect(await raised()).not.toContain('BackupOverdue');

  await world.cloud.fireRule(rules.backupAges, new Date(Date.now() + 31 * HOUR));
  await world.cloud.fireRule(rules.autoBackup, new Date(Date.parse(start) + 2 * HOUR));

  expect(await raised()).toEqual(expect.arrayContaining(['BackupOverdue', 'WindowMissed']));
});

it('raises an alarm for a failed drill, and for a cluster whose newest verified backup is too old', async () => {
  const sandbox = await world.sandbox();
  await fill(sandbox, 8);
  const clusterId = await world.register(sandbox);
  const { data } = await world.api('POST /backups', { clusterId, checksums: true });
  const backupId = String(data.backupId);
  await world.untilRecord(backupId, ({ status }) => status === 'Finished');
  await world.api(`PUT /clusters/${clusterId}/strategy`, {
    strategy: { backupDate: '', period: '0:00-0:00', maxVerifiedAgeHours: 30, maxBackupAgeHours: 30 },
  });
  await world.api(`POST /backups/${backupId}/drill`, {});
  await world.untilRecord(backupId, (record) => 'verifiedAt' in record, 60);
  await world.cloud.fireRule(rules.backupAges);
  expect(await raised()).not.toEqual(expect.arrayContaining(['RestoreDrillFailed']));
  expect(await raised()).not.toEqual(expect.arrayContaining(['BackupUnverified']));

  await world.api(`POST /backups/${backupId}/drill`, { assertions: ['SELECT COUNT(*) = 0 FROM shop.orders'] });

  await until('the alarm', async () => ((await raised()).includes('RestoreDrillFailed') ? true : undefined), 60);
  await world.cloud.fireRule(rules.backupAges, new Date(Date.now() + 31 * HOUR));
  expect(await raised()).toContain('BackupUnverified');
}, 180_000);

it('turns an abandoned event into a dead letter with its error, and raises an alarm; so does a 5xx answer', async () => {
  isAway = ({ service, caller }) => service === 'dynamodb' && /BackupAges|Query/.test(caller ?? '');

  await world.cloud.fireRule(rules.backupAges);
  const { status } = await world.api('GET /clusters');

  isAway = () => false;
  expect(status).toBe(500);
  expect(await raised()).toEqual(expect.arrayContaining(['DeadInvocation', 'ApiFailed']));
  expect(await receivedFrom(world.cloud, await queueNamed(world.cloud, 'DeadLettersInvocations'))).toMatchObject([
    {
      body: {
        requestContext: { condition: 'RetriesExhausted', approximateInvokeCount: 3 },
        requestPayload: { 'detail-type': 'Scheduled Event' },
        responsePayload: { errorMessage: expect.stringContaining('it is away') },
      },
    },
  ]);
});

it('all metrics measured meanwhile are documented and readable', () => {
  const measured = world.cloud.metrics.all();
  const own = measured.filter(({ namespace }) => namespace === NAMESPACE);

  expect(measured.filter(({ name }) => name === 'EMFValidationErrors')).toEqual([]);
  expect(own.filter((metric) => !isDocumented(metric))).toEqual([]);
  const names = new Set(own.map(({ name }) => name));
  // This tenant has no second copy, so no sweep looks for one.
  expect(Object.keys(METRICS).filter((name) => !names.has(name))).toEqual(['CopiesLate']);
});

function isDocumented({ name, dimensions }: Metric): boolean {
  const sets: readonly (readonly string[])[] = METRICS[name as keyof typeof METRICS]?.dimensions ?? [];
  const given = Object.keys(dimensions).sort().join();
  return sets.some((set) => [...set].sort().join() === given);
}
