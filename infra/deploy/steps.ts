import { isDeepStrictEqual } from 'node:util';
import * as z from 'zod';

const TABLE = 'AWS::DynamoDB::Table';

const key = z.array(z.looseObject({ AttributeName: z.string() }));
const index = z.looseObject({ IndexName: z.string(), KeySchema: key });
type Index = z.output<typeof index>;

const tableProperties = z.looseObject({
  KeySchema: key,
  AttributeDefinitions: z.array(z.looseObject({ AttributeName: z.string() })),
  GlobalSecondaryIndexes: z.array(index).optional(),
  DeletionProtectionEnabled: z.boolean().optional(),
});
type TableProperties = z.output<typeof tableProperties>;

const resource = z.looseObject({ Type: z.string(), Properties: z.looseObject({}).optional() });

/** The parts of a CloudFormation template that a deployment needs to see. */
export const template = z.looseObject({ Resources: z.record(z.string(), resource) });
export type Template = z.output<typeof template>;

export class DeploymentError extends Error {
  override readonly name = 'DeploymentError';
}

/**
 * The template of the next deployment on the way from the deployed to the wanted state. A successful deployment's template becomes
 * the deployed one, so an interrupted way can be continued.
 *
 * DynamoDB creates or deletes one index of a table per update (`UpdateTable`, "GlobalSecondaryIndexUpdates"):
 *
 * 1. new indexes are created while the old code runs, all but the last;
 * 2. the last one comes with the new code, which CloudFormation updates after the tables;
 * 3. indexes that the new code does not use are deleted.
 *
 * A new stack has no deletion protection yet, because rolling back its creation must delete its tables.
 *
 * @param deployed `undefined` if there is no stack
 * @returns `undefined` if `wanted` is deployed
 * @throws {DeploymentError} if an index would change under its name, which DynamoDB does not support
 */
export function nextStep(deployed: Template | undefined, wanted: Template): Template | undefined {
  if (deployed === undefined)
    return withTables(wanted, (properties) => ({ ...properties, DeletionProtectionEnabled: false }));
  if (isDeepStrictEqual(deployed, wanted)) return undefined;
  const before = tablesOf(deployed);
  const changes = [...tablesOf(wanted)].flatMap(([id, after]) => {
    const now = before.get(id);
    return now === undefined ? [] : [changesOf(id, now, after)];
  });
  const remaining = new Map(changes.map((change) => [change.id, change]));
  if (changes.some(({ created }) => created.length > 1)) {
    return withTables(deployed, (properties, id) => {
      const [next] = remaining.get(id)?.created ?? [];
      return next === undefined
        ? properties
        : withIndexes(properties, [...indexesOf(properties), next.index], next.from);
    });
  }
  const isCodeOld = !isDeepStrictEqual(withoutTables(deployed), withoutTables(wanted));
  return withTables(wanted, (properties, id) => {
    const { created = [], deleted = [] } = remaining.get(id) ?? {};
    const kept = isCodeOld || created.length > 0 ? deleted : deleted.slice(1);
    const [first] = kept;
    if (first === undefined) return properties;
    return withIndexes(properties, [...indexesOf(properties), ...kept.map((each) => each.index)], first.from);
  });
}

interface IndexChange {
  readonly index: Index;
  /** The table that has the index, and so defines its key attributes. */
  readonly from: TableProperties;
}

interface TableChange {
  readonly id: string;
  readonly created: readonly IndexChange[];
  readonly deleted: readonly IndexChange[];
}

function changesOf(id: string, before: TableProperties, after: TableProperties): TableChange {
  const old = new Map(indexesOf(before).map((each) => [each.IndexName, each]));
  const wanted = new Map(indexesOf(after).map((each) => [each.IndexName, each]));
  for (const [name, each] of wanted) {
    const existing = old.get(name);
    if (existing === undefined || isDeepStrictEqual(existing, each)) continue;
    throw new DeploymentError(`index ${name} of ${id} cannot change: give the new one another name`);
  }
  const missingIn = (others: ReadonlyMap<string, Index>, from: TableProperties) =>
    indexesOf(from).flatMap((each) => (others.has(each.IndexName) ? [] : [{ index: each, from }]));
  return { id, created: missingIn(old, after), deleted: missingIn(wanted, before) };
}

function tablesOf({ Resources }: Template): Map<string, TableProperties> {
  return new Map(
    Object.entries(Resources).flatMap(([id, { Type, Properties }]) =>
      Type === TABLE ? [[id, tableProperties.parse(Properties)] as const] : [],
    ),
  );
}

function withTables(
  { Resources, ...rest }: Template,
  change: (properties: TableProperties, id: string) => TableProperties,
): Template {
  const changed = Object.entries(Resources).map(([id, each]) => [
    id,
    each.Type === TABLE ? { ...each, Properties: change(tableProperties.parse(each.Properties), id) } : each,
  ]);
  return { ...rest, Resources: Object.fromEntries(changed) };
}

function withoutTables({ Resources }: Template): object {
  return Object.fromEntries(Object.entries(Resources).filter(([, { Type }]) => Type !== TABLE));
}

function indexesOf({ GlobalSecondaryIndexes = [] }: TableProperties): readonly Index[] {
  return GlobalSecondaryIndexes;
}

/** DynamoDB rejects definitions of attributes that are no key, and keys without one. */
function withIndexes(properties: TableProperties, indexes: readonly Index[], other: TableProperties): TableProperties {
  const used = new Set(
    [properties, ...indexes].flatMap(({ KeySchema }) => KeySchema.map((each) => each.AttributeName)),
  );
  const definitions = new Map(
    [...other.AttributeDefinitions, ...properties.AttributeDefinitions].map((each) => [each.AttributeName, each]),
  );
  return {
    ...properties,
    GlobalSecondaryIndexes: [...indexes],
    AttributeDefinitions: [...definitions.values()].filter(({ AttributeName }) => used.has(AttributeName)),
  };
}
