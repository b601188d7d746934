import type { Stack } from '../../template/stack.ts';
import { type Access, type Account, useOfKey } from './access/access.ts';
import type { Authorizer } from './authorizer.ts';
import { policiesOf } from './policies-of-stack.ts';

const STREAM_ACTIONS = ['DescribeStream', 'GetRecords', 'GetShardIterator'] as const;

interface RoleUseOptions {
  readonly stack: Stack;
  readonly authorizer: Pick<Authorizer, 'refusal'>;
  /** Called for every refusal, with AWS's message. */
  readonly onDenied: (message: string) => void;
}

/** What Lambda itself does with a function's role. `caller` is the function's logical id. */
export class RoleUse {
  readonly #authorizer: Pick<Authorizer, 'refusal'>;
  readonly #account: Pick<Account, 'environment' | 'keyOf'>;
  readonly #onDenied: (message: string) => void;

  constructor({ stack, authorizer, onDenied }: RoleUseOptions) {
    this.#authorizer = authorizer;
    this.#account = { environment: stack.environment, keyOf: policiesOf(stack).keyOf };
    this.#onDenied = onDenied;
  }

  /** Lambda guide, "Process DynamoDB records with Lambda": rights that the execution role needs. */
  mayRead(caller: string, streamArn: string): Promise<boolean> {
    const [tableArn = streamArn] = streamArn.split('/stream/');
    return this.#isAllowed(caller, [
      { action: 'dynamodb:ListStreams', resource: '*' },
      ...STREAM_ACTIONS.map((action) => ({ action: `dynamodb:${action}`, resource: streamArn })),
      ...useOfKey(this.#account, this.#account.keyOf(tableArn), 'dynamodb', 'Decrypt'),
    ]);
  }

  /** SQS guide, "Key management": a producer needs both rights on the key. */
  maySend(caller: string, queueArn: string): Promise<boolean> {
    return this.#isAllowed(caller, [
      { action: 'sqs:SendMessage', resource: queueArn },
      ...useOfKey(this.#account, this.#account.keyOf(queueArn), 'sqs', 'GenerateDataKey', 'Decrypt'),
    ]);
  }

  async #isAllowed(caller: string, accesses: readonly Access[]): Promise<boolean> {
    for (const access of accesses) {
      const refusal = await this.#authorizer.refusal(caller, access);
      if (refusal === undefined) continue;
      this.#onDenied(refusal);
      return false;
    }
    return true;
  }
}
