import type { Template } from 'aws-cdk-lib/assertions';
import { functionId } from '../../infra/constructs/function/service-function.ts';
import { functionOf } from '../support/bundles.ts';
import { resourcesOf } from './synthesized.ts';

interface Statement {
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
  readonly Condition?: object;
}

/** One action that a role may perform on one resource, in readable form: `dynamodb:GetItem on TablesClusters`. */
type Right = string;

/** @param functionId `QueryFunction`: the end of the logical id, before its hash */
export function rightsOf(template: Template, functionId: string): Right[] {
  return statementsOf(template, `${functionId}Role`).flatMap(toRights).sort();
}

/** Rights of every role, by the role's name. */
export function allRights(template: Template): Map<string, Right[]> {
  const roles = resourcesOf(template, 'AWS::IAM::Role').map(([id]) => readable(id));
  return new Map(roles.map((role) => [role, statementsOf(template, role).flatMap(toRights).sort()]));
}

function statementsOf(template: Template, roleSuffix: string): Statement[] {
  return resourcesOf<PolicyProperties>(template, 'AWS::IAM::Policy').flatMap(([, policy]) => {
    const { Roles, PolicyDocument } = policy.Properties;
    return Roles.some(({ Ref }) => isOf(readable(Ref), roleSuffix)) ? PolicyDocument.Statement : [];
  });
}

/** Whether a role's name ends with this, as its function's whole name: `AutoBackupFunctionRole` is not a `BackupFunctionRole`. */
function isOf(role: string, suffix: string): boolean {
  const owner = functionOf(role);
  return role.endsWith(suffix) && (owner === undefined || suffix.includes(functionId(owner)));
}

interface PolicyProperties {
  readonly Roles: readonly { readonly Ref: string }[];
  readonly PolicyDocument: { readonly Statement: Statement[] };
}

function toRights({ Effect, Action, Resource, Condition }: Statement): Right[] {
  const when = Condition === undefined ? '' : ` when ${JSON.stringify(Condition)}`;
  return [Action]
    .flat()
    .flatMap((action) =>
      [Resource]
        .flat()
        .map((resource) => `${Effect === 'Allow' ? '' : `${Effect} `}${action} on ${render(resource)}${when}`),
    );
}

/** The value of an intrinsic function, with readable resource ids. */
function render(value: unknown): string {
  if (typeof value === 'string') return value;
  const intrinsic = value as { Ref?: string; 'Fn::GetAtt'?: [string, string]; 'Fn::Join'?: [string, unknown[]] };
  if (intrinsic.Ref !== undefined) return readable(intrinsic.Ref);
  if (intrinsic['Fn::GetAtt'] !== undefined) {
    const [id, attribute] = intrinsic['Fn::GetAtt'];
    return attribute === 'StreamArn' ? `the stream of ${readable(id)}` : readable(id);
  }
  if (intrinsic['Fn::Join'] !== undefined) return intrinsic['Fn::Join'][1].map(render).join(intrinsic['Fn::Join'][0]);
  throw new Error(`no rule renders ${JSON.stringify(value)}`);
}

/** A logical id without CDK's hash. */
function readable(logicalId: string): string {
  return logicalId.replace(/[0-9A-F]{8}$/, '');
}
