import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createFailNodes } from '../../../../functions/adapters/lambda/lambda-fail-nodes.ts';
import { CleanupFailed, originalError } from '../../../../functions/domain/workflow/node-failure.ts';

const INPUT = { workFlowId: 'w', clusterId: 'c', backupId: 'b', maintenanceStatusChange: true };

/** Lambda's Invoke: returns the test's error of a function. */
let lambda: Server;
let answered: { errorType: string; errorMessage: string };
let received: unknown;
beforeAll(async () => {
  lambda = createServer(async (request, response) => {
    received = JSON.parse((await request.toArray()).join(''));
    response.setHeader('x-amz-function-error', 'Unhandled').end(JSON.stringify(answered));
  });
  lambda.listen(0, '127.0.0.1');
  await once(lambda, 'listening');
  vi.stubEnv('AWS_ENDPOINT_URL_LAMBDA', `http://127.0.0.1:${(lambda.address() as AddressInfo).port}`);
  vi.stubEnv('AWS_REGION', 'us-east-1');
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
});
afterAll(async () => {
  vi.unstubAllEnvs();
  lambda.closeAllConnections();
  lambda.close();
  await once(lambda, 'close');
});

function run(reason: string, errorType: string): Promise<void> {
  answered = { errorType, errorMessage: 'so it was' };
  const arn = 'arn:aws:lambda:us-east-1:111122223333:function:fail';
  const failNodes = createFailNodes({
    ...{ BackupCluster: arn, RestoreExistCluster: arn, RestoreNewCluster: arn, RestoreDrill: arn },
    ...{ CheckCluster: arn, CheckConfig: arn, ImportBackups: arn },
  });
  return failNodes.run('BackupCluster', INPUT, { Error: reason, Cause: 'so it was' });
}

describe('a fail node that is invoked directly', () => {
  it.each(['TidbUnreachable', 'Sandbox.Timedout', 'Lambda.Unknown', 'CleanupFailed'])(
    'has done its work if it throws its usual error for %s',
    async (reason) => {
      await expect(run(reason, originalError({ Error: reason, Cause: '' }).name)).resolves.toBeUndefined();
      expect(received).toEqual({ ...INPUT, error: { Error: reason, Cause: 'so it was' } });
    },
  );

  it.each([
    ['it timed out, as the node before it did', 'Sandbox.Timedout', 'Sandbox.Timedout'],
    ['its process died, as the process of the node before it did', 'Runtime.ExitError', 'Runtime.ExitError'],
    ['its cleanup failed, as it did when the workflow ran it', CleanupFailed.NAME, CleanupFailed.NAME],
    ['its cleanup failed', 'TidbUnreachable', CleanupFailed.NAME],
    ['it timed out', 'TidbUnreachable', 'Sandbox.Timedout'],
  ])('has not done its work if %s', async (_what, reason, errorType) => {
    await expect(run(reason, errorType)).rejects.toThrow(`failed: ${errorType}`);
  });
});
