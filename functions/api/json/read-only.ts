import * as z from 'zod/mini';

/**
 * Fields of an object that only the service sets. The description marks them, and requests may send them back with any
 * value, which is ignored.
 */
export const READ_ONLY = z.registry<{ fields: readonly string[] }>();

/** @param schema used only here: the mark applies wherever it is used */
export function withReadOnly<Schema extends z.ZodMiniType>(schema: Schema, fields: readonly string[]): Schema {
  READ_ONLY.add(schema, { fields });
  return schema;
}
