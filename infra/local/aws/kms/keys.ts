import { AwsError } from '../aws-error.ts';

type KeyState = 'Enabled' | 'Disabled' | 'PendingDeletion';

const DAY_MS = 24 * 3_600_000;

/** What S3 and KMS say about an unusable key, after its ARN. */
const UNUSABLE = { Disabled: 'is disabled.', PendingDeletion: 'is pending deletion.' } as const;

interface Key {
  state: KeyState;
  /** Epoch milliseconds. */
  deletionAt?: number | undefined;
}

/** The template's KMS keys by ARN. AWS takes a few minutes to notice a key's new state; here it takes effect at once. */
export class Keys {
  readonly #keys: ReadonlyMap<string, Key>;

  constructor(arns: readonly string[]) {
    this.#keys = new Map(arns.map((arn) => [arn, { state: 'Enabled' }]));
  }

  /** Why a key is unusable: its state and AWS's message; `undefined` if it is usable or unknown. */
  whyUnusable(arn: string): { state: keyof typeof UNUSABLE; message: string } | undefined {
    const { state = 'Enabled' } = this.#keys.get(arn) ?? {};
    return state === 'Enabled' ? undefined : { state, message: `${arn} ${UNUSABLE[state]}` };
  }

  describe(id: string): object {
    const [arn, { state, deletionAt }] = this.#find(id);
    return {
      Arn: arn,
      KeyId: keyIdOf(arn),
      Enabled: state === 'Enabled',
      KeyState: state,
      ...(deletionAt !== undefined && { DeletionDate: deletionAt / 1_000 }),
    };
  }

  scheduleDeletion(id: string, days: number): object {
    const [arn, key] = this.#find(id);
    if (key.state === 'PendingDeletion') throw invalidState(arn, key.state);
    key.state = 'PendingDeletion';
    key.deletionAt = Date.now() + days * DAY_MS;
    return { KeyId: arn, KeyState: key.state, DeletionDate: key.deletionAt / 1_000, PendingWindowInDays: days };
  }

  /** The key is disabled afterwards: KMS API reference, "CancelKeyDeletion". */
  cancelDeletion(id: string): object {
    const [arn, key] = this.#find(id);
    if (key.state !== 'PendingDeletion')
      throw new AwsError('KMSInvalidStateException', `${arn} is not pending deletion.`);
    key.state = 'Disabled';
    key.deletionAt = undefined;
    return { KeyId: arn };
  }

  setEnabled(id: string, isEnabled: boolean): object {
    const [arn, key] = this.#find(id);
    if (key.state === 'PendingDeletion') throw invalidState(arn, key.state);
    key.state = isEnabled ? 'Enabled' : 'Disabled';
    return {};
  }

  /** By ARN or id. */
  #find(id: string): [string, Key] {
    const found = [...this.#keys].find(([arn]) => arn === id || keyIdOf(arn) === id);
    if (found === undefined) throw new AwsError('NotFoundException', `Key '${id}' does not exist`);
    return found;
  }
}

function keyIdOf(arn: string): string {
  return arn.split('/').at(-1) ?? arn;
}

function invalidState(arn: string, state: keyof typeof UNUSABLE): AwsError {
  return new AwsError('KMSInvalidStateException', `${arn} ${UNUSABLE[state]}`);
}
