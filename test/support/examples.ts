import type { Route } from '../../functions/api/http/route.ts';

/** The request of a route's example, as the test API client takes it. */
export function requestOf(name: string, { example }: Route<never>): { target: string; body: object | undefined } {
  const path = name.replace(/\{(\w+)\}/g, (_, param: string) => example.params?.[param] ?? '');
  const query = new URLSearchParams(example.query).toString();
  return { target: query === '' ? path : `${path}?${query}`, body: example.body };
}
