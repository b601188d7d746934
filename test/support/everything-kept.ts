import { DynamoDBClient, ListTablesCommand, paginateScan } from '@aws-sdk/client-dynamodb';
import { GetSecretValueCommand, paginateListSecrets, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import {
  DescribeExecutionCommand,
  paginateGetExecutionHistory,
  paginateListExecutions,
  SFNClient,
} from '@aws-sdk/client-sfn';
import type { LocalCloud } from '../../infra/local/local-cloud.ts';

/** A text that the service has left somewhere. */
export interface Kept {
  readonly where: string;
  readonly text: string;
}

const CLIENT = { region: 'us-east-1', credentials: { accessKeyId: 'AUDIT', secretAccessKey: 'audit' } };

/** Every item of every table, as DynamoDB stores it. */
export async function keptInTables({ endpoints }: LocalCloud): Promise<Kept[]> {
  const client = new DynamoDBClient({ ...CLIENT, endpoint: endpoints.dynamodb });
  const { TableNames = [] } = await client.send(new ListTablesCommand());
  const kept: Kept[] = [];
  for (const TableName of TableNames) {
    for await (const { Items = [] } of paginateScan({ client }, { TableName })) {
      kept.push(...Items.map((item) => ({ where: `an item of ${TableName}`, text: JSON.stringify(item) })));
    }
  }
  client.destroy();
  return kept;
}

/** Input, output and history of every execution. */
export async function keptInExecutions({ endpoints, outputs }: LocalCloud): Promise<Kept[]> {
  const client = new SFNClient({ ...CLIENT, endpoint: endpoints.stepfunctions });
  const kept: Kept[] = [];
  for (const [name, stateMachineArn] of Object.entries(outputs)) {
    if (!name.endsWith('StateMachineArn')) continue;
    for await (const { executions = [] } of paginateListExecutions({ client }, { stateMachineArn })) {
      for (const { executionArn } of executions) {
        const execution = await client.send(new DescribeExecutionCommand({ executionArn }));
        const events = [];
        for await (const page of paginateGetExecutionHistory({ client }, { executionArn })) {
          events.push(...(page.events ?? []));
        }
        kept.push({ where: `an execution of ${name}`, text: JSON.stringify([execution, events]) });
      }
    }
  }
  client.destroy();
  return kept;
}

/** The contents of Secrets Manager, the one place where secrets belong. */
export async function keptInSecretsManager({ endpoints }: LocalCloud): Promise<string[]> {
  const client = new SecretsManagerClient({ ...CLIENT, endpoint: endpoints.secretsmanager });
  const texts: string[] = [];
  for await (const { SecretList = [] } of paginateListSecrets({ client }, {})) {
    for (const { ARN } of SecretList) {
      texts.push((await client.send(new GetSecretValueCommand({ SecretId: ARN }))).SecretString ?? '');
    }
  }
  client.destroy();
  return texts;
}
