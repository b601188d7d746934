import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestCloud, type TestCloud } from '../support/cloud.ts';

let cloud: TestCloud;

beforeAll(async () => {
  cloud = await startTestCloud({ idleSeconds: 60 });
}, 120_000);

afterAll(() => cloud.stop());

it('names in its outputs what the template names', () => {
  expect(cloud.outputs).toMatchObject({
    ApiUrl: cloud.api,
    BackupBucket: expect.any(String),
    BackupStateMachineArn: expect.stringContaining(':stateMachine:'),
    RestoreStateMachineArn: expect.stringContaining(':stateMachine:'),
  });
});

it('starts every function of the app: each bundle imports with the environment that the template gives it', async () => {
  for (const { logicalId } of cloud.functions()) await cloud.invoke(logicalId, {});

  // An event that no function takes fails an invocation; a bundle that does not import ends its process.
  const ended = cloud.functions().filter(({ processes }) => processes.length === 0);
  expect(ended.map(({ logicalId }) => logicalId)).toEqual([]);
  // Some forty processes, one after the other.
}, 120_000);
