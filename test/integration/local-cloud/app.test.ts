import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestCloud, type TestCloud } from '../support/cloud.ts';

let cloud: TestCloud;

beforeAll(async () => {
  cloud = await startTestCloud({ idleSeconds: 60 });
}, 120_000);

afterAll(() => cloud.stop());

it('its outputs name what the template names', () => {
  expect(cloud.outputs).toMatchObject({
    ApiUrl: cloud.api,
    BackupBucket: expect.any(String),
    BackupStateMachineArn: expect.stringContaining(':stateMachine:'),
    RestoreStateMachineArn: expect.stringContaining(':stateMachine:'),
  });
});

it('starts every function of the app: each bundle imports with the environment that the template gives it', async () => {
  const ended: string[] = [];
  // An event that no function accepts fails an invocation; a bundle that cannot be imported ends the process.
  for (const { logicalId } of cloud.functions()) {
    await cloud.invoke(logicalId, {});
    // At once: later it may have ended because it was idle.
    const now = cloud.functions().find((each) => each.logicalId === logicalId);
    if (now?.processes.length === 0) ended.push(logicalId);
  }

  expect(ended).toEqual([]);
  // Some forty processes, one after the other.
}, 120_000);
