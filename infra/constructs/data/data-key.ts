import { ArnFormat, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { AnyPrincipal, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import { viaService } from '../../iam/via-service.ts';

/**
 * The customer-managed key for everything that the service stores: backup files, table items, secrets, logs and dead
 * letters.
 */
export class DataKey extends Key {
  constructor(scope: Construct, id: string) {
    super(scope, id, {
      description: 'TiDB backup: files, tables, secrets, logs',
      enableKeyRotation: true,
      // Without the key every backup is lost.
      removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    });
    const stack = Stack.of(this);
    // Like the policies of AWS's own `aws/dynamodb` and `aws/secretsmanager` keys: whoever may use a table or a secret
    // of this account may have its service use the key for that. So functions need no right on the key itself to reach
    // items.
    this.addToResourcePolicy(
      new PolicyStatement({
        principals: [new AnyPrincipal()],
        actions: [
          'kms:Encrypt',
          'kms:Decrypt',
          'kms:ReEncrypt*',
          'kms:GenerateDataKey*',
          'kms:DescribeKey',
          'kms:CreateGrant',
        ],
        // `*` in a key's policy is that key.
        resources: ['*'],
        conditions: {
          StringEquals: {
            'kms:CallerAccount': stack.account,
            ...viaService(stack, 'dynamodb', 'secretsmanager'),
          },
        },
      }),
    );
    // CloudWatch Logs guide, "Encrypt log data": the service itself encrypts, each log group under its own name.
    this.addToResourcePolicy(
      new PolicyStatement({
        principals: [new ServicePrincipal(`logs.${stack.region}.${stack.urlSuffix}`)],
        actions: ['kms:Encrypt', 'kms:Decrypt', 'kms:ReEncrypt*', 'kms:GenerateDataKey*', 'kms:DescribeKey'],
        resources: ['*'],
        conditions: {
          ArnLike: {
            'kms:EncryptionContext:aws:logs:arn': stack.formatArn({
              service: 'logs',
              resource: 'log-group',
              resourceName: '*',
              arnFormat: ArnFormat.COLON_RESOURCE_NAME,
            }),
          },
        },
      }),
    );
  }
}
