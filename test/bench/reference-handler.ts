/**
 * The load cost of an ordinary Lambda handler: the libraries that most projects use, imported in the usual way. The bundles' import cost is
 * measured against this one.
 */
import { Logger } from '@aws-lambda-powertools/logger';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb';
import { z } from 'zod';

const logger = new Logger({ serviceName: 'reference' });
const documents = DynamoDBDocumentClient.from(new DynamoDBClient({}));
const workflows = new SFNClient({});

const event = z.object({ id: z.string(), table: z.string(), stateMachineArn: z.string() });

export async function handler(input: unknown): Promise<unknown> {
  const { id, table, stateMachineArn } = event.parse(input);
  logger.info('started', { id });
  const { Item } = await documents.send(new GetCommand({ TableName: table, Key: { id } }));
  await workflows.send(new StartExecutionCommand({ stateMachineArn, name: id, input: JSON.stringify(Item) }));
  return Item;
}
