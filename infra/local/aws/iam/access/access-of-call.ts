import { assertNever } from '../../../../../functions/domain/shared/assert-never.ts';
import type { PendingAwsCall } from '../../gate.ts';
import type { Access, Account } from './access.ts';
import { dynamoDbAccess } from './dynamodb.ts';
import { eventBridgeAccess } from './event-bridge.ts';
import { lambdaAccess } from './lambda.ts';
import { s3Access } from './s3.ts';
import { secretsManagerAccess } from './secrets-manager.ts';
import { stepFunctionsAccess } from './step-functions.ts';

/** All accesses that a call needs. Throws a zod error for an input that does not name its resource. Source: AWS Service Authorization Reference. */
export function accessOfCall(call: PendingAwsCall, account: Account): Access[] {
  switch (call.service) {
    case 'dynamodb':
      return dynamoDbAccess(call, account);
    case 's3':
      return s3Access(call, account);
    case 'secrets_manager':
      return secretsManagerAccess(call, account);
    case 'sfn':
      return stepFunctionsAccess(call);
    case 'lambda':
      return lambdaAccess(call, account);
    case 'eventbridge':
      return eventBridgeAccess(call, account);
    case 'kms':
      // No role of the service calls KMS itself.
      return [{ action: `kms:${call.action}`, resource: '*' }];
    default:
      return assertNever(call.service);
  }
}
