import type { Template } from '../../../infra/deploy/steps.ts';

interface TableProperties {
  readonly GlobalSecondaryIndexes?: readonly { readonly IndexName: string }[];
  readonly DeletionProtectionEnabled?: boolean;
}

/** An account with one stack, which refuses deployments that CloudFormation and DynamoDB refuse. */
export class AccountOfStack {
  deployed: Template | undefined;
  isProtected = false;
  /** `creation` or `update N`: fails once, half way, and is rolled back. */
  failOnce: string | undefined;
  readonly history: Template[] = [];
  /** Logical ids of what a rolled back creation could not delete. */
  leftBehind: string[] = [];
  #updates = 0;

  constructor(deployed?: Template) {
    this.deployed = deployed;
  }

  deploy(next: Template | undefined): void {
    if (next === undefined) throw new Error('there is no template');
    if (this.deployed === undefined) this.#create(next);
    else this.#update(this.deployed, next);
    this.deployed = next;
    this.history.push(next);
  }

  #create(next: Template): void {
    if (this.failOnce !== 'creation') return;
    this.failOnce = undefined;
    this.leftBehind = Object.entries(next.Resources).flatMap(([id, { Type, Properties, DeletionPolicy }]) => {
      const { DeletionProtectionEnabled } = (Properties ?? {}) as TableProperties;
      const stays = DeletionPolicy === 'Retain' || (Type === 'AWS::DynamoDB::Table' && DeletionProtectionEnabled);
      return stays ? [id] : [];
    });
    if (this.isProtected) this.leftBehind.push('the stack');
    throw new Error('creation failed');
  }

  #update(before: Template, next: Template): void {
    this.#updates += 1;
    if (this.failOnce === `update ${this.#updates}`) {
      this.failOnce = undefined;
      throw new Error(`update ${this.#updates} failed`);
    }
    const codeUses = [before, next].map(({ Resources }) => Resources.Code?.Properties?.Uses ?? {});
    for (const [id, { Type, Properties }] of Object.entries(next.Resources)) {
      if (Type !== 'AWS::DynamoDB::Table') continue;
      const now = indexNames(before.Resources[id]?.Properties);
      const then = indexNames(Properties);
      const changed = [...missingIn(then, now), ...missingIn(now, then)];
      if (changed.length > 1) throw new Error(`${id}: ${changed.join(', ')} in one update`);
      checkAttributes(id, Properties);
      // Tables are updated before the functions that refer to them: for a moment the old code meets the new indexes.
      for (const uses of codeUses) {
        const needed = (uses as Record<string, readonly string[]>)[id] ?? [];
        if (missingIn(then, needed).length > 0) throw new Error(`${id}: code uses an index that is not there`);
      }
    }
  }
}

function missingIn(there: ReadonlySet<string>, wanted: Iterable<string>): string[] {
  return [...wanted].filter((name) => !there.has(name));
}

function indexNames(properties: object | undefined): Set<string> {
  const { GlobalSecondaryIndexes = [] } = (properties ?? {}) as TableProperties;
  return new Set(GlobalSecondaryIndexes.map(({ IndexName }) => IndexName));
}

/** DynamoDB: "Number of attributes in AttributeDefinitions must match what the keys use". */
function checkAttributes(id: string, properties: object | undefined): void {
  const { AttributeDefinitions, ...keys } = properties as {
    AttributeDefinitions: readonly { AttributeName: string }[];
  };
  const defined = AttributeDefinitions.map(({ AttributeName }) => AttributeName);
  const used = new Set(Array.from(JSON.stringify(keys).matchAll(/"AttributeName":"(\w+)"/g), ([, name = '']) => name));
  used.delete('expiresAt');
  if (new Set(defined).size !== used.size || missingIn(used, defined).length > 0) {
    throw new Error(`${id}: attributes ${defined.join(', ')} are defined, and ${[...used].join(', ')} used`);
  }
}
