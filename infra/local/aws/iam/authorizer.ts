import * as z from 'zod';
import type { Stack } from '../../template/stack.ts';
import { isTikv, TIKV_ROLE } from '../../tikv-role.ts';
import type { Authorize } from '../aws-door.ts';
import { AwsError } from '../aws-error.ts';
import { accessKeyIdOf } from '../callers.ts';
import { type PendingAwsCall, s3InputSchema } from '../gate.ts';
import { Keys } from '../kms/keys.ts';
import type { ForeignBucket } from '../s3/foreign-bucket.ts';
import type { Access, Account } from './access/access.ts';
import { accessOfCall } from './access/access-of-call.ts';
import { policiesOf, type StackPolicies } from './policies-of-stack.ts';
import type { IamSimulator, NamedPolicy } from './simulator.ts';

const functionSchema = z.object({ Role: z.string() });
const taskDefinitionSchema = z.object({ TaskRoleArn: z.string() });

/** An assumed role. */
interface Session {
  readonly roleArn: string;
  readonly policies: readonly NamedPolicy[];
  /** As AWS names it in errors. */
  readonly arn: string;
}

export interface AuthorizerOptions {
  readonly stack: Stack;
  /** Buckets outside the stack. */
  readonly foreign?: readonly ForeignBucket[];
  readonly secret: Account['secret'];
  /** Default: all keys are usable. */
  readonly keys?: Keys;
  readonly simulator: IamSimulator;
  /** Called for every refused call, with AWS's message. */
  readonly onDenied: (message: string) => void;
}

/**
 * Allows each function and task what the policies of its role, bucket and key allow, and TiKV what the stack's bucket and key allow its
 * role. Any other caller is the account's owner.
 */
export class Authorizer {
  readonly #account: Account;
  readonly #policies: StackPolicies;
  readonly #simulator: IamSimulator;
  readonly #keys: Keys;
  readonly #sessions: ReadonlyMap<string, Session>;
  readonly #tikv: Session;
  readonly #buckets: ReadonlySet<string>;
  readonly #onDenied: (message: string) => void;

  constructor({ stack, foreign = [], secret, keys = new Keys([]), simulator, onDenied }: AuthorizerOptions) {
    this.#policies = policiesOf(stack, foreign);
    this.#simulator = simulator;
    this.#keys = keys;
    this.#onDenied = onDenied;
    this.#account = { environment: stack.environment, keyOf: this.#policies.keyOf, secret };
    const ofFunctions = stack.resourcesOf('AWS::Lambda::Function').map(({ logicalId, ref, properties }) => {
      return [logicalId, this.#session(functionSchema.parse(properties).Role, ref)] as const;
    });
    const ofTasks = stack.resourcesOf('AWS::ECS::TaskDefinition').map(({ logicalId, properties }) => {
      return [logicalId, this.#session(taskDefinitionSchema.parse(properties).TaskRoleArn, logicalId)] as const;
    });
    this.#sessions = new Map([...ofFunctions, ...ofTasks]);
    this.#tikv = {
      ...this.#session(`arn:aws:iam::${stack.environment.accountId}:role/${TIKV_ROLE}`, 'tikv'),
      // The tenant has attached the stack's policy for database nodes.
      policies: this.#policies.forOthers('DatabaseNodes'),
    };
    const own = stack.resourcesOf('AWS::S3::Bucket').map(({ ref }) => ref);
    this.#buckets = new Set([...own, ...foreign.map(({ name }) => name)]);
  }

  /** Judges one call to an endpoint. */
  readonly authorize: Authorize = async (call) => {
    const session = this.#sessionOf(call);
    if (session === undefined)
      return this.#unusableKey(call, call.service === 'kms' ? [] : accessesOf(call, this.#account));
    try {
      const accesses = accessOfCall(call, this.#account);
      if (accesses.length === 0) throw new Error(`the local IAM cannot tell which resource ${call.action} uses`);
      for (const access of accesses) {
        const refusal = await this.#refusal(session, access);
        if (refusal === undefined) continue;
        this.#onDenied(refusal);
        return accessDenied(call, refusal);
      }
      return this.#unusableKey(call, accesses);
    } catch (error) {
      const refusal = undecided(error);
      this.#onDenied(refusal.message);
      return refusal;
    }
  };

  /** No caller's service can use a key that is disabled or pending deletion. */
  #unusableKey({ service }: PendingAwsCall, accesses: readonly Access[]): AwsError | undefined {
    for (const { action, resource } of accesses) {
      const why = action.startsWith('kms:') ? this.#keys.whyUnusable(resource) : undefined;
      if (why === undefined) continue;
      if (service === 's3') return new AwsError(S3_KEY_ERRORS[why.state], why.message);
      if (service === 'dynamodb') {
        return new AwsError(
          'AccessDeniedException',
          `KMS key access denied error: KMSInvalidStateException: ${why.message}`,
        );
      }
      return new AwsError(
        'DecryptionFailure',
        "Secrets Manager can't decrypt the protected secret text using the provided KMS key.",
      );
    }
    return undefined;
  }

  /**
   * @param caller logical id of a function or a task definition
   * @returns AWS's message about the missing right; `undefined` if the call is allowed
   */
  refusal(caller: string, access: Access): Promise<string | undefined> {
    return this.#refusal(this.#sessionOfCaller(caller), access);
  }

  /** Like {@link refusal}, for S3, which has assumed a role that belongs to no function. */
  async mayReplicate(roleArn: string, accesses: readonly Access[]): Promise<boolean> {
    const session = this.#session(roleArn, 's3-replication');
    for (const access of accesses) {
      const refusal = await this.#refusal(session, access);
      if (refusal === undefined) continue;
      this.#onDenied(refusal);
      return false;
    }
    return true;
  }

  /** Key of the bucket's default encryption. */
  keyOf(bucketArn: string): string | undefined {
    return this.#policies.keyOf(bucketArn);
  }

  #sessionOf({ caller, headers, input }: PendingAwsCall): Session | undefined {
    if (caller !== undefined) return this.#sessionOfCaller(caller);
    // Any other bucket is the tenant's, who opens it to the TiKV nodes.
    const bucket = s3InputSchema.safeParse(input).data?.bucket ?? '';
    return isTikv(accessKeyIdOf(headers)) && this.#buckets.has(bucket) ? this.#tikv : undefined;
  }

  /** @param name session name: Lambda uses the function's name, ECS the task's id, which no policy tests */
  #session(roleArn: string, name: string): Session {
    const [, account = '', role = ''] = /^arn:aws:iam::(\d+):role\/(?:.*\/)?([^/]+)$/.exec(roleArn) ?? [];
    const arn = `arn:aws:sts::${account}:assumed-role/${role}/${name}`;
    return { roleArn, arn, policies: this.#policies.ofRole(roleArn) };
  }

  #sessionOfCaller(caller: string): Session {
    const session = this.#sessions.get(caller);
    if (session === undefined) throw new Error(`the template has no function or task definition ${caller}`);
    return session;
  }

  async #refusal(
    { roleArn, arn, policies }: Session,
    { action, resource, context }: Access,
  ): Promise<string | undefined> {
    const denial = await this.#simulator.decide({
      principal: arn,
      identityPolicies: policies,
      action,
      resource,
      resourcePolicy: this.#policies.ofResource(resource),
      resourceAccount: this.#policies.accountOf(resource),
      context: {
        // Loopback has no TLS: calls are judged as if made to AWS.
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

const S3_KEY_ERRORS = { Disabled: 'KMS.DisabledException', PendingDeletion: 'KMS.KMSInvalidStateException' } as const;

/** A call of the account's owner, who may use actions that the local IAM does not know. */
function accessesOf(call: PendingAwsCall, account: Account): readonly Access[] {
  try {
    return accessOfCall(call, account);
  } catch {
    return [];
  }
}

/** Each service has its own error name and status. */
function accessDenied({ service }: PendingAwsCall, message: string): AwsError {
  if (service === 's3') return new AwsError('AccessDenied', message, 403);
  return new AwsError('AccessDeniedException', message, service === 'lambda' ? 403 : 400);
}

function undecided(error: unknown): AwsError {
  if (error instanceof AwsError) return error;
  if (error instanceof z.ZodError) return new AwsError('ValidationException', z.prettifyError(error));
  return new AwsError('InternalFailure', String(error), 500);
}
