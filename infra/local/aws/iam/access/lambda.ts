import { lambdaInputSchema, type PendingAwsCall } from '../../gate.ts';
import { type Access, type Account, arnOf } from './access.ts';

export function lambdaAccess({ input }: PendingAwsCall, account: Account): Access[] {
  const { functionName } = lambdaInputSchema.parse(input);
  const resource = functionName.startsWith('arn:')
    ? functionName
    : arnOf(account, 'lambda', `function:${functionName.replace(/^\d{12}:function:/, '')}`);
  return [{ action: 'lambda:InvokeFunction', resource }];
}
