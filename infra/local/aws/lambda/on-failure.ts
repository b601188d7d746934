import type { RoleUse } from '../iam/role-use.ts';
import type { Queues } from '../sqs/queues.ts';
import type { LambdaFunction } from './lambda-function.ts';

/** Where Lambda tells of what it gave up: a queue, to which it sends in the name of the function's role. */
export class OnFailure {
  readonly #queues: Queues;
  readonly #roleUse: RoleUse;

  constructor(queues: Queues, roleUse: RoleUse) {
    this.#queues = queues;
    this.#roleUse = roleUse;
  }

  /** Does nothing when there is no destination, or when the function's role may not send to it: AWS only counts that. */
  async send(
    { logicalId }: Pick<LambdaFunction, 'logicalId'>,
    destination: string | undefined,
    record: object,
  ): Promise<void> {
    if (destination === undefined || !(await this.#roleUse.maySend(logicalId, destination))) return;
    await this.#queues.send(destination, JSON.stringify(record));
  }
}
