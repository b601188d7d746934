import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import { AnyPrincipal, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import { viaService } from '../iam/via-service.ts';

/** The customer-managed key of everything the service keeps: backup files and table items. */
export class DataKey extends Key {
  constructor(scope: Construct, id: string) {
    super(scope, id, {
      description: 'TiDB backup files and tables',
      enableKeyRotation: true,
      // Without the key every backup is lost.
      removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    });
    const stack = Stack.of(this);
    // As the policy of AWS's own `aws/dynamodb` key says it: who may use a table of this account may have DynamoDB use the
    // key for that table. So no function needs a right on the key itself, and the key opens nothing but tables.
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
            ...viaService(stack, 'dynamodb'),
          },
        },
      }),
    );
  }
}
