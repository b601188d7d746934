import * as z from 'zod/mini';

/**
 * For what is published: `GET /openapi.json` and `docs/events.md`.
 * @param schema made for this use: it has the description wherever it is used
 */
export function described<Schema extends z.ZodMiniType>(schema: Schema, description: string): Schema {
  z.globalRegistry.add(schema, { description });
  return schema;
}

/** Keywords of JSON Schema by which a description says what a schema checks in code. */
export interface Constraints {
  /** Name of the schema, by which others refer to it. */
  readonly id?: string;
  readonly description?: string;
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minProperties?: number;
  readonly uniqueItems?: boolean;
  readonly enum?: readonly string[];
  readonly oneOf?: readonly object[];
}

/** As {@link described}: what is checked in code can only be published in words of its own. */
export function published<Schema extends z.ZodMiniType>(schema: Schema, constraints: Constraints): Schema {
  z.globalRegistry.add(schema, { ...z.globalRegistry.get(schema), ...constraints });
  return schema;
}

/** The source of a pattern that matches a text in any case; JSON Schema's patterns have no flags. */
export function inAnyCase(text: string): string {
  return text.replace(/[a-z]/gi, (letter) => `[${letter.toUpperCase()}${letter.toLowerCase()}]`);
}
