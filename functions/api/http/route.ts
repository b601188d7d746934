import * as z from 'zod/mini';
import type { Operation } from '../../domain/events/metrics.ts';
import type { ErrorName } from '../../domain/shared/errors.ts';
import { type InputPart, parseInput, refuseEmpty, refuseOtherThanPath, refuseUnknown } from './invalid-input.ts';
import { parseJsonBody } from './json-body.ts';
import type { Scope } from './scopes.ts';

/** What a handler answers with; the envelope is put around it elsewhere. */
export interface Answer<Data> {
  data: Data;
  /** Lists alone. */
  page?: { page: number; pageSize: number; total?: number; nextPageToken?: string };
  /** The same as a file, which is answered in its place. */
  file?: AnsweredFile;
}

/** An answer that is not JSON. */
export interface AnsweredFile {
  /** Media type. */
  type: string;
  /** What a browser saves it as. */
  name: string;
  text: string;
}

/** The parts of a request before they are checked. */
export interface RawRequest {
  method: string;
  params: Record<string, string>;
  /** A parameter that is given several times has its values joined by commas. */
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
  /** An example of the answer as CSV, which callers ask for with `format=csv`. Absent: there is none. */
  readonly csv?: string;
}

/** What a request would do, for whoever asks with `?plan=true`. */
interface Planning<Params, Query, Body, Planned, Deps> {
  /** The shape of the plan. */
  schema: z.ZodMiniType<Planned>;
  example: Planned;
  /** Changes nothing, and refuses what the request itself would be refused for. */
  make(request: { params: Params; query: Query; body: Body }, deps: Deps): Promise<Planned>;
}

interface Definition<Params, Query, Body, Data, Deps, Planned> extends Description<Data> {
  params?: z.ZodMiniType<Params>;
  query?: z.ZodMiniType<Query>;
  body?: z.ZodMiniType<Body>;
  /** The shape of the answer's `data`. */
  data: z.ZodMiniType<Data>;
  handle(request: { params: Params; query: Query; body: Body }, deps: Deps): Promise<Answer<Data>>;
  /** Absent: what it would do is plain from the request. */
  plan?: Planning<Params, Query, Body, Planned, Deps>;
}

/**
 * One route: the schemas that check the request and describe the answer, and what it does with `Deps`. A table of routes is
 * plain data, from which the API can be described without running it.
 */
export interface Route<Deps> extends Description<unknown> {
  readonly schemas: Readonly<Record<'params' | 'query' | 'body' | 'data', z.ZodMiniType>>;
  /** Of the answer to a request that asks for its plan; undefined: it cannot be asked for. */
  readonly planned: { readonly data: z.ZodMiniType; readonly example: unknown } | undefined;
  /** @throws ServiceError 10001 for a request that its schemas refuse */
  accept(request: RawRequest): AcceptedRequest<Deps>;
}

/** A request that has been checked, and is still to be carried out. */
interface AcceptedRequest<Deps> {
  /** It asks what it would do: nothing is changed by it, however often it is sent. */
  readonly isPlan: boolean;
  carryOut(deps: Deps): Promise<Answer<unknown>>;
}

/** `METHOD /path/{param}` to its route; of two that match a request, the earlier is taken. */
export type RouteTable<Deps> = Readonly<Record<string, Route<Deps>>>;

/** Of a path or a query that a route has no use for. */
const nothing = z.object({});

/** Some clients send `{}` where there is nothing to say. */
const noBody = z.optional(nothing);

const planChoice = z.enum(['true', 'false'], 'must be true or false');

/** What the query of a route that plans may have beside its own. */
export const planQuery = z.object({
  plan: z.optional(
    planChoice.register(z.globalRegistry, { description: 'true: say what would happen, and change nothing' }),
  ),
});

/**
 * Joins a route's schemas with its handler, which sees only what they have let through: what a request names and they do not is
 * refused, at any depth, so that a misspelled filter never widens what is asked for.
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

/** Without a schema of the route's T is `unknown`: the handler has no use for the part. */
function check<T>(schema: z.ZodMiniType<T> | undefined, otherwise: z.ZodMiniType, input: unknown, part: InputPart): T {
  return schema === undefined ? (parseInput(otherwise, input, part) as T) : parseInput(schema, input, part);
}

/**
 * TiEM's clients send all parameters of a `GET`, those that are not set as empty ones. Elsewhere an empty one is a shell variable
 * that is not set, without which a deletion would take more than was meant.
 */
function givenQuery({ method, query }: RawRequest, known: readonly z.ZodMiniType[]): Record<string, string> {
  refuseUnknown(known, query, 'query');
  if (method !== 'GET') {
    refuseEmpty(query);
    return query;
  }
  // API Gateway joins the values of one name by commas.
  const set = Object.entries(query).map(([name, value]) => [name, value.split(',').filter(Boolean).join()]);
  return Object.fromEntries(set.filter(([, value]) => value !== ''));
}

/** Undefined: the request has none. */
function givenBody({ body: text = '' }: RawRequest, known: z.ZodMiniType): unknown {
  const body = text === '' ? undefined : parseJsonBody(text);
  refuseUnknown([known], body, 'body');
  return body;
}
