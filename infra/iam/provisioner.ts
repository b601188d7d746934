import { PolicyStatement } from 'aws-cdk-lib/aws-iam';

/** Invokes the tenant's provisioner, and no other function. No statement if the tenant has none. */
export function invokeProvisioner(functionArn: string | undefined): PolicyStatement[] {
  if (functionArn === undefined) return [];
  return [new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [functionArn] })];
}
