import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SFNClient } from '@aws-sdk/client-sfn';
import type { LocalCloud } from '../../../infra/local/local-cloud.ts';

const credentials = { accessKeyId: 'TEST', secretAccessKey: 'test' };

/** AWS's own clients, without retries, so that a test sees each answer. */
export function sdkClients({ endpoints, region }: LocalCloud) {
  const common = { region, credentials, maxAttempts: 1 };
  return {
    dynamodb: new DynamoDBClient({ ...common, endpoint: endpoints.dynamodb }),
    s3: new S3Client({ ...common, endpoint: endpoints.s3, forcePathStyle: true }),
    stepFunctions: new SFNClient({ ...common, endpoint: endpoints.stepfunctions }),
    secretsManager: new SecretsManagerClient({ ...common, endpoint: endpoints.secretsmanager }),
  };
}
