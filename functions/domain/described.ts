import * as z from 'zod/mini';

/**
 * For what is published: `GET /openapi.json` and `docs/events.md`.
 * @param schema made for this use: it has the description wherever it is used
 */
export function described<Schema extends z.ZodMiniType>(schema: Schema, description: string): Schema {
  z.globalRegistry.add(schema, { description });
  return schema;
}
