import type * as z from 'zod/mini';
import { quoteInput } from '../../domain/shared/errors.ts';
import { READ_ONLY } from '../json/read-only.ts';
import { shownName } from './json-body.ts';

type Schema = z.core.$ZodType;

/** A name in a part of a request that its schema does not have. */
interface UnknownName {
  /** Path of the containing object; empty for the part itself. */
  path: string;
  name: string;
  /** All names that the object may have. */
  known: string[];
}

/**
 * The names in a query or body, at any depth, that none of its schemas has. Open schemas, such as records, accept any
 * name.
 */
export function unknownNames(schemas: readonly z.ZodMiniType[], input: unknown): UnknownName[] {
  return [...walk(schemas, input, [])];
}

/**
 * The message about an unknown name.
 * @param kind the user's term: `field`, `parameter`
 */
export function tellUnknown({ path, name, known }: UnknownName, kind: string, part: string): string {
  const nearest = nearestName(name, known);
  const hint = nearest === undefined ? `there are no ${kind}s here` : `did you mean "${nearest}"?`;
  return `${path || part}: unknown ${kind} ${quoteInput(name)}; ${hint}`;
}

function* walk(schemas: readonly Schema[], value: unknown, path: readonly (string | number)[]): Generator<UnknownName> {
  const leaves = schemas.flatMap(leavesOf);
  if (Array.isArray(value)) {
    const elements = leaves.map(definitionOf).flatMap((def) => (def.type === 'array' ? [def.element] : []));
    for (const [at, element] of value.entries()) yield* walk(elements, element, [...path, at]);
    return;
  }
  const objects = leaves.filter((leaf) => definitionOf(leaf).type === 'object');
  // The schema itself rejects a value of another type.
  if (typeof value !== 'object' || value === null || objects.length === 0 || leaves.some(isFree)) return;
  const readOnly = new Set(objects.flatMap((each) => READ_ONLY.get(each)?.fields ?? []));
  const fields = fieldsOf(objects);
  for (const [name, field] of Object.entries(value)) {
    const known = fields.get(name);
    if (known !== undefined) yield* walk(known, field, [...path, name]);
    else if (!readOnly.has(name)) yield { path: path.map(shownName).join('.'), name, known: [...fields.keys()] };
  }
}

const isFree = (schema: Schema) => ['record', 'unknown'].includes(definitionOf(schema).type);

/** Typed like zod's own conversions. */
function definitionOf(schema: Schema): z.core.$ZodTypes['_zod']['def'] {
  return (schema as z.core.$ZodTypes)._zod.def;
}

/** The schemas that decide what a value may be: without wrappers, and each member of a union. */
function leavesOf(schema: Schema): Schema[] {
  const def = definitionOf(schema);
  switch (def.type) {
    case 'optional':
    case 'nullable':
    case 'default':
      return leavesOf(def.innerType);
    case 'pipe':
      return leavesOf(def.in);
    case 'union':
      return def.options.flatMap(leavesOf);
    default:
      return [schema];
  }
}

/** The objects' schemas for each name. */
function fieldsOf(objects: readonly Schema[]): Map<string, Schema[]> {
  const fields = new Map<string, Schema[]>();
  for (const def of objects.map(definitionOf)) {
    for (const [name, field] of Object.entries(def.type === 'object' ? def.shape : {})) {
      fields.set(name, [...(fields.get(name) ?? []), field as Schema]);
    }
  }
  return fields;
}

function nearestName(name: string, known: readonly string[]): string | undefined {
  const distances = known.map((each) => [each, editDistance(name.toLowerCase(), each.toLowerCase())] as const);
  return distances.toSorted(([, a], [, b]) => a - b)[0]?.[0];
}

/** Longer names are not compared. */
const MAX_COMPARED = 64;

/** Levenshtein distance. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (const [i, character] of [...a.slice(0, MAX_COMPARED)].entries()) {
    let diagonal = 0;
    row = row.map((above, j) => {
      const cost = j === 0 ? i + 1 : Math.min(above + 1, diagonal + (character === b[j - 1] ? 0 : 1));
      diagonal = above;
      return cost;
    });
    for (let j = 1; j < row.length; j += 1) row[j] = Math.min(row[j] ?? 0, (row[j - 1] ?? 0) + 1);
  }
  return row.at(-1) ?? 0;
}
