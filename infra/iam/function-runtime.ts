import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import { WildcardStatement } from './wildcard-statement.ts';

/** Replaces AWSLambdaBasicExecutionRole, which may write to every log group of the account. */
export function writeLogs(logGroup: ILogGroup): PolicyStatement {
  return new PolicyStatement({
    actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
    // The ARN of a log group ends in `:*`, its streams.
    resources: [logGroup.logGroupArn],
  });
}

/** Lambda creates the function's network interfaces with its role. */
export function attachToVpc(): PolicyStatement {
  return new WildcardStatement({
    actions: [
      'ec2:CreateNetworkInterface',
      'ec2:DeleteNetworkInterface',
      'ec2:DescribeNetworkInterfaces',
      'ec2:DescribeSubnets',
      'ec2:AssignPrivateIpAddresses',
      'ec2:UnassignPrivateIpAddresses',
    ],
    resources: ['*'],
    because:
      'The Describe actions know no resources, and Lambda refuses a role whose Create and Delete are narrowed to subnets, as ' +
      'the interfaces have no name yet when it checks (Lambda guide, "Required IAM permissions" for VPCs).',
  });
}
