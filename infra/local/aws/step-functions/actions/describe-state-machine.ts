import * as z from 'zod';
import { jsonAction } from '../../json-service.ts';
import type { ExecutionStore } from '../execution-store.ts';

const inputSchema = z.object({ stateMachineArn: z.string() });

export const describeStateMachine = (store: ExecutionStore) =>
  jsonAction(inputSchema, ({ stateMachineArn }) => {
    const { arn, name, definitionText, roleArn, createdAt } = store.stateMachine(stateMachineArn);
    return {
      stateMachineArn: arn,
      name,
      status: 'ACTIVE',
      definition: definitionText,
      roleArn,
      type: 'STANDARD',
      creationDate: createdAt / 1000,
    };
  });
