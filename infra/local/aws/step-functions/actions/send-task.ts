import * as z from 'zod';
import { AwsError } from '../../aws-error.ts';
import { jsonAction } from '../../json-service.ts';
import type { ExecutionStore } from '../execution-store.ts';
import { MAX_DATA_BYTES } from '../task.ts';

const taskToken = z.string().min(1).max(2048);

export const sendTaskSuccess = (store: ExecutionStore) =>
  jsonAction(z.object({ taskToken, output: z.string() }), ({ taskToken: token, output }) => {
    if (Buffer.byteLength(output) > MAX_DATA_BYTES || !isJson(output)) {
      throw new AwsError('InvalidOutput', `Invalid Output: it must be JSON of at most ${MAX_DATA_BYTES} bytes`);
    }
    store.tokens.settle(token, { kind: 'success', output });
  });

const failureSchema = z.object({
  taskToken,
  error: z.string().max(256).default(''),
  cause: z.string().max(32_768).default(''),
});

export const sendTaskFailure = (store: ExecutionStore) =>
  jsonAction(failureSchema, ({ taskToken: token, error, cause }) =>
    store.tokens.settle(token, { kind: 'failure', error, cause }),
  );

export const sendTaskHeartbeat = (store: ExecutionStore) =>
  jsonAction(z.object({ taskToken }), ({ taskToken: token }) => store.tokens.heartbeat(token));

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
