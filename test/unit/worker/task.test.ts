import { expect, it } from 'vitest';
import { WHEN_STOPPED } from '../../../functions/worker/nodes.ts';
import { readTask } from '../../../functions/worker/task.ts';

const VARIABLES = { TASK_TOKEN: 'token', NODE: 'backup', NODE_INPUT: '{"backupId":"b"}', HEARTBEAT_SECONDS: '300' };

it.each(Object.keys(WHEN_STOPPED))('reads the task of a workflow for its node %s', (node) => {
  expect(readTask({ ...VARIABLES, NODE: node, PATH: '/bin' })).toEqual({
    ...{ token: 'token', node, input: { backupId: 'b' } },
    // Two heartbeats may be lost.
    beatEveryMs: 100_000,
  });
});

it.each([
  ['no token', { TASK_TOKEN: undefined }],
  ['a node that only runs in functions', { NODE: 'backupEnd' }],
  ['an input that is not JSON', { NODE_INPUT: '{' }],
  ['no time between heartbeats', { HEARTBEAT_SECONDS: '0' }],
  ['a negative time between heartbeats', { HEARTBEAT_SECONDS: '-5' }],
  ['a time between heartbeats with a unit', { HEARTBEAT_SECONDS: '5m' }],
])('rejects a task with %s', (_, change) => {
  expect(() => readTask({ ...VARIABLES, ...change })).toThrow();
});
