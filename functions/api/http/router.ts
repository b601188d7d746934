import type { Route, RouteTable } from './route.ts';

/** Prefix of all paths. */
export const BASE_PATH = '/api/v1';

export interface FoundRoute<Deps> {
  /** The route's key in the table. */
  name: string;
  route: Route<Deps>;
  params: Record<string, string>;
}

/** Finds the route for a method and path, with or without a trailing slash. */
export function createRouter<Deps>(
  routes: RouteTable<Deps>,
): (method: string, path: string) => FoundRoute<Deps> | undefined {
  const entries = Object.entries(routes).map(([name, route]) => ({ name, route, pattern: segments(name) }));
  return (method, path) => {
    if (path !== BASE_PATH && !path.startsWith(`${BASE_PATH}/`)) return undefined;
    const asked = segments(`${method} ${path.slice(BASE_PATH.length).replace(/\/$/, '')}`);
    for (const { name, route, pattern } of entries) {
      const params = match(pattern, asked);
      if (params !== undefined) return { name, route, params };
    }
    return undefined;
  };
}

/** `GET /clusters/{clusterId}` → `['GET ', 'clusters', '{clusterId}']` */
function segments(text: string): string[] {
  return text.split('/');
}

function match(pattern: readonly string[], asked: readonly string[]): Record<string, string> | undefined {
  if (pattern.length !== asked.length) return undefined;
  const params: Record<string, string> = {};
  for (const [i, part] of pattern.entries()) {
    const given = asked[i] ?? '';
    if (part.startsWith('{')) params[part.slice(1, -1)] = decode(given);
    else if (part !== given) return undefined;
  }
  return params;
}

/** A segment with its percent escapes decoded; a malformed one stays as it is, for the schema to reject. */
function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
