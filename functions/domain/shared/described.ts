import * as z from 'zod/mini';

/**
 * Adds a description for `GET /openapi.json` and `docs/events.md`.
 * @param schema used only here: it takes the description wherever it is used
 */
export function described<Schema extends z.ZodMiniType>(schema: Schema, description: string): Schema {
  z.globalRegistry.add(schema, { description });
  return schema;
}

/** JSON Schema keywords that describe what a schema checks in code. */
export interface Constraints {
  /** Name under which other schemas refer to it. */
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

/** Like {@link described}, with keywords for what is checked in code, which cannot be derived. */
export function published<Schema extends z.ZodMiniType>(schema: Schema, constraints: Constraints): Schema {
  z.globalRegistry.add(schema, { ...z.globalRegistry.get(schema), ...constraints });
  return schema;
}

/** Source of a pattern that matches a text in any case; JSON Schema patterns have no flags. */
export function inAnyCase(text: string): string {
  return text.replace(/[a-z]/gi, (letter) => `[${letter.toUpperCase()}${letter.toLowerCase()}]`);
}
