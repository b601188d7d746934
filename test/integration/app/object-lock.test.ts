import { ListObjectVersionsCommand } from '@aws-sdk/client-s3';
import { GetExecutionHistoryCommand } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { MANIFEST } from '../../../functions/domain/backup/manifest.ts';
import { appOfTenant } from '../support/app-of-tenant.ts';
import { ruleId } from '../support/rule-id.ts';
import { until } from '../support/until.ts';
import { type AppWorld, fill, startAppWorld } from './app-world.ts';

/** Length of a day of S3's locks here: the tests run at once, and wait only once for its end. */
const DAY_MS = 10_000;

describe('a tenant whose backups are immutable for a day', () => {
  let world: AppWorld;
  beforeAll(async () => {
    world = await startAppWorld({ template: await appOfTenant({ immutableDays: 1 }), s3DayMs: DAY_MS });
  }, 120_000);
  afterAll(() => world.stop());

  async function prepare() {
    const sandbox = await world.sandbox();
    await fill(sandbox, 16);
    return { sandbox, clusterId: await world.register(sandbox) };
  }

  /** Everything that S3 stores for a backup. */
  async function versionsOf(clusterId: string, backupId: string): Promise<number> {
    const Prefix = `backups/${clusterId}/${backupId}/`;
    const listed = await world.clients.s3.send(new ListObjectVersionsCommand({ Bucket: world.bucket, Prefix }));
    return (listed.Versions?.length ?? 0) + (listed.DeleteMarkers?.length ?? 0);
  }

  async function statesOf(workFlowId: string): Promise<string[]> {
    const stateMachineArn = world.cloud.outputs.DeleteStateMachineArn ?? '';
    const executionArn = `${stateMachineArn.replace(':stateMachine:', ':execution:')}:${workFlowId}`;
    const { events = [] } = await world.clients.stepFunctions.send(new GetExecutionHistoryCommand({ executionArn }));
    return events.flatMap(({ stateEnteredEventDetails }) => stateEnteredEventDetails?.name ?? []);
  }

  it.concurrent('says until when, deletes nothing before, frees the cluster meanwhile, and deletes all on the day', async ({
    expect,
  }) => {
    const { clusterId } = await prepare();
    const backupId = await world.backUp(clusterId);
    const { lockedUntil = '' } = await world.untilRecord(backupId, ({ status }) => status === 'Finished');
    await until('the manifest', async () =>
      (await world.filesOf(backupId)).some((key) => key.endsWith(`/${MANIFEST}`)) ? true : undefined,
    );
    const files = await versionsOf(clusterId, backupId);
    expect(Date.parse(lockedUntil)).toBeGreaterThan(Date.now());

    const answer = await world.api(`DELETE /backups/${backupId}`);

    expect(answer).toMatchObject({ status: 200, code: 0, data: { lockedUntil } });
    await expect.poll(() => world.maintenanceOf(clusterId), { timeout: 10_000 }).toBe('');
    const meanwhile = await world.backUp(clusterId);
    expect(await world.record(backupId)).toMatchObject({ status: 'Deleting', lockedUntil });
    expect(await versionsOf(clusterId, backupId)).toBe(files);
    await world.untilRecord(meanwhile, ({ status }) => status === 'Finished');
    await world.untilGone(backupId, 40);
    expect(Date.now()).toBeGreaterThanOrEqual(Date.parse(lockedUntil));
    expect(await versionsOf(clusterId, backupId)).toBe(0);
    expect(await statesOf(`${backupId}-delete-1`)).toEqual([
      ...['deleteBackupFiles', 'areFilesGone', 'filesAreLocked'],
      ...['deleteBackupFiles', 'areFilesGone', 'end'],
    ]);
    expect(await versionsOf(clusterId, meanwhile)).toBeGreaterThan(0);
  }, 90_000);

  it.concurrent('a canceled backup frees its cluster at once, and its files are deleted on the day', async ({
    expect,
  }) => {
    const { sandbox, clusterId } = await prepare();
    sandbox.setFaults([{ throttleMiBPerSecond: 0.01 }]);
    const backupId = await world.backUp(clusterId);
    await expect.poll(() => versionsOf(clusterId, backupId), { timeout: 20_000 }).toBeGreaterThan(0);

    await world.api('POST /backups/cancel', { clusterId, backupId });

    const { lockedUntil = '' } = await world.untilRecord(
      backupId,
      (record) => record.status === 'Canceled' && record.lockedUntil !== undefined,
      30,
    );
    await expect.poll(() => world.maintenanceOf(clusterId), { timeout: 10_000 }).toBe('');
    expect(await versionsOf(clusterId, backupId)).toBeGreaterThan(0);
    // A sweep before the day reads nothing; the first one after it removes everything. EventBridge gives a sweep its time in whole seconds.
    const day = Date.parse(lockedUntil) + 1_000;
    await expect.poll(() => Date.now(), { timeout: 30_000, interval: 250 }).toBeGreaterThan(day);
    await world.cloud.fireRule(await ruleId('RepairReconcile'), new Date());
    expect(await versionsOf(clusterId, backupId)).toBe(0);
    expect(await world.record(backupId)).not.toHaveProperty('lockedUntil');
  }, 90_000);
});
