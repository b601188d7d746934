import { runSimulation } from '@cloud-copilot/iam-simulate';
import type { ApiUser } from './api-users.ts';

/**
 * Whether IAM lets the user `execute-api:Invoke` the resource.
 * @param resource `arn:aws:execute-api:REGION:ACCOUNT:API/$default/METHOD/path`
 */
export async function mayInvoke({ arn, accountId, policy }: ApiUser, resource: string): Promise<boolean> {
  const simulated = await runSimulation(
    {
      request: {
        principal: arn,
        action: 'execute-api:Invoke',
        resource: { resource, accountId },
        contextVariables: {},
      },
      identityPolicies: [{ name: policy.arn, policy: policy.document }],
      serviceControlPolicies: [],
      resourceControlPolicies: [],
    },
    {},
  );
  if (simulated.resultType === 'error') throw new Error(`IAM cannot tell: ${JSON.stringify(simulated.errors)}`);
  return simulated.overallResult === 'Allowed';
}
