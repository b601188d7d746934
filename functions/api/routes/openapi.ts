import * as z from 'zod/mini';
import { route } from '../http/route.ts';

export const getOpenApi = route({
  operation: 'openapi/query',
  summary: 'This description',
  scope: 'backup:read',
  errors: [],
  example: { data: { openapi: '3.1.1' } },
  bare: true,
  data: z.looseObject({ openapi: z.literal('3.1.1') }),
  async handle() {
    // Needed once in a while: a cold start does not wait for the other function's routes and zod's JSON Schema.
    const { THIS_API } = await import('../openapi/this-api.ts');
    return { data: { ...THIS_API } };
  },
});
