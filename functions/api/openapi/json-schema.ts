import * as z from 'zod/mini';
import { READ_ONLY } from '../json/read-only.ts';

export interface JsonSchema {
  readonly type?: string;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly [keyword: string]: unknown;
}

/**
 * The JSON Schema of what a route accepts (`input`) or returns (`output`). Both are closed: no unnamed fields. Schemas
 * with an id are put into `components` and referenced.
 * @throws if two different schemas have the same id
 */
export function jsonSchemaOf(
  schema: z.ZodMiniType,
  io: 'input' | 'output',
  components: Record<string, JsonSchema>,
): JsonSchema {
  const { $schema: _dialect, $defs = {}, ...whole } = toJsonSchema(schema, io);
  for (const [name, { id: _id, ...definition }] of Object.entries($defs)) {
    const known = components[name];
    if (known !== undefined && JSON.stringify(known) !== JSON.stringify(definition)) {
      throw new Error(`two schemas are called ${name}`);
    }
    components[name] = definition;
  }
  return whole;
}

function toJsonSchema(
  schema: z.ZodMiniType,
  io: 'input' | 'output',
): JsonSchema & { $defs?: Record<string, JsonSchema> } {
  const made = z.toJSONSchema(schema, {
    io,
    override({ zodSchema, jsonSchema }) {
      // The format implies it; zod's pattern for it fills a screen.
      if (jsonSchema.format === 'date-time') delete jsonSchema.pattern;
      if (io === 'input' && zodSchema._zod.def.type === 'object') jsonSchema.additionalProperties = false;
      for (const field of READ_ONLY.get(zodSchema)?.fields ?? []) {
        jsonSchema.properties = { ...jsonSchema.properties };
        const answered = { description: 'As returned by `GET`; ignored in a request' };
        jsonSchema.properties[field] = { ...answered, ...Object(jsonSchema.properties[field]), readOnly: true };
      }
    },
  });
  return JSON.parse(JSON.stringify(made).replaceAll('"#/$defs/', '"#/components/schemas/'));
}
