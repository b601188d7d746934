import * as z from 'zod/mini';
import { type ErrorName, ServiceError } from '../domain/errors.ts';
import type { Operation } from '../domain/metrics.ts';
import { parseInput } from './invalid-input.ts';
import type { Scope } from './scopes.ts';

/** What a handler answers with; the envelope is put around it elsewhere. */
export interface Answer<Data> {
  data: Data;
  /** Lists alone. */
  page?: { page: number; pageSize: number; total: number };
}

/** The parts of a request before they are checked. */
export interface RawRequest {
  params: Record<string, string>;
  query: Record<string, string>;
  /** Undefined: the request has none. */
  body: string | undefined;
}

/** A request that works where its ids are known, and the `data` of its answer. */
interface Example<Data> {
  params?: Readonly<Record<string, string>>;
  query?: Readonly<Record<string, string>>;
  body?: object;
  data: Data;
}

/** What the published description says of a route beside its schemas. */
interface Description<Data> {
  /** What it is counted as. */
  readonly operation: Operation;
  /** One line, for people who read the list of routes. */
  readonly summary: string;
  /** What the token of its caller must allow. */
  readonly scope: Scope;
  /** Rows of the error table that it can end in, beside those of every route. */
  readonly errors: readonly ErrorName[];
  readonly example: Example<Data>;
  /** Set: the answer is the `data` alone, in a format that is not ours, without the envelope. */
  readonly bare?: boolean;
}

interface Definition<Params, Query, Body, Data, Deps> extends Description<Data> {
  params?: z.ZodMiniType<Params>;
  query?: z.ZodMiniType<Query>;
  body?: z.ZodMiniType<Body>;
  /** The shape of the answer's `data`. */
  data: z.ZodMiniType<Data>;
  handle(request: { params: Params; query: Query; body: Body }, deps: Deps): Promise<Answer<Data>>;
}

/**
 * One route: the schemas that check the request and describe the answer, and what it does with `Deps`. A table of routes is
 * plain data, from which the API can be described without running it.
 */
export interface Route<Deps> extends Description<unknown> {
  readonly schemas: Readonly<Record<'params' | 'query' | 'body' | 'data', z.ZodMiniType>>;
  /** @throws ServiceError 10001 for a request that its schemas refuse */
  accept(request: RawRequest): AcceptedRequest<Deps>;
}

/** A request that has been checked, and is still to be carried out. */
interface AcceptedRequest<Deps> {
  carryOut(deps: Deps): Promise<Answer<unknown>>;
}

/** `METHOD /path/{param}` to its route; of two that match a request, the earlier is taken. */
export type RouteTable<Deps> = Readonly<Record<string, Route<Deps>>>;

/** What a part is that a route does not look at. */
const nothing = z.object({});

/** Joins a route's schemas with its handler, which sees only what they have let through. Unknown fields are dropped. */
export function route<Deps, Data, Params = unknown, Query = unknown, Body = unknown>(
  definition: Definition<Params, Query, Body, Data, Deps>,
): Route<Deps> {
  const { params, query, body, data, handle, ...description } = definition;
  return {
    ...description,
    schemas: { params: params ?? nothing, query: query ?? nothing, body: body ?? nothing, data },
    accept(request) {
      const checked = {
        params: check(params, request.params, 'path'),
        query: check(query, request.query, 'query'),
        body: check(body, body === undefined ? undefined : parseJson(request.body), 'body'),
      };
      return { carryOut: (deps) => handle(checked, deps) };
    },
  };
}

function check<T>(schema: z.ZodMiniType<T> | undefined, input: unknown, part: 'path' | 'query' | 'body'): T {
  // Without a schema T is `unknown`: the handler has no use for the part.
  return schema === undefined ? (undefined as T) : parseInput(schema, input, part);
}

function parseJson(body: string | undefined): unknown {
  if (body === undefined || body === '')
    throw new ServiceError('TIEM_PARAMETER_INVALID', 'body: must be a JSON object');
  try {
    return JSON.parse(body);
  } catch (error) {
    throw new ServiceError('TIEM_PARAMETER_INVALID', 'body: must be JSON', { cause: error });
  }
}
