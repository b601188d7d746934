import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { DescribeExecutionCommand, GetExecutionHistoryCommand, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LocalCloud, startLocalCloud } from '../../../infra/local/local-cloud.ts';
import { until } from '../support/until.ts';
import { functionResources, stateMachineResource } from './fixture-template.ts';
import { sdkClients } from './sdk-clients.ts';

/** The deployed definitions with their retries made quick: one second and at most one attempt. */
function asl(file: string): { text: string; definition: object } {
  const text = readFileSync(new URL(`../../../statemachines/${file}`, import.meta.url), 'utf8');
  const quick = (key: string, value: unknown) => {
    if (key === 'IntervalSeconds') return 1;
    return key === 'MaxAttempts' ? Math.min(1, Number(value)) : value;
  };
  return { text, definition: JSON.parse(text, quick) };
}

const FILES = {
  Backup: asl('backup-cluster.asl.json'),
  Restore: asl('restore-exist-cluster.asl.json'),
  RestoreNew: asl('restore-new-cluster.asl.json'),
  Delete: asl('delete-backup.asl.json'),
};
type Workflow = keyof typeof FILES;

/** Fails where the input says so. A node `fail` throws the original error once more, as the real ones do. */
const NODE = `export const handler = async (event, { functionName }) => {
  const input = event.input ?? event;
  const fail = (name, message) => { throw Object.assign(new Error(message), { name }); };
  const injected = input.failing?.[functionName.replace('local-', '')];
  if (injected) fail(injected, 'injected');
  if (input.error) fail(input.error.Error, JSON.parse(input.error.Cause).errorMessage);
  return { done: functionName, areGone: true };
};`;

const placeholders = (text: string) => [...text.matchAll(/\$\{(\w+)FunctionArn\}/g)].flatMap(([, name]) => name ?? []);

let cloud: LocalCloud;

beforeAll(async () => {
  const nodes = Object.values(FILES).flatMap(({ text }) => placeholders(text));
  cloud = await startLocalCloud({
    template: {
      Resources: {
        ...functionResources(Object.fromEntries(nodes.map((name) => [name, { code: NODE }]))),
        ...Object.fromEntries(
          Object.entries(FILES).map(([name, { text, definition }]) => [
            `${name}Machine`,
            stateMachineResource(
              definition,
              Object.fromEntries(placeholders(text).map((node) => [`${node}FunctionArn`, node])),
            ),
          ]),
        ),
      },
      Outputs: {
        Backup: { Value: { Ref: 'BackupMachine' } },
        Restore: { Value: { Ref: 'RestoreMachine' } },
        RestoreNew: { Value: { Ref: 'RestoreNewMachine' } },
        Delete: { Value: { Ref: 'DeleteMachine' } },
      },
    },
  });
});

afterAll(() => cloud.stop());

interface RetryPolicy {
  readonly ErrorEquals: readonly string[];
  readonly IntervalSeconds: number;
  readonly BackoffRate: number;
  readonly MaxAttempts: number;
  readonly MaxDelaySeconds: number;
}

/** Seconds that a state spends between its attempts until it gives up on an error. */
function totalWait(state: { Retry: readonly RetryPolicy[] } | undefined, error: string): number {
  const policy = state?.Retry.find(({ ErrorEquals }) => ErrorEquals.includes(error));
  if (policy === undefined) throw new Error(`nothing retries ${error}`);
  const { IntervalSeconds, BackoffRate, MaxAttempts, MaxDelaySeconds } = policy;
  return Array.from({ length: MaxAttempts }, (_, n) =>
    Math.min(MaxDelaySeconds, IntervalSeconds * BackoffRate ** n),
  ).reduce((sum, delay) => sum + delay);
}

/** Runs a workflow whose nodes fail as told (function → error name). */
async function run(workflow: Workflow, failing: Readonly<Record<string, string>>) {
  const { stepFunctions } = sdkClients(cloud.endpoints);
  const { executionArn } = await stepFunctions.send(
    new StartExecutionCommand({
      stateMachineArn: cloud.outputs[workflow],
      name: randomUUID(),
      input: JSON.stringify({ workFlowId: 'w', failing }),
    }),
  );
  const execution = await until('the end of the execution', async () => {
    const found = await stepFunctions.send(new DescribeExecutionCommand({ executionArn }));
    return found.status === 'RUNNING' ? undefined : found;
  });
  const { events = [] } = await stepFunctions.send(new GetExecutionHistoryCommand({ executionArn }));
  return {
    status: execution.status,
    error: execution.error,
    cause: execution.cause,
    failures: events.filter(({ type }) => type === 'LambdaFunctionFailed').length,
    states: events.flatMap(({ stateEnteredEventDetails }) => stateEnteredEventDetails?.name ?? []),
  };
}

describe.concurrent('the state machine files', () => {
  it.each([
    ['Backup', ['backup', 'updateBackupRecord', 'end']],
    ['Restore', ['restoreFromSrcCluster', 'end']],
    ['RestoreNew', ['createCluster', 'waitClusterReady', 'restoreNewCluster', 'end']],
    ['Delete', ['deleteBackupFiles', 'areFilesGone', 'end']],
  ] as const)('%s: a run without failure passes its nodes in order', async (workflow, states) => {
    const result = await run(workflow, {});

    expect(result).toMatchObject({ status: 'SUCCEEDED', states });
  });

  it.each(['Backup', 'Restore'] as const)(
    '%s: a run without failure takes at most five transitions',
    async (workflow) => {
      const { states } = await run(workflow, {});

      // AWS counts the start and the end too.
      expect(states.length + 2).toBeLessThanOrEqual(5);
    },
  );

  it.each([
    ['Backup', 'Backup', ['backup', 'fail']],
    ['Backup', 'UpdateBackupRecord', ['backup', 'updateBackupRecord', 'fail']],
    ['Restore', 'RestoreFromSrcCluster', ['restoreFromSrcCluster', 'fail']],
    ['RestoreNew', 'CreateCluster', ['createCluster', 'fail']],
    ['RestoreNew', 'WaitClusterReady', ['createCluster', 'waitClusterReady', 'fail']],
    ['RestoreNew', 'RestoreNewCluster', ['createCluster', 'waitClusterReady', 'restoreNewCluster', 'fail']],
    ['Delete', 'DeleteBackupFiles', ['deleteBackupFiles', 'fail']],
  ] as const)(
    '%s: what %s throws goes through fail, and the execution ends with the true error',
    async (workflow, node, states) => {
      const result = await run(workflow, { [node]: 'BackupRefused' });

      expect(result).toMatchObject({ status: 'FAILED', error: 'BackupRefused', states });
      expect(result.cause).toContain('injected');
    },
  );

  it.each([
    ['Backup', 'BackupEnd', ['backup', 'updateBackupRecord', 'end']],
    ['Restore', 'RestoreEnd', ['restoreFromSrcCluster', 'end']],
    ['RestoreNew', 'NewClusterEnd', ['createCluster', 'waitClusterReady', 'restoreNewCluster', 'end']],
    ['Delete', 'DeletionEnd', ['deleteBackupFiles', 'areFilesGone', 'end']],
  ] as const)(
    '%s: nothing catches what %s throws: the work is done, and repair frees the lock',
    async (workflow, node, states) => {
      expect(await run(workflow, { [node]: 'Broken' })).toMatchObject({ status: 'FAILED', error: 'Broken', states });
    },
  );

  it.each([
    ['Backup', 'Backup', 'BackupFail'],
    ['Restore', 'RestoreFromSrcCluster', 'RestoreFail'],
    ['RestoreNew', 'RestoreNewCluster', 'NewClusterFail'],
  ] as const)('%s: a fail node that cannot clean up is tried again', async (workflow, node, failNode) => {
    const result = await run(workflow, { [node]: 'BackupRefused', [failNode]: 'CleanupFailed' });

    expect(result).toMatchObject({ status: 'FAILED', error: 'CleanupFailed' });
    // Once in the node that caused it all, twice in the fail node.
    expect(result.failures).toBe(3);
  });

  it.each([
    ['CreateCluster', 'OperationSuperseded'],
    ['CreateCluster', 'ProvisionerRefused'],
    ['WaitClusterReady', 'OperationSuperseded'],
    ['WaitClusterReady', 'ProvisionerRefused'],
    ['WaitClusterReady', 'ClusterNotEmpty'],
    ['WaitClusterReady', 'TidbAccessDenied'],
  ] as const)('RestoreNew: %s is not asked again after %s, as that changes nothing', async (node, error) => {
    const result = await run('RestoreNew', { [node]: error });

    expect(result).toMatchObject({ status: 'FAILED', error });
    // Once in the node, once in the fail node, which ends with the same error.
    expect(result.failures).toBe(2);
  });

  it.each(['ClusterNotReady', 'ProvisionerFailed'])('RestoreNew: waiting goes on after %s', async (error) => {
    const result = await run('RestoreNew', { WaitClusterReady: error });

    expect(result).toMatchObject({ status: 'FAILED', error, failures: 3 });
  });

  it('RestoreNew: waits two hours for a cluster, and one for its end', () => {
    const { States } = JSON.parse(FILES.RestoreNew.text) as {
      States: Record<string, { Retry: readonly RetryPolicy[] }>;
    };

    expect(totalWait(States.waitClusterReady, 'ClusterNotReady')).toBeCloseTo(7_170, -1);
    expect(totalWait(States.fail, 'CleanupFailed')).toBeCloseTo(3_570, -1);
  });

  it.each([
    ['Backup', 'UpdateBackupRecord', 'BackupCanceled', 2],
    ['Delete', 'DeleteBackupFiles', 'FolderNotOwned', 2],
    ['Delete', 'DeleteBackupFiles', 'OperationSuperseded', 2],
    ['Delete', 'DeleteBackupFiles', 'ClusterBusy', 3],
    ['Delete', 'DeleteBackupFiles', 'FilesRemain', 3],
  ] as const)(
    '%s: %s that throws %s is tried again only where that may help',
    async (workflow, node, error, failures) => {
      expect(await run(workflow, { [node]: error })).toMatchObject({ status: 'FAILED', error, failures });
    },
  );

  it('Delete: waits up to a day for the cluster, half of that on average', () => {
    const { States } = JSON.parse(FILES.Delete.text) as { States: Record<string, { Retry: readonly RetryPolicy[] }> };

    expect(totalWait(States.deleteBackupFiles, 'ClusterBusy') / 3_600).toBeCloseTo(24, 0);
  });

  it('every Catch leads to the state fail, which is the only one that no success passes', () => {
    for (const { text } of Object.values(FILES)) {
      const targets: string[] = [];
      JSON.parse(text, (key, value) => {
        if (key === 'Catch') for (const { Next } of value) targets.push(Next);
        return value;
      });
      expect(new Set(targets)).toEqual(new Set(['fail']));
    }
  });
});
