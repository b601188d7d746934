/**
 * Conditions and updates of DynamoDB, built of named fragments. Every attribute name is quoted, because DynamoDB reserves hundreds of
 * words, and every value is bound. A path may lead into an attribute: `strategy.weekdays[0]`.
 */
export interface Condition {
  readonly joins: 'nothing' | 'all' | 'any';
  readonly text: (terms: Terms) => string;
}

/** What `set` gives an attribute in place of a value. */
class Operand {
  readonly text: (terms: Terms) => string;

  constructor(text: (terms: Terms) => string) {
    this.text = text;
  }
}

/** The names and values that the expressions of one call use. */
class Terms {
  readonly names: Record<string, string> = {};
  readonly values: Record<string, unknown> = {};

  path(path: string): string {
    return path.replaceAll(/\w+(?![\w\]])/g, (name) => {
      this.names[`#${name}`] = name;
      return `#${name}`;
    });
  }

  value(value: unknown): string {
    const placeholder = `:${Object.keys(this.values).length}`;
    this.values[placeholder] = value;
    return placeholder;
  }
}

const one = (text: Condition['text']): Condition => ({ joins: 'nothing', text });

export const is = (path: string, value: unknown) => one((terms) => `${terms.path(path)} = ${terms.value(value)}`);
export const isNot = (path: string, value: unknown) => one((terms) => `${terms.path(path)} <> ${terms.value(value)}`);
export const isAtMost = (path: string, value: number) => one((terms) => `${terms.path(path)} <= ${terms.value(value)}`);
export const isOneOf = (path: string, ...values: readonly unknown[]) =>
  one((terms) => `${terms.path(path)} IN (${values.map((value) => terms.value(value)).join(', ')})`);
export const hasSize = (path: string, size: number) =>
  one((terms) => `size(${terms.path(path)}) = ${terms.value(size)}`);
export const exists = (path: string) => one((terms) => `attribute_exists(${terms.path(path)})`);
export const isMissing = (path: string) => one((terms) => `attribute_not_exists(${terms.path(path)})`);

/** Those that are undefined are left out: `all(isOurs, wanted && isMissing('endTime'))`. */
export const all = (...conditions: readonly Optional[]) => joined('all', ' AND ', conditions);
export const any = (...conditions: readonly Optional[]) => joined('any', ' OR ', conditions);

type Optional = Condition | false | undefined;

/** DynamoDB refuses parentheses around a single condition. */
function joined(joins: 'all' | 'any', operator: string, conditions: readonly Optional[]): Condition {
  const parts = conditions.filter((condition) => condition !== undefined && condition !== false);
  const [only, second] = parts;
  if (only !== undefined && second === undefined) return only;
  const inner = (terms: Terms) => (part: Condition) =>
    part.joins === 'nothing' ? part.text(terms) : `(${part.text(terms)})`;
  return { joins, text: (terms) => parts.map(inner(terms)).join(operator) };
}

/** What the attribute is already; if it is missing, this value. */
export const unlessSet = (path: string, value: unknown) =>
  new Operand((terms) => `if_not_exists(${terms.path(path)}, ${terms.value(value)})`);

/** What another attribute is. */
export const copyOf = (path: string) => new Operand((terms) => terms.path(path));

/** A change of one item. */
export interface Change {
  /** What is undefined stays as it is. */
  readonly set?: Readonly<Record<string, unknown>>;
  readonly remove?: readonly string[];
  /** Adds to a number or to a set; a missing attribute counts as nothing. */
  readonly add?: Readonly<Record<string, number | ReadonlySet<string>>>;
  /** Takes members out of a set. */
  readonly take?: Readonly<Record<string, ReadonlySet<string>>>;
  /** Defaults to none: the item is made if it is missing. */
  readonly condition?: Condition;
}

/** The parameters of an `UpdateCommand`. */
export function updateParameters({ set = {}, remove = [], add = {}, take = {}, condition }: Change) {
  const terms = new Terms();
  const operand = (value: unknown) => (value instanceof Operand ? value.text(terms) : terms.value(value));
  const known = Object.entries(set).filter(([, value]) => value !== undefined);
  const clauses = [
    clause('SET', known, ([path, value]) => `${terms.path(path)} = ${operand(value)}`),
    clause('ADD', Object.entries(add), ([path, value]) => `${terms.path(path)} ${terms.value(value)}`),
    clause('DELETE', Object.entries(take), ([path, value]) => `${terms.path(path)} ${terms.value(value)}`),
    clause('REMOVE', remove, (path) => terms.path(path)),
  ];
  return {
    UpdateExpression: clauses.filter((text) => text !== '').join(' '),
    ...conditionParameters(condition, terms),
  };
}

/** The parameters of a `PutCommand` or `DeleteCommand` that are about its condition. */
export function conditionParameters(condition: Condition | undefined, terms = new Terms()) {
  return {
    ...(condition && { ConditionExpression: condition.text(terms) }),
    ...(Object.keys(terms.names).length > 0 && { ExpressionAttributeNames: terms.names }),
    ...(Object.keys(terms.values).length > 0 && { ExpressionAttributeValues: terms.values }),
  };
}

function clause<Item>(verb: string, items: readonly Item[], text: (item: Item) => string): string {
  return items.length === 0 ? '' : `${verb} ${items.map(text).join(', ')}`;
}
