import type { LambdaFunction } from './lambda-function.ts';

/** Finds a function by logical id, name, ARN, or an ARN or name with a version or alias behind it. */
export class FunctionDirectory {
  readonly all: readonly LambdaFunction[];
  readonly #byKey = new Map<string, LambdaFunction>();

  constructor(functions: readonly LambdaFunction[]) {
    this.all = functions;
    for (const each of functions) {
      for (const key of [each.logicalId, each.name, each.arn]) this.#byKey.set(key, each);
    }
  }

  find(key: string): LambdaFunction | undefined {
    return this.#byKey.get(key) ?? this.#byKey.get(key.replace(/:[^:]+$/, ''));
  }

  /** As {@link find}; throws an error with the known names. */
  get(key: string): LambdaFunction {
    const found = this.find(key);
    if (found !== undefined) return found;
    throw new Error(`no function "${key}"; there are: ${this.all.map(({ logicalId }) => logicalId).join(', ')}`);
  }
}
