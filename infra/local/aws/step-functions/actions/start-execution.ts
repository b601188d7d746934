import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import { AwsError } from '../../aws-error.ts';
import { jsonAction } from '../../json-service.ts';
import type { ExecutionStore } from '../execution-store.ts';

/** 1 to 80 characters; no white space, brackets, wildcards, special or control characters (API reference, StartExecution). */
const NAME = /^[^\s<>{}[\]?*"#%\\^|~`$&,;:/\p{Cc}]{1,80}$/u;

const inputSchema = z.object({
  stateMachineArn: z.string(),
  name: z.string().optional(),
  input: z.string().default('{}'),
});

export const startExecution = (store: ExecutionStore) =>
  jsonAction(inputSchema, ({ stateMachineArn, name = randomUUID(), input }) => {
    if (!NAME.test(name)) throw new AwsError('InvalidName', `Invalid Name: '${name}'`);
    const execution = store.start(stateMachineArn, name, input);
    return { executionArn: execution.options.arn, startDate: execution.startedAt / 1000 };
  });
