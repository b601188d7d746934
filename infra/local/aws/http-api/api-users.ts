import { randomBytes } from 'node:crypto';
import * as z from 'zod';
import { API_ROLES } from '../../../iam/api-roles.ts';
import type { Stack } from '../../template/stack.ts';
import type { NamedPolicy } from '../iam/simulator.ts';
import type { AccessKey } from './iam-identity.ts';

/** An IAM user of the local account who may call the API. */
export interface ApiUser {
  /** `reader` */
  readonly name: string;
  readonly arn: string;
  readonly policies: readonly NamedPolicy[];
  readonly key: AccessKey;
}

const managedPolicy = z.object({ PolicyDocument: z.unknown() });

/** One user for each managed policy in the stack's outputs: `reader` with that of `ReaderPolicyArn`, and so on. */
export function apiUsersOf(stack: Stack): ApiUser[] {
  const { accountId } = stack.environment;
  const policies = new Map(stack.resourcesOf('AWS::IAM::ManagedPolicy').map((each) => [each.ref, each.properties]));
  return API_ROLES.flatMap((role) => {
    const policyArn = stack.outputs[`${role.name}PolicyArn`];
    if (policyArn === undefined) return [];
    const name = role.name.toLowerCase();
    const { PolicyDocument: document } = managedPolicy.parse(policies.get(policyArn));
    return [
      {
        name,
        arn: `arn:aws:iam::${accountId}:user/${name}`,
        policies: [{ name: policyArn, document }],
        // In AWS's format: 20 capitals and digits, 40 characters of base64.
        key: {
          accessKeyId: `LOCAL${name.toUpperCase().padEnd(15, '0')}`,
          secretAccessKey: randomBytes(30).toString('base64'),
        },
      },
    ];
  });
}
