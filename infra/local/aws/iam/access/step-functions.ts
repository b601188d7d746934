import * as z from 'zod';
import type { PendingAwsCall } from '../../gate.ts';
import type { Access } from './access.ts';

const inputSchema = z.object({ stateMachineArn: z.string().optional(), executionArn: z.string().optional() });

/** IAM's actions equal the API's: on an execution, on a state machine or, for task tokens, on no named resource. */
export function stepFunctionsAccess({ action, input }: PendingAwsCall): Access[] {
  const { stateMachineArn, executionArn } = inputSchema.parse(input);
  return [{ action: `states:${action}`, resource: executionArn ?? stateMachineArn ?? '*' }];
}
