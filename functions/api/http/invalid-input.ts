import type * as z from 'zod/mini';
import en from 'zod/v4/locales/en.js';
import { ServiceError } from '../../domain/shared/errors.ts';
import { tellUnknown, unknownNames } from './unknown-names.ts';

export type InputPart = 'path' | 'query' | 'body';

/** zod/mini has no messages of its own. These name what was expected and never repeat the input. */
const { localeError } = en();

/** More would only bury the first. */
const MAX_ISSUES = 3;

/**
 * Parses one part of a request.
 * @throws ServiceError 10001 that lists the problems as `field: reason`
 */
export function parseInput<T>(schema: z.ZodMiniType<T>, input: unknown, part: InputPart): T {
  const parsed = schema.safeParse(input, { error: localeError });
  if (parsed.success) return parsed.data;
  throw invalid(parsed.error.issues.map((issue) => `${issue.path.join('.') || part}: ${issue.message}`));
}

/**
 * Rejects a part with a name that none of its schemas has.
 * @throws ServiceError 10001 that names it, and the most similar known one
 */
export function refuseUnknown(schemas: readonly z.ZodMiniType[], input: unknown, part: InputPart): void {
  const kind = part === 'query' ? 'parameter' : 'field';
  const unknown = unknownNames(schemas, input);
  if (unknown.length > 0) throw invalid(unknown.map((each) => tellUnknown(each, kind, part)));
}

/** @throws ServiceError 10001 that names the empty parameters of a query */
export function refuseEmpty(query: Readonly<Record<string, string>>): void {
  const empty = Object.entries(query).filter(([, value]) => value === '');
  if (empty.length > 0) throw invalid(empty.map(([name]) => `${name}: must not be empty; omit it instead`));
}

/**
 * Rejects a body that repeats a path parameter with another value. TiEM's clients repeat them, or send them empty.
 * @throws ServiceError 10001
 */
export function refuseOtherThanPath(body: unknown, params: Readonly<Record<string, string>>): void {
  const given = new Map(Object.entries(body ?? {}));
  const others = Object.entries(params).filter(([name, value]) => (given.get(name) || value) !== value);
  if (others.length > 0) throw invalid(others.map(([name]) => `${name}: must match the path, or be omitted`));
}

function invalid(reasons: readonly string[]): ServiceError {
  return new ServiceError('TIEM_PARAMETER_INVALID', reasons.slice(0, MAX_ISSUES).join('; '));
}
