import { ArnFormat, type Stack } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';

/** The secrets that the service makes: `*` stands for the cluster and the six characters that AWS adds to a name. */
export function ownSecrets(stack: Stack, prefix: string): string {
  return stack.formatArn({
    service: 'secretsmanager',
    resource: 'secret',
    resourceName: `${prefix}/*`,
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });
}

/** Keeps passwords it is given and can never read one again. */
export function writeSecrets(secretArns: readonly string[]): PolicyStatement {
  return new PolicyStatement({
    actions: ['secretsmanager:CreateSecret', 'secretsmanager:PutSecretValue', 'secretsmanager:DeleteSecret'],
    resources: [...secretArns],
  });
}

/** Removes passwords that belong to nothing any more. */
export function removeSecrets(secretArns: readonly string[]): PolicyStatement {
  return new PolicyStatement({ actions: ['secretsmanager:DeleteSecret'], resources: [...secretArns] });
}

export function readSecrets(secretArns: readonly string[]): PolicyStatement {
  return new PolicyStatement({ actions: ['secretsmanager:GetSecretValue'], resources: [...secretArns] });
}
