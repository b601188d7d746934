import type { LambdaFunction } from './lambda-function.ts';

/** Finds a function by logical id, name, ARN or partial ARN, with or without `$LATEST`; there are no other versions. */
export class FunctionDirectory {
  readonly all: readonly LambdaFunction[];
  readonly #byKey = new Map<string, LambdaFunction>();

  constructor(functions: readonly LambdaFunction[]) {
    this.all = functions;
    for (const each of functions) {
      const partialArn = each.arn.split(':').slice(4).join(':');
      for (const key of [each.logicalId, each.name, each.arn, partialArn]) this.#byKey.set(key, each);
    }
  }

  find(key: string): LambdaFunction | undefined {
    return this.#byKey.get(key.replace(/:\$LATEST$/, ''));
  }

  /** Like {@link find}, or by the name in the code: `reconcile` for `RepairReconcileFunction1A2B3C4D`. */
  named(key: string): LambdaFunction | undefined {
    const construct = `${key.charAt(0).toUpperCase()}${key.slice(1)}Function`;
    return (
      this.find(key) ?? this.all.find(({ logicalId }) => logicalId.replace(/[0-9A-F]{8}$/, '').endsWith(construct))
    );
  }

  /** Like {@link find}; throws an error that lists the known names. */
  get(key: string): LambdaFunction {
    const found = this.find(key);
    if (found !== undefined) return found;
    throw new Error(
      `there is no function "${key}"; the functions are ${this.all.map(({ logicalId }) => logicalId).join(', ')}`,
    );
  }
}
