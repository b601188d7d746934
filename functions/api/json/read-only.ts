import * as z from 'zod/mini';

/**
 * Of an object's schema: the fields that only the service sets. The description marks them, and a request that sends them back is
 * taken without them, whatever they hold.
 */
export const READ_ONLY = z.registry<{ fields: readonly string[] }>();

/** @param schema made for this use: the mark goes wherever it is used */
export function withReadOnly<Schema extends z.ZodMiniType>(schema: Schema, fields: readonly string[]): Schema {
  READ_ONLY.add(schema, { fields });
  return schema;
}
