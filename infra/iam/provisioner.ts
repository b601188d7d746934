import { PolicyStatement } from 'aws-cdk-lib/aws-iam';

/** Asks the tenant's provisioner, and no other function. None, if the tenant has none. */
export function invokeProvisioner(functionArn: string | undefined): PolicyStatement[] {
  if (functionArn === undefined) return [];
  return [new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [functionArn] })];
}
