import * as z from 'zod';
import type { Authorize } from '../aws/aws-door.ts';
import { AwsError } from '../aws/aws-error.ts';
import type { PendingAwsCall } from '../aws/gate.ts';
import type { Stack } from '../template/stack.ts';
import type { Access, Account } from './access/access.ts';
import { accessOfCall } from './access/access-of-call.ts';
import { policiesOf, type StackPolicies } from './policies-of-stack.ts';
import type { IamSimulator } from './simulator.ts';

const functionSchema = z.object({ Role: z.string() });

/** A role that a function's process has taken. */
interface Session {
  readonly roleArn: string;
  /** As AWS names it in its errors. */
  readonly arn: string;
}

export interface AuthorizerOptions {
  readonly stack: Stack;
  readonly secret: Account['secret'];
  readonly simulator: IamSimulator;
  /** Told of every call that is refused, in AWS's words. */
  readonly onDenied: (message: string) => void;
}

/**
 * Lets each function do what the policies of its role allow, and those of the bucket or key that it asks for; whoever is no
 * function is the owner of the account.
 */
export class Authorizer {
  readonly #account: Account;
  readonly #policies: StackPolicies;
  readonly #simulator: IamSimulator;
  readonly #sessions: ReadonlyMap<string, Session>;
  readonly #onDenied: (message: string) => void;

  constructor({ stack, secret, simulator, onDenied }: AuthorizerOptions) {
    this.#policies = policiesOf(stack);
    this.#simulator = simulator;
    this.#onDenied = onDenied;
    this.#account = { environment: stack.environment, keyOf: this.#policies.keyOf, secret };
    this.#sessions = new Map(
      stack.resourcesOf('AWS::Lambda::Function').map(({ logicalId, ref, properties }) => {
        return [logicalId, sessionOf(functionSchema.parse(properties).Role, ref)];
      }),
    );
  }

  /** Judges a call at an endpoint. */
  readonly authorize: Authorize = async (call) => {
    if (call.caller === undefined) return undefined;
    try {
      for (const access of accessOfCall(call, this.#account)) {
        const refusal = await this.refusal(call.caller, access);
        if (refusal === undefined) continue;
        this.#onDenied(refusal);
        return accessDenied(call, refusal);
      }
      return undefined;
    } catch (error) {
      return undecided(error);
    }
  };

  /**
   * @param caller logical id of a function
   * @returns AWS's sentence about what is not allowed, `undefined` if it is
   */
  async refusal(caller: string, { action, resource, context }: Access): Promise<string | undefined> {
    const session = this.#sessions.get(caller);
    if (session === undefined) throw new Error(`no function ${caller}, and no role`);
    const { roleArn, arn } = session;
    const denial = await this.#simulator.decide({
      principal: arn,
      identityPolicies: this.#policies.ofRole(roleArn),
      action,
      resource,
      resourcePolicy: this.#policies.ofResource(resource),
      context: {
        // Loopback has no TLS: calls are judged as they will be made of AWS.
        'aws:SecureTransport': 'true',
        's3:TlsVersion': '1.3',
        'aws:PrincipalArn': roleArn,
        'aws:PrincipalAccount': this.#account.environment.accountId,
        ...context,
      },
    });
    if (denial === undefined) return undefined;
    const on = resource === '*' ? '' : ` on resource: ${resource}`;
    return `User: ${arn} is not authorized to perform: ${action}${on} ${denial.reason}`;
  }
}

/** @param name of the session: Lambda takes the function's */
function sessionOf(roleArn: string, name: string): Session {
  const [, account = '', role = ''] = /^arn:aws:iam::(\d+):role\/(?:.*\/)?([^/]+)$/.exec(roleArn) ?? [];
  return { roleArn, arn: `arn:aws:sts::${account}:assumed-role/${role}/${name}` };
}

/** Names and statuses are each service's own. */
function accessDenied({ service }: PendingAwsCall, message: string): AwsError {
  if (service === 's3') return new AwsError('AccessDenied', message, 403);
  return new AwsError('AccessDeniedException', message, service === 'lambda' ? 403 : 400);
}

function undecided(error: unknown): AwsError {
  if (error instanceof AwsError) return error;
  if (error instanceof z.ZodError) return new AwsError('ValidationException', z.prettifyError(error));
  return new AwsError('InternalFailure', String(error), 500);
}
