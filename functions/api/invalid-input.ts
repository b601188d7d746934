import type * as z from 'zod/mini';
import en from 'zod/v4/locales/en.js';
import { ServiceError } from '../domain/errors.ts';

/** zod/mini has no words of its own. These name what was expected and never repeat what came. */
const { localeError } = en();

/** More than a few would only bury the first. */
const MAX_ISSUES = 3;

/**
 * What the schema lets through of one part of a request.
 * @throws ServiceError 10001 that says what is wrong, one `field: reason` after the other
 */
export function parseInput<T>(schema: z.ZodMiniType<T>, input: unknown, part: 'path' | 'query' | 'body'): T {
  const parsed = schema.safeParse(input, { error: localeError });
  if (parsed.success) return parsed.data;
  const reasons = parsed.error.issues
    .slice(0, MAX_ISSUES)
    .map((issue) => `${issue.path.join('.') || part}: ${issue.message}`);
  throw new ServiceError('TIEM_PARAMETER_INVALID', reasons.join('; '));
}
