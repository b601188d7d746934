import fc from 'fast-check';
import { BASE_PATH } from '../../../functions/api/http/router.ts';
import type { JsonSchema } from '../../../functions/api/openapi/json-schema.ts';
import { ALL_ROUTES, THIS_API } from '../../../functions/api/openapi/this-api.ts';
import { fieldsOf, type Manner, ofSchema, orElse } from './of-schema.ts';
import { hostileText, hostileValue } from './texts.ts';

/** A request as API Gateway passes it on; its route decides its contents. */
export interface HostileRequest {
  method: string;
  /** Path with the base path, percent escapes decoded, as in API Gateway. */
  rawPath: string;
  query: Record<string, string>;
  headers: Record<string, string>;
  body: string | undefined;
  isBase64Encoded: boolean;
  /** What API Gateway says about the caller; `undefined` for nothing. */
  authorizer: object | undefined;
}

/**
 * Requests generated from the OpenAPI document. Of fourteen, one is a route's example or asks for its plan; another is valid except in a
 * place or two, so that it gets far; the others have one or more invalid values.
 */
export function hostileRequests(likely: Manner['likely']): fc.Arbitrary<HostileRequest> {
  const each = (of: (name: RouteName) => fc.Arbitrary<HostileRequest>) =>
    fc.oneof(
      ...ROUTE_NAMES.map((name) => ({
        // Requests that change something can do more harm.
        weight: name.startsWith('GET') ? 1 : 2,
        arbitrary: of(name),
      })),
    );
  return fc.oneof(
    { weight: 1, arbitrary: each((name) => fc.constantFrom(...examplesOf(name))) },
    { weight: 1, arbitrary: each((name) => ofRoute(name, { likely, oneIn: 40 })) },
    { weight: 12, arbitrary: each((name) => ofRoute(name, { likely, oneIn: 3 })) },
  );
}

type RouteName = keyof typeof ALL_ROUTES;
const ROUTE_NAMES = Object.keys(ALL_ROUTES) as RouteName[];

function examplesOf(name: RouteName): HostileRequest[] {
  const example = exampleOf(name);
  const asksForPlan = { ...example, query: { ...example.query, plan: 'true' } };
  return ALL_ROUTES[name].planned === undefined ? [example] : [example, asksForPlan];
}

function exampleOf(name: RouteName): HostileRequest {
  const { params = {}, query = {}, body } = ALL_ROUTES[name].example;
  const [method = '', path = ''] = name.split(' ');
  return {
    method,
    rawPath: BASE_PATH + path.replace(/\{(\w+)\}/g, (_, param: string) => params[param] ?? ''),
    query: { ...query },
    headers: {},
    body: body && JSON.stringify(body),
    isBase64Encoded: false,
    authorizer: undefined,
  };
}

function ofRoute(name: RouteName, manner: Manner): fc.Arbitrary<HostileRequest> {
  const [method = '', path = ''] = name.split(' ');
  const operation = THIS_API.paths[path]?.[method.toLowerCase()];
  if (operation === undefined) throw new Error(`${name} is not described`);
  const schemaOf = (place: 'path' | 'query'): JsonSchema => {
    const parameters = operation.parameters.filter((parameter) => parameter.in === place);
    return {
      properties: Object.fromEntries(parameters.map((parameter) => [parameter.name, parameter.schema])),
      required: parameters.filter(({ required }) => required).map((parameter) => parameter.name),
    };
  };
  const body = operation.requestBody?.content['application/json'].schema;
  const mostly = <Right, Wrong>(right: fc.Arbitrary<Right>, wrong: fc.Arbitrary<Wrong>) =>
    orElse({ oneIn: 25 }, right, wrong);
  return fc
    .record({
      method: mostly(fc.constant(method), fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'get', '')),
      rawPath: mostly(
        pathOf(path, schemaOf('path'), manner),
        hostileText.map((text) => `${BASE_PATH}/${text}`),
      ),
      query: fieldsOf(schemaOf('query'), manner).map(asTexts),
      headers: mostly(fc.constant({}), headers),
      body: mostly(body === undefined ? fc.constant(undefined) : jsonOf(body, manner), bodyText),
      isBase64Encoded: mostly(fc.constant(false), fc.constant(true)),
      authorizer: mostly(fc.constant(undefined), authorizer),
    })
    .map((request) => (request.isBase64Encoded ? { ...request, body: base64(request.body) } : request));
}

function pathOf(path: string, schema: JsonSchema, manner: Manner): fc.Arbitrary<string> {
  const parameters = Object.entries(schema.properties ?? {});
  return fc
    .tuple(fc.tuple(...parameters.map(([name, each]) => ofSchema(each, manner, name))), fc.boolean())
    .map(([values, hasSlash]) => {
      const filled = parameters.reduce((text, [name], at) => text.replace(`{${name}}`, () => asText(values[at])), path);
      return `${BASE_PATH}${filled}${hasSlash ? '/' : ''}`;
    });
}

const jsonOf = (schema: JsonSchema, manner: Manner) => fieldsOf(schema, manner).map((fields) => JSON.stringify(fields));

/** Bodies that are no JSON object, or barely one. */
const bodyText: fc.Arbitrary<string> = fc.oneof(
  hostileText,
  hostileValue.map((value) => JSON.stringify(value)),
  fc.constantFrom(
    '{"clusterId":',
    '{"clusterId":"orders"}{"clusterId":"orders"}',
    '{"clusterId":"orders","clusterId":"..","__proto__":{"backupMode":"auto"}}',
    '[{"clusterId":"orders"}]',
    `{"clusterId":"${'a'.repeat(65_536)}"}`,
    `${'['.repeat(30_000)}${']'.repeat(30_000)}`,
    `${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`,
    '\ufeff{"clusterId":"orders"}',
    '{"clusterId":"\\ud800"}',
    '1e999',
    'undefined',
  ),
);

/** Headers that the service reads, or might read. */
const headers: fc.Arbitrary<Record<string, string>> = fc.dictionary(
  fc.constantFrom('x-correlation-id', 'idempotency-key', 'content-type', 'content-length', 'authorization', 'host'),
  hostileText,
);

/** Callers with all kinds of tokens that API Gateway lets through: it has checked only signature and time. */
const authorizer: fc.Arbitrary<object> = fc
  .dictionary(
    fc.constantFrom('scope', 'scp', 'sub', 'tenant', 'exp'),
    fc.oneof(hostileValue, fc.constant('backup:read backup:admin')),
  )
  .map((claims) => ({ jwt: { claims, scopes: null } }));

/** The text of any value, including those that have none. */
function asText(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value));
}

function asTexts(fields: object): Record<string, string> {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, asText(value)]));
}

function base64(body: string | undefined): string | undefined {
  return body === undefined ? undefined : Buffer.from(body).toString('base64');
}
