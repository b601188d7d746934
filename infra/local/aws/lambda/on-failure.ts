import type { RoleUse } from '../iam/role-use.ts';
import type { Queues } from '../sqs/queues.ts';
import type { LambdaFunction } from './lambda-function.ts';

/** The destination for abandoned invocations: a queue, to which Lambda sends with the function's role. */
export class OnFailure {
  readonly #queues: Queues;
  readonly #roleUse: RoleUse;

  constructor(queues: Queues, roleUse: RoleUse) {
    this.#queues = queues;
    this.#roleUse = roleUse;
  }

  /** Does nothing without a destination, or if the function's role may not send to it: AWS only counts that. */
  async send(
    { logicalId }: Pick<LambdaFunction, 'logicalId'>,
    destination: string | undefined,
    record: object,
  ): Promise<void> {
    if (destination === undefined || !(await this.#roleUse.maySend(logicalId, destination))) return;
    await this.#queues.send(destination, JSON.stringify(record));
  }
}
