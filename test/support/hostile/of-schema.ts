import fc from 'fast-check';
import type { JsonSchema } from '../../../functions/api/openapi/json-schema.ts';
import { hostileText, hostileValue } from './texts.ts';

/** Stands for a field that is not sent. */
const ABSENT = Symbol('absent');

export interface Manner {
  /** Valid values for a field of this name, whatever its schema leaves open. */
  readonly likely: Readonly<Record<string, readonly unknown[]>>;
  /** One out of this many well-formed values is invalid. */
  readonly oneIn: number;
}

/**
 * Values for a JSON Schema of the OpenAPI document, well-formed except for some places: of another type, out of range, not in the list,
 * absent, harmful.
 */
export function ofSchema(schema: JsonSchema, manner: Manner, name = ''): fc.Arbitrary<unknown> {
  const likely = manner.likely[name];
  const right =
    likely === undefined
      ? rightForm(schema, manner)
      : fc.oneof(
          { weight: 5, arbitrary: fc.constantFrom(...likely) },
          { weight: 1, arbitrary: rightForm(schema, manner) },
        );
  return orElse(manner, right, hostileValue);
}

/** The fields of a schema, some left out, and occasionally one that it lacks. */
export function fieldsOf({ properties = {}, required = [] }: JsonSchema, manner: Manner): fc.Arbitrary<object> {
  const named = Object.entries(properties).map(([name, schema]) => {
    const sent = ofSchema(schema, manner, name);
    const absent = fc.constant(ABSENT);
    const value = required.includes(name) ? orElse(manner, sent, absent) : fc.oneof(sent, absent);
    return value.map((given) => [name, given] as const);
  });
  const unknown = fc.dictionary(hostileText, hostileValue, { maxKeys: 2 });
  return fc
    .tuple(fc.tuple(...named), orElse(manner, fc.constant({}), unknown))
    .map(([fields, extra]) => ({ ...extra, ...Object.fromEntries(fields.filter(([, value]) => value !== ABSENT)) }));
}

export function orElse<Right, Wrong>(
  { oneIn }: Pick<Manner, 'oneIn'>,
  right: fc.Arbitrary<Right>,
  wrong: fc.Arbitrary<Wrong>,
): fc.Arbitrary<Right | Wrong> {
  return fc.oneof<fc.WeightedArbitrary<Right | Wrong>[]>(
    { weight: oneIn - 1, arbitrary: right },
    { weight: 1, arbitrary: wrong },
  );
}

interface Keywords {
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly JsonSchema[];
  readonly items?: JsonSchema;
  readonly pattern?: string;
}

function rightForm(schema: JsonSchema & Keywords, manner: Manner): fc.Arbitrary<unknown> {
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  if (schema.anyOf !== undefined) return fc.oneof(...schema.anyOf.map((each) => rightForm(each, manner)));
  switch (schema.type) {
    case 'string':
      return schema.pattern === undefined ? hostileText : fc.stringMatching(new RegExp(schema.pattern));
    case 'integer':
      return fc.integer({ min: Number(schema.minimum), max: Number(schema.maximum) });
    case 'boolean':
      return fc.boolean();
    case 'array':
      return fc.array(ofSchema(schema.items ?? {}, manner), { minLength: 1, maxLength: 3 });
    case 'object':
      return fieldsOf(schema, manner);
    default:
      return hostileValue;
  }
}
