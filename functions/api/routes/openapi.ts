import * as z from 'zod/mini';
import { route } from '../http/route.ts';
import type { OpenApiDocument } from '../openapi/document.ts';

export const getOpenApi = route({
  operation: 'openapi/query',
  summary: 'This description',
  scope: 'backup:read',
  errors: [],
  example: { data: { openapi: '3.1.1' } },
  bare: true,
  data: z.looseObject({ openapi: z.literal('3.1.1') }),
  async handle(_request, { describeApi }: { describeApi: () => Promise<OpenApiDocument> }) {
    return { data: { ...(await describeApi()) } };
  },
});
