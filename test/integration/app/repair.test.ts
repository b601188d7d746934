import { StopExecutionCommand } from '@aws-sdk/client-sfn';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { AwsCall } from '../../../infra/local/aws/aws-call.ts';
import type { TidbSandbox } from '../../../infra/local/tidb-sandbox/sandbox.ts';
import { putObjects } from '../../support/many-objects.ts';
import { changedApp } from '../support/changed-app.ts';
import { ruleId } from '../support/rule-id.ts';
import { type AppWorld, fill, running, sharedAppWorld, sql, startAppWorld } from './app-world.ts';

const SLOW = [{ throttleMiBPerSecond: 0.05 }];
/** Two periods of reconcile (invariant 2). */
const SWEEPS_AFTER_MINUTES = [5, 10];
const SECONDS = 20;

describe('after a death', () => {
  let world: AppWorld;
  let reconcileRule: string;
  /** Called for each call to a local endpoint. */
  let onCall: (call: AwsCall) => void = () => {};
  beforeAll(async () => {
    reconcileRule = await ruleId('RepairReconcile');
    world = await sharedAppWorld((call) => onCall(call));
  }, 120_000);
  afterAll(() => world.stop());
  afterEach(() => {
    onCall = () => {};
  });

  async function prepare() {
    const sandbox = await world.sandbox();
    await fill(sandbox);
    return { sandbox, clusterId: await world.register(sandbox) };
  }

  const executionArn = (output: string, id: string) =>
    `${world.cloud.outputs[output]?.replace(':stateMachine:', ':execution:')}:${id}`;
  const stopBackup = (backupId: string) =>
    world.clients.stepFunctions.send(
      new StopExecutionCommand({ executionArn: executionArn('BackupStateMachineArn', backupId), cause: 'maintenance' }),
    );

  /** As time passes: two sweeps, each one period later. */
  async function reconcile(): Promise<void> {
    const start = Date.now();
    for (const minutes of SWEEPS_AFTER_MINUTES) {
      await world.cloud.fireRule(reconcileRule, new Date(start + minutes * 60_000));
    }
  }

  /** A function's process dies when its first call of an action has taken effect. */
  function killAfter(functionName: RegExp, action: string): void {
    onCall = (call) => {
      if (!functionName.test(call.caller ?? '') || call.action !== action) return;
      onCall = () => {};
      killProcesses(functionName);
    };
  }

  function killProcesses(functionName: RegExp): void {
    for (const { logicalId, processes } of world.cloud.functions()) {
      if (functionName.test(logicalId)) for (const { pid } of processes) process.kill(pid, 'SIGKILL');
    }
  }

  const logged = (...parts: string[]) => world.cloud.logs.some((line) => parts.every((part) => line.includes(part)));

  const workflowStatus = async (id: string) =>
    ((await world.api(`GET /workflow/${id}`)).data.info as { status: string }).status;

  async function unfinishedWorkflows(clusterId: string): Promise<unknown[]> {
    const { data } = await world.api(`GET /workflow?bizId=${clusterId}&pageSize=100`);
    const all = data.workFlows as { status: string }[];
    return all.filter(({ status }) => !['Finished', 'Error', 'Canceled'].includes(status));
  }

  async function expectNothingLeft(sandbox: TidbSandbox, clusterId: string): Promise<void> {
    await expect.poll(() => world.maintenanceOf(clusterId), { timeout: SECONDS * 1_000 }).toBe('');
    expect(await running(sandbox, 'BACKUP')).toEqual([]);
    const records = await world.records(`clusterId=${clusterId}`);
    for (const { id, status } of records) {
      expect(['Finished', 'Failed', 'Canceled']).toContain(status);
      if (status !== 'Finished') expect(await world.filesOf(id)).toEqual([]);
    }
    // A workflow is shown as ended once it holds nothing.
    await expect.poll(() => unfinishedWorkflows(clusterId), { timeout: SECONDS * 1_000 }).toEqual([]);
  }

  it('a backup whose workflow is stopped fails at once with the reason, and leaves nothing', async () => {
    const { sandbox, clusterId } = await prepare();
    sandbox.setFaults(SLOW);
    const backupId = await world.backUp(clusterId);
    await world.untilRecord(backupId, ({ progress = 0 }) => progress > 0);

    await stopBackup(backupId);

    await world.untilRecord(backupId, ({ status }) => status === 'Failed');
    await expectNothingLeft(sandbox, clusterId);
    const record = await world.record(backupId);
    expect(record?.error?.message).toBe('WorkflowStopped: the workflow was stopped: maintenance');
  });

  it('a backup that finishes unseen is finished, and can be restored', async () => {
    const { sandbox, clusterId } = await prepare();
    // All files exist, and the answer takes longer than anyone waits for it.
    sandbox.setFaults([{ match: '^BACKUP', action: 'delay', when: 'after', delayMs: 30_000 }]);
    const backupId = await world.backUp(clusterId);
    await expect
      .poll(() => world.filesOf(backupId), { timeout: SECONDS * 1_000 })
      .toContainEqual(expect.stringMatching(/backupmeta$/));

    await stopBackup(backupId);

    await world.untilRecord(backupId, ({ status }) => status === 'Finished');
    await expectNothingLeft(sandbox, clusterId);
    expect(await workflowStatus(backupId)).toBe('Finished');
    const target = await world.sandbox();
    const { data } = await world.api(`POST /clusters/${await world.register(target)}/restore`, { backupId });
    await expect.poll(() => workflowStatus(String(data.workFlowId)), { timeout: SECONDS * 1_000 }).toBe('Finished');
    expect(await sql(target, 'SELECT COUNT(*) AS rows_restored FROM shop.orders')).toMatchObject([
      { rows_restored: 512 },
    ]);
  });

  it('a backup whose function dies is taken over by another run, which waits for the same BACKUP', async () => {
    const { sandbox, clusterId } = await prepare();
    sandbox.setFaults(SLOW);
    const backupId = await world.backUp(clusterId);
    await world.untilRecord(backupId, ({ progress = 0 }) => progress > 0);
    const [before] = await running(sandbox, 'BACKUP');

    killProcesses(/^BackupClusterBackupFunction/);
    await expect
      .poll(() => logged('an earlier run sent the statement', 'BACKUP'), { timeout: SECONDS * 1_000 })
      .toBe(true);
    expect(await running(sandbox, 'BACKUP')).toEqual([before]);
    sandbox.setFaults([]);

    await world.untilRecord(backupId, ({ status }) => status === 'Finished');
    await expectNothingLeft(sandbox, clusterId);
    expect(new Set((await world.filesOf(backupId)).map((name) => /attempt-\d+/.exec(name)?.[0]))).toEqual(
      new Set(['attempt-1']),
    );
    expect(await workflowStatus(backupId)).toBe('Finished');
  });

  it('a restore whose function dies is taken over by another run, which waits for the same RESTORE', async () => {
    const { clusterId } = await prepare();
    const backupId = await world.backUp(clusterId);
    await world.untilRecord(backupId, ({ status }) => status === 'Finished');
    const target = await world.sandbox();
    target.setFaults(SLOW);
    const { data } = await world.api(`POST /clusters/${await world.register(target)}/restore`, { backupId });
    await expect.poll(() => running(target, 'RESTORE'), { timeout: SECONDS * 1_000 }).toHaveLength(1);
    const [before] = await running(target, 'RESTORE');

    killProcesses(/^RestoreExistClusterRestoreFromSrcClusterFunction/);
    const isTakenUp = () => logged('an earlier run sent the statement', 'RESTORE');
    await expect.poll(isTakenUp, { timeout: SECONDS * 1_000 }).toBe(true);
    expect(await running(target, 'RESTORE')).toEqual([before]);
    target.setFaults([]);

    await expect.poll(() => workflowStatus(String(data.workFlowId)), { timeout: SECONDS * 1_000 }).toBe('Finished');
    expect(await sql(target, 'SELECT COUNT(*) AS total FROM shop.orders')).toMatchObject([{ total: 512 }]);
    expect(await sql(target, 'SHOW RESTORES')).toHaveLength(1);
  });

  it('a backup waits until its function is awake; a lost answer costs it and its restore nothing', async () => {
    const { readiness } = world.cloud;
    const lost = new Set<string>();
    // Short: retries wait at random for up to 2, 4, 8, 16 s, so a longer sleep could outlast the timeouts below.
    readiness.letSleep(/^BackupClusterBackupFunction/, 500);
    readiness.loses = ({ logicalId }) => {
      const [name] = /^(?:BackupClusterBackup|RestoreExistClusterRestoreFromSrcCluster)Function/.exec(logicalId) ?? [];
      if (name === undefined || lost.has(name)) return undefined;
      lost.add(name);
      return 'ServiceException';
    };
    const { clusterId } = await prepare();
    const backupId = await world.backUp(clusterId);
    await world.untilRecord(backupId, ({ status }) => status === 'Finished');
    const target = await world.sandbox();
    const { data } = await world.api(`POST /clusters/${await world.register(target)}/restore`, { backupId });
    await expect.poll(() => workflowStatus(String(data.workFlowId)), { timeout: SECONDS * 1_000 }).toBe('Finished');

    expect(lost.size).toBe(2);
    expect(new Set((await world.filesOf(backupId)).map((name) => /attempt-\d+/.exec(name)?.[0]))).toEqual(
      new Set(['attempt-1']),
    );
    expect(await sql(target, 'SHOW RESTORES')).toHaveLength(1);
    expect(await sql(target, 'SELECT COUNT(*) AS total FROM shop.orders')).toMatchObject([{ total: 512 }]);
    Object.assign(readiness, { refuses: () => undefined, loses: () => undefined });
  });

  it('a restore whose workflow is stopped ends, and releases the backup', async () => {
    const { clusterId } = await prepare();
    const backupId = await world.backUp(clusterId);
    await world.untilRecord(backupId, ({ status }) => status === 'Finished');
    const target = await world.sandbox();
    target.setFaults(SLOW);
    const targetId = await world.register(target);
    const { data } = await world.api(`POST /clusters/${targetId}/restore`, { backupId });
    const workFlowId = String(data.workFlowId);
    await expect.poll(() => running(target, 'RESTORE'), { timeout: SECONDS * 1_000 }).toHaveLength(1);
    expect(await world.api(`DELETE /backups/${backupId}`)).toHaveProperty('code', 20610);

    const arn = executionArn('RestoreStateMachineArn', workFlowId);
    await world.clients.stepFunctions.send(new StopExecutionCommand({ executionArn: arn }));

    await expect.poll(() => workflowStatus(workFlowId), { timeout: SECONDS * 1_000 }).toBe('Error');
    expect(await world.maintenanceOf(targetId)).toBe('');
    expect(await running(target, 'RESTORE')).toEqual([]);
    expect(await world.api(`DELETE /backups/${backupId}`)).toHaveProperty('code', 0);
    await world.untilGone(backupId);
  });

  it('the node that ends a failed backup is run again by reconcile each time it dies', async () => {
    const { sandbox, clusterId } = await prepare();
    sandbox.setFaults([{ match: '^BACKUP', action: 'error', when: 'after' }]);
    let deaths = 0;
    onCall = ({ caller = '', action }) => {
      if (!/^BackupClusterBackupFail/.test(caller) || action !== 'UpdateItem') return;
      deaths += 1;
      killProcesses(/^BackupClusterBackupFail/);
    };
    const backupId = await world.backUp(clusterId);
    // By Step Functions, which retries twice, and by `execution-ended`.
    await expect.poll(() => deaths, { timeout: SECONDS * 1_000 }).toBeGreaterThanOrEqual(4);
    expect(await world.maintenanceOf(clusterId)).toBe('BackUp');
    onCall = () => {};

    await reconcile();

    expect(await world.record(backupId)).toHaveProperty('status', 'Failed');
    await expectNothingLeft(sandbox, clusterId);
  });

  it('a deletion whose execution is stopped continues', async () => {
    const { sandbox, clusterId } = await prepare();
    const backupId = await world.backUp(clusterId);
    await world.untilRecord(backupId, ({ status }) => status === 'Finished');
    await expect.poll(() => world.maintenanceOf(clusterId), { timeout: SECONDS * 1_000 }).toBe('');
    // It holds the cluster then.
    killAfter(/^DeleteBackupDeleteBackupFiles/, 'UpdateItem');
    await world.api(`DELETE /backups/${backupId}`);
    await expect.poll(() => world.maintenanceOf(clusterId), { timeout: SECONDS * 1_000 }).toBe('Deleting');
    await world.abortDeletion(`${backupId}-delete-1`);

    await reconcile();

    await world.untilGone(backupId);
    expect(await world.filesOf(backupId)).toEqual([]);
    await expectNothingLeft(sandbox, clusterId);
  });

  it('files without a record are published, a day after they were written', async () => {
    const lost = `backups/cluster-1/lost-${Date.now()}/attempt-1/1/a.sst`;
    await putObjects(world.cloud.endpoints.s3, world.bucket, [lost]);
    const calls: AwsCall[] = [];
    onCall = (call) => calls.push(call);
    const rule = await ruleId('OrphanedFilesRule');
    const told = () =>
      calls.filter(
        ({ caller = '', action, status }) => /^OrphanedFiles/.test(caller) && action === 'PutEvents' && status === 200,
      );

    await world.cloud.fireRule(rule, new Date(Date.now() + 23 * 3_600_000));
    expect(told()).toEqual([]);
    await world.cloud.fireRule(rule, new Date(Date.now() + 25 * 3_600_000));

    expect(told()).toHaveLength(1);
    expect(world.cloud.logs.filter((line) => line.includes('backup files without a record'))).toEqual([
      expect.stringContaining(lost.replace(/\/attempt-1.*/, '')),
    ]);
    expect(await world.filesOf(lost)).toEqual([lost]);
  });
});

it('a backup whose workflow runs out of time fails, and leaves nothing', async () => {
  const template = await changedApp((text) =>
    text.replace(String.raw`\"StartAt\": \"chooseExecutor\"`, String.raw`\"TimeoutSeconds\": 4, $&`),
  );
  const world = await startAppWorld({ template });
  try {
    const sandbox = await world.sandbox();
    await fill(sandbox);
    sandbox.setFaults(SLOW);
    const clusterId = await world.register(sandbox);

    const backupId = await world.backUp(clusterId);

    await expect.poll(() => world.maintenanceOf(clusterId), { timeout: SECONDS * 1_000 }).toBe('');
    expect(await world.record(backupId)).toMatchObject({
      status: 'Failed',
      error: { code: 10000, message: 'States.Timeout: the workflow ran out of its time' },
    });
    expect(await world.filesOf(backupId)).toEqual([]);
    expect(await running(sandbox, 'BACKUP')).toEqual([]);
  } finally {
    await world.stop();
  }
}, 120_000);
