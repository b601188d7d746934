import * as z from 'zod';
import type { PendingAwsCall } from '../../gate.ts';
import type { Access } from './access.ts';

const inputSchema = z.object({ stateMachineArn: z.string().optional(), executionArn: z.string().optional() });

/** The API's actions are IAM's: on an execution, on a state machine, or, of the task tokens, on nothing that has a name. */
export function stepFunctionsAccess({ action, input }: PendingAwsCall): Access[] {
  const { stateMachineArn, executionArn } = inputSchema.parse(input);
  return [{ action: `states:${action}`, resource: executionArn ?? stateMachineArn ?? '*' }];
}
