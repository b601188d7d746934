import type { paths } from './api.ts';

type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';

type Operation<M extends string, P extends keyof paths> =
  Lowercase<M> extends keyof paths[P] ? paths[P][Lowercase<M>] : never;

/** A route as in the documentation: `POST /backups`. */
export type Route = {
  [P in keyof paths]: { [M in Method]: [Operation<M, P>] extends [never] ? never : `${M} ${P}` }[Method];
}[keyof paths];

type OperationOf<R extends Route> = R extends `${infer M} ${infer P extends keyof paths}` ? Operation<M, P> : never;

type ParametersOf<R extends Route, In extends 'path' | 'query'> =
  OperationOf<R> extends { parameters: { [K in In]?: infer Values } } ? Exclude<Values, undefined> : never;

type BodyOf<R extends Route> =
  OperationOf<R> extends { requestBody?: { content: { 'application/json': infer Body } } } ? Body : never;

type AnswerOf<R extends Route> =
  OperationOf<R> extends { responses: { 200: { content: { 'application/json': infer Answer } } } } ? Answer : never;

/** A part of the input: absent, optional if all its fields are, otherwise required. */
type Part<Name extends string, Values> = [Values] extends [never]
  ? unknown
  : Record<never, never> extends Values
    ? { readonly [K in Name]?: Values }
    : { readonly [K in Name]: Values };

/** Plans and files have their own methods; the plan of an import is a workflow, like the import itself. */
type OwnQuery<R extends Route> = [ParametersOf<R, 'query'>] extends [never]
  ? never
  : Omit<ParametersOf<R, 'query'>, 'format' | ([Plan<R>] extends [never] ? never : 'plan')>;

/** Input of the route: path parameters, query, body. */
export type Input<R extends Route> = Part<'path', ParametersOf<R, 'path'>> &
  Part<'query', OwnQuery<R>> &
  Part<'body', BodyOf<R>>;

/** An answer without an envelope is the document itself. */
type AnyData<R extends Route> = AnswerOf<R> extends { data: infer D } ? D : AnswerOf<R>;

/** The content of the answer's envelope. */
export type Data<R extends Route> = Exclude<AnyData<R>, { plan: unknown }>;

/** Routes that change something: each has a plan. */
export type ChangeRoute = { [R in Route]: [Plan<R>] extends [never] ? never : R }[Route];

export type Plan<R extends Route> = Extract<AnyData<R>, { plan: unknown }> extends { plan: infer P } ? P : never;

/** Routes that return a file with `format=csv`. */
export type FileRoute = {
  [R in Route]: ParametersOf<R, 'query'> extends { format?: infer _ } ? R : never;
}[Route];

/** Routes that return pages. */
export type ListRoute = { [R in Route]: AnswerOf<R> extends { page: unknown } ? R : never }[Route];

export interface PageInfo {
  readonly page: number;
  readonly pageSize: number;
  /** Number of matches on all pages, if the API counts them. */
  readonly total?: number;
  readonly nextPageToken?: string;
}
