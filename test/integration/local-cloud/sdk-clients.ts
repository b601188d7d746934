import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SFNClient } from '@aws-sdk/client-sfn';
import type { Endpoints } from '../../../infra/local/local-cloud.ts';

/** AWS's own clients, by default without retries, so that a test sees each answer. A service without an endpoint cannot be called. */
export function sdkClients(
  endpoints: Partial<Endpoints>,
  credentials = { accessKeyId: 'TEST', secretAccessKey: 'test' },
  maxAttempts = 1,
) {
  const common = {
    region: 'us-east-1',
    credentials,
    maxAttempts,
  };
  const at = (endpoint = 'http://127.0.0.1:1') => ({ ...common, endpoint });
  return {
    dynamodb: new DynamoDBClient(at(endpoints.dynamodb)),
    s3: new S3Client({ ...at(endpoints.s3), forcePathStyle: true }),
    stepFunctions: new SFNClient(at(endpoints.stepfunctions)),
    secretsManager: new SecretsManagerClient(at(endpoints.secretsmanager)),
  };
}
