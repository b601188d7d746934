import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { DescribeExecutionCommand, GetExecutionHistoryCommand, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LocalCloud, startLocalCloud } from '../../../infra/local/local-cloud.ts';
import { until } from '../support/until.ts';
import { functionResources, stateMachineResource } from './fixture-template.ts';
import { sdkClients } from './sdk-clients.ts';

/** The deployed definitions with their retries made quick: one second and one attempt, whatever they say. */
function asl(file: string): { text: string; definition: object } {
  const text = readFileSync(new URL(`../../../statemachines/${file}`, import.meta.url), 'utf8');
  const quick = (key: string, value: unknown) => (key === 'IntervalSeconds' || key === 'MaxAttempts' ? 1 : value);
  return { text, definition: JSON.parse(text, quick) };
}

const FILES = { Backup: asl('backup-cluster.asl.json'), Restore: asl('restore-exist-cluster.asl.json') };
type Workflow = keyof typeof FILES;

/** Fails where the input says so. A node `fail` throws the original error once more, as the real ones do. */
const NODE = `export const handler = async (input, { functionName }) => {
  const fail = (name, message) => { throw Object.assign(new Error(message), { name }); };
  const injected = input.failing?.[functionName.replace('local-', '')];
  if (injected) fail(injected, 'injected');
  if (input.error) fail(input.error.Error, JSON.parse(input.error.Cause).errorMessage);
  return { done: functionName };
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
      },
    },
  });
});

afterAll(() => cloud.stop());

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
  ] as const)(
    '%s: a run without failure passes its nodes in order, in at most five transitions',
    async (workflow, states) => {
      const result = await run(workflow, {});

      expect(result).toMatchObject({ status: 'SUCCEEDED', states });
      // AWS counts the start and the end too.
      expect(result.states.length + 2).toBeLessThanOrEqual(5);
    },
  );

  it.each([
    ['Backup', 'Backup', ['backup', 'fail']],
    ['Backup', 'UpdateBackupRecord', ['backup', 'updateBackupRecord', 'fail']],
    ['Restore', 'RestoreFromSrcCluster', ['restoreFromSrcCluster', 'fail']],
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
  ] as const)(
    '%s: nothing catches what %s throws: the work is done, and repair frees the lock',
    async (workflow, node, states) => {
      expect(await run(workflow, { [node]: 'Broken' })).toMatchObject({ status: 'FAILED', error: 'Broken', states });
    },
  );

  it.each([
    ['Backup', 'Backup', 'BackupFail'],
    ['Restore', 'RestoreFromSrcCluster', 'RestoreFail'],
  ] as const)('%s: a fail node that cannot clean up is tried again', async (workflow, node, failNode) => {
    const result = await run(workflow, { [node]: 'BackupRefused', [failNode]: 'CleanupFailed' });

    expect(result).toMatchObject({ status: 'FAILED', error: 'CleanupFailed' });
    // Once in the node that caused it all, twice in the fail node.
    expect(result.failures).toBe(3);
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
