import { InvokeCommand, LambdaClient, LambdaServiceException } from '@aws-sdk/client-lambda';
import type { ZodMiniType } from 'zod/mini';
import {
  PROVISIONER_ANSWERS,
  type Provisioner,
  type ProvisionerRequest,
} from '../../domain/provisioning/provisioner.ts';
import { assertNever } from '../../domain/shared/assert-never.ts';
import { withoutSecrets } from '../../domain/shared/redaction.ts';
import { NodeFailure } from '../../domain/workflow/node-failure.ts';
import { answerWithin } from '../shared/answer-within.ts';

/** The contract's limit. */
const ANSWER_WITHIN_MS = 60_000;

/**
 * Why Lambda does not invoke a function for now (API reference, Invoke): one in a VPC that was inactive for weeks is
 * prepared first, which takes up to ten minutes. State machines wait for their own functions for the same reasons
 * (`infra/constructs/workflows/retry-policies.ts`).
 */
const NOT_READY =
  /^(?:ResourceNotReady|ResourceConflict|ENINotReady|ENILimitReached|SubnetIPAddressLimitReached|EC2Throttled|EC2Unexpected|EFS\w+|TooManyRequests)Exception$/;

/**
 * The tenant's Lambda function, by the contract of `domain/provisioning/provisioner.ts`.
 * @param functionArn `undefined` if the tenant has none (any more), which each method reports when it is called
 */
export function createLambdaProvisioner(functionArn: string | undefined): Provisioner {
  // The state machine retries, with pauses that suit a function that creates clusters.
  const client = new LambdaClient({
    maxAttempts: 1,
    requestHandler: answerWithin(ANSWER_WITHIN_MS),
  });

  async function ask<Answer>(request: ProvisionerRequest, schema: ZodMiniType<Answer>): Promise<Answer> {
    if (functionArn === undefined) throw new NodeFailure('ProvisionerRefused', 'the tenant has no provisioner');
    const parsed = schema.safeParse(parseJson(await invoke(functionArn, request)));
    if (parsed.success) return parsed.data;
    const fields = parsed.error.issues.map(({ path }) => path.join('.') || 'the answer').join(', ');
    throw failed(`its answer to "${request.action}" violates the contract: ${fields}`);
  }

  async function invoke(FunctionName: string, request: ProvisionerRequest): Promise<string> {
    try {
      const { FunctionError, Payload } = await client.send(
        new InvokeCommand({ FunctionName, Payload: JSON.stringify(request) }),
      );
      // What it threw belongs in its own log: the content is unknown.
      if (FunctionError !== undefined) throw failed(`it failed to answer "${request.action}" (${FunctionError})`);
      return Payload?.transformToString() ?? '';
    } catch (error) {
      if (error instanceof NodeFailure) throw error;
      const name = error instanceof Error ? error.name : 'unknown';
      if (NOT_READY.test(name)) {
        throw new NodeFailure('ProvisionerNotReady', `the provisioner is not ready to be invoked (${name})`, {
          cause: error,
        });
      }
      const what = error instanceof LambdaServiceException ? 'it cannot be invoked' : 'it cannot be reached';
      throw failed(`${what} (${name})`, error);
    }
  }

  return {
    async create(order) {
      const answer = await ask({ action: 'create', ...order }, PROVISIONER_ANSWERS.create);
      if (answer.status === 'refused') throw refused(answer.message);
    },

    async ready(operation) {
      const answer = await ask({ action: 'ready', ...operation }, PROVISIONER_ANSWERS.ready);
      switch (answer.status) {
        case 'pending':
          return { status: 'pending', ...(answer.message !== undefined && { message: shown(answer.message) }) };
        case 'ready': {
          const { endpoints, tls, account, caSecretArn, clientSecretArn } = answer;
          const certificates = {
            ...(caSecretArn !== undefined && { ca: { secretArn: caSecretArn, managed: false as const } }),
            ...(clientSecretArn !== undefined && { client: { secretArn: clientSecretArn, managed: false as const } }),
          };
          return {
            status: 'ready',
            access: {
              ...{ endpoints, tls, account: { ...account, managed: false } },
              ...(Object.keys(certificates).length > 0 && { certificates }),
            },
          };
        }
        case 'failed':
          throw refused(answer.message);
        default:
          return assertNever(answer);
      }
    },

    async destroy(operation) {
      const answer = await ask({ action: 'destroy', ...operation }, PROVISIONER_ANSWERS.destroy);
      return answer.status;
    },
  };
}

function refused(message: string): NodeFailure {
  return new NodeFailure('ProvisionerRefused', `the provisioner refuses to create the cluster: ${shown(message)}`);
}

function failed(message: string, cause?: unknown): NodeFailure {
  return new NodeFailure('ProvisionerFailed', `the provisioner: ${message}`, { cause });
}

/** The message is the tenant's own; anything that looks like a key or an account id is masked all the same. */
function shown(message: string): string {
  return withoutSecrets(message);
}

/** `undefined` if it is not JSON, which no schema accepts. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
