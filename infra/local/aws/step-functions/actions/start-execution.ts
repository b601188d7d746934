import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import { AwsError } from '../../aws-error.ts';
import { jsonAction } from '../../json-service.ts';
import { tokenBucket } from '../../token-bucket.ts';
import type { ExecutionStore } from '../execution-store.ts';

/** 1 to 80 characters; no white space, brackets, wildcards, special or control characters (API reference, StartExecution). */
const NAME = /^[^\s<>{}[\]?*"#%\\^|~`$&,;:/\p{Cc}]{1,80}$/u;

const inputSchema = z.object({
  stateMachineArn: z.string(),
  name: z.string().optional(),
  input: z.string().default('{}'),
});

/**
 * Starts per second and in a burst, of an account in most regions (Step Functions guide, "Quotas related to API action
 * throttling", for standard workflows).
 */
export const START_RATE = 150;
export const START_BURST = 800;

/** @param admit whether another start may come in */
export const startExecution = (store: ExecutionStore, admit = tokenBucket(START_RATE, START_BURST)) =>
  jsonAction(inputSchema, ({ stateMachineArn, name = randomUUID(), input }) => {
    if (!admit()) throw new AwsError('ThrottlingException', 'Rate exceeded');
    if (!NAME.test(name)) throw new AwsError('InvalidName', `Invalid Name: '${name}'`);
    const execution = store.start(stateMachineArn, name, input);
    return { executionArn: execution.options.arn, startDate: execution.startedAt / 1000 };
  });
