import type { IHttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import { ManagedPolicy } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { API_ROLES, type ApiRoleName } from '../../iam/api-roles.ts';
import { callRoutes, refuseEscapedPaths } from '../../iam/call-api.ts';
import { giveReasons } from '../../iam/wildcard-statement.ts';

/** One managed policy per role, for the tenant to attach to its users and roles. */
export class CallerPolicies extends Construct {
  readonly arns: readonly { readonly role: ApiRoleName; readonly arn: string }[];

  constructor(scope: Construct, id: string, api: IHttpApi) {
    super(scope, id);
    this.arns = API_ROLES.map(({ name, description, scopes }) => {
      const statements = [callRoutes(api, scopes), refuseEscapedPaths(api)];
      const policy = new ManagedPolicy(this, name, { description, statements });
      giveReasons(policy, statements);
      return { role: name, arn: policy.managedPolicyArn };
    });
  }
}
