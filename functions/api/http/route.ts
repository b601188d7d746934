import * as z from 'zod/mini';
import type { Operation } from '../../domain/events/metrics.ts';
import type { ErrorName } from '../../domain/shared/errors.ts';
import { type InputPart, parseInput, refuseEmpty, refuseOtherThanPath, refuseUnknown } from './invalid-input.ts';
import { parseJsonBody } from './json-body.ts';
import type { Scope } from './scopes.ts';

/** A handler's answer, without the envelope. */
export interface Answer<Data> {
  data: Data;
  /** Only for lists. */
  page?: { page: number; pageSize: number; total?: number; nextPageToken?: string };
  /** The same as a file, which is sent instead. */
  file?: AnsweredFile;
}

/** An answer that is not JSON. */
export interface AnsweredFile {
  /** Media type. */
  type: string;
  /** Suggested file name. */
  name: string;
  text: string;
}

/** The raw parts of a request. */
export interface RawRequest {
  method: string;
  params: Record<string, string>;
  /** Repeated parameters have their values joined by commas. */
  query: Record<string, string>;
  /** `undefined` if the request has no body. */
  body: string | undefined;
}

/** A working request, wherever its ids exist, and the `data` of its answer. */
interface Example<Data> {
  params?: Readonly<Record<string, string>>;
  query?: Readonly<Record<string, string>>;
  body?: object;
  data: Data;
}

/** The published description of a route, besides its schemas. */
interface Description<Data> {
  /** The operation under which it is counted. */
  readonly operation: Operation;
  /** One line, for readers of the list of routes. */
  readonly summary: string;
  /** The scope that the caller's token needs. */
  readonly scope: Scope;
  /** Rows of the error table that it can return, besides those of every route. */
  readonly errors: readonly ErrorName[];
  readonly example: Example<Data>;
  /** Set if the answer is only the `data`, in an external format, without the envelope. */
  readonly bare?: boolean;
  /** An example of the answer as CSV, for `format=csv`. Unset if there is none. */
  readonly csv?: string;
}

/** What a request would do, for `?plan=true`. */
interface Planning<Params, Query, Body, Planned, Deps> {
  /** The shape of the plan. */
  schema: z.ZodMiniType<Planned>;
  example: Planned;
  /** Read-only; throws the errors that the request itself would end with. */
  make(request: { params: Params; query: Query; body: Body }, deps: Deps): Promise<Planned>;
}

interface Definition<Params, Query, Body, Data, Deps, Planned> extends Description<Data> {
  params?: z.ZodMiniType<Params>;
  query?: z.ZodMiniType<Query>;
  body?: z.ZodMiniType<Body>;
  /** The shape of the answer's `data`. */
  data: z.ZodMiniType<Data>;
  handle(request: { params: Params; query: Query; body: Body }, deps: Deps): Promise<Answer<Data>>;
  /** Unset if the effect is obvious from the request. */
  plan?: Planning<Params, Query, Body, Planned, Deps>;
}

/**
 * One route: the schemas that check the request and describe the answer, and its work with `Deps`. A table of routes is
 * plain data, so the API can be described without running it.
 */
export interface Route<Deps> extends Description<unknown> {
  readonly schemas: Readonly<Record<'params' | 'query' | 'body' | 'data', z.ZodMiniType>>;
  /** The answer to `?plan=true`; `undefined` if the route has no plans. */
  readonly planned: { readonly data: z.ZodMiniType; readonly example: unknown } | undefined;
  /** @throws ServiceError 10001 for a request that its schemas reject */
  accept(request: RawRequest): AcceptedRequest<Deps>;
}

/** A request that has been checked, but not carried out. */
interface AcceptedRequest<Deps> {
  /** It asks only for its plan, which changes nothing. */
  readonly isPlan: boolean;
  carryOut(deps: Deps): Promise<Answer<unknown>>;
}

/** Routes by `METHOD /path/{param}`; of two that match a request, the earlier wins. */
export type RouteTable<Deps> = Readonly<Record<string, Route<Deps>>>;

/** For a path or query that a route does not use. */
const nothing = z.object({});

/** Some clients send `{}` for an empty body. */
const noBody = z.optional(nothing);

const planChoice = z.enum(['true', 'false'], 'must be true or false');

/** The query parameter of routes with plans. */
export const planQuery = z.object({
  plan: z.optional(
    planChoice.register(z.globalRegistry, { description: 'true: return what would happen, without changing anything' }),
  ),
});

/**
 * Connects a route's schemas with its handler, which sees only parsed values. Unknown names are rejected at any depth,
 * so that a misspelled filter never widens a request.
 */
export function route<Deps, Data, Params = unknown, Query = unknown, Body = unknown, Planned = never>(
  definition: Definition<Params, Query, Body, Data, Deps, Planned>,
): Route<Deps> {
  const { params, query, body, data, handle, plan, ...description } = definition;
  const parts = { params: params ?? nothing, query: query ?? nothing, body: body ?? noBody };
  const inQuery = plan === undefined ? [parts.query] : [parts.query, planQuery];
  return {
    ...description,
    schemas: { ...parts, data },
    planned: plan && { data: z.object({ plan: plan.schema }), example: { plan: plan.example } },
    accept(request) {
      const path = check(params, nothing, request.params, 'path');
      const given = { query: givenQuery(request, inQuery), body: givenBody(request, parts.body) };
      const checked = {
        params: path,
        query: check(query, nothing, given.query, 'query'),
        body: check(body, noBody, given.body, 'body'),
      };
      refuseOtherThanPath(checked.body, request.params);
      if (plan !== undefined && parseInput(planQuery, given.query, 'query').plan === 'true') {
        return { isPlan: true, carryOut: async (deps) => ({ data: { plan: await plan.make(checked, deps) } }) };
      }
      return { isPlan: false, carryOut: (deps) => handle(checked, deps) };
    },
  };
}

/** Without a schema, T is `unknown`: the handler does not use the part. */
function check<T>(schema: z.ZodMiniType<T> | undefined, otherwise: z.ZodMiniType, input: unknown, part: InputPart): T {
  return schema === undefined ? (parseInput(otherwise, input, part) as T) : parseInput(schema, input, part);
}

/**
 * TiEM's clients send all parameters of a `GET`, with empty values for unset ones. In other requests an empty value is
 * probably an unset shell variable, and ignoring it could delete more than intended.
 */
function givenQuery({ method, query }: RawRequest, known: readonly z.ZodMiniType[]): Record<string, string> {
  refuseUnknown(known, query, 'query');
  if (method !== 'GET') {
    refuseEmpty(query);
    return query;
  }
  // API Gateway joins repeated values by commas.
  const set = Object.entries(query).map(([name, value]) => [name, value.split(',').filter(Boolean).join()]);
  return Object.fromEntries(set.filter(([, value]) => value !== ''));
}

/** `undefined` if the request has no body. */
function givenBody({ body: text = '' }: RawRequest, known: z.ZodMiniType): unknown {
  const body = text === '' ? undefined : parseJsonBody(text);
  refuseUnknown([known], body, 'body');
  return body;
}
