import { ERRORS, type ErrorName } from '../../domain/shared/errors.ts';
import { CORRELATION_ID_TEXT, derivedIdentifier } from '../../domain/shared/identifiers.ts';
import { FILE_HEADERS } from '../http/file-answer.ts';
import { KEY } from '../http/idempotency.ts';
import { MAX_TOKEN_LENGTH } from '../http/paging.ts';
import { planQuery, type Route } from '../http/route.ts';
import { BASE_PATH } from '../http/router.ts';
import { SCOPES } from '../http/scopes.ts';
import { type JsonSchema, jsonSchemaOf } from './json-schema.ts';
import { OPERATION_NAMES, PARAMETER_DESCRIPTIONS, TAGS } from './operations.ts';

/** Routes with any dependencies. */
type DescribedRoutes = Readonly<Record<string, Route<never>>>;

export interface OpenApiDocument {
  readonly openapi: '3.1.1';
  readonly info: JsonSchema;
  readonly servers: readonly JsonSchema[];
  readonly tags: readonly { readonly name: string; readonly description: string }[];
  /** By path, then by method in lower case. */
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, JsonSchema>>; readonly securitySchemes: JsonSchema };
}

interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly description: string;
  readonly tags: readonly string[];
  readonly security: readonly JsonSchema[];
  /** Not all tools accept a bearer token's scopes in `security`. */
  readonly 'x-required-scopes': readonly string[];
  readonly parameters: readonly Parameter[];
  readonly requestBody?: { readonly required: boolean } & Content;
  /** By HTTP status. */
  readonly responses: Readonly<Record<string, Response>>;
}

interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required: boolean;
  readonly description?: string;
  readonly schema: JsonSchema;
  readonly example?: unknown;
}

interface Response extends Content {
  readonly description: string;
  /** Unset if API Gateway itself answers. */
  readonly headers?: Readonly<Record<string, Pick<Parameter, 'description' | 'schema'>>>;
}

interface Content {
  readonly content: { readonly 'application/json': MediaType; readonly 'text/csv'?: MediaType };
}

type MediaType = { readonly schema: JsonSchema } & Examples;

const DESCRIPTION = `Backup and restore of TiDB clusters, as TiEM (TiUniManager) speaks it.

Every path answers with and without a trailing slash. A success is HTTP 200 with code 0; a failure has its own code, and \`data\` is
empty. Times are RFC 3339 in UTC; one that is not set is \`0001-01-01T00:00:00Z\`. 64-bit numbers (TSO, bytes) are decimal strings.
Unknown parameters and fields are refused (10001); read-only
fields, which \`GET\` returns, are ignored. Refusals by API Gateway itself (401 or 403 without valid credentials, 429 for too many requests, 503 while the function cannot run) have the
body \`{"message": "…"}\`.`;

const FAILURE: JsonSchema = {
  type: 'object',
  properties: {
    code: { type: 'integer', description: "TiEM's number of the error" },
    message: { type: 'string', description: 'What was wrong, and what would be right' },
    data: { type: 'object', additionalProperties: false },
  },
  required: ['code', 'message', 'data'],
  additionalProperties: false,
};

const GATEWAY_REFUSAL: JsonSchema = {
  type: 'object',
  description: "API Gateway's own error",
  properties: { message: { type: 'string', description: "API Gateway's message" } },
  required: ['message'],
};

/** By HTTP status; the service itself returns none of these. */
const GATEWAY_REFUSALS = {
  403: ['Forbidden', "The caller's signature, token or policy does not allow the request"],
  429: ['Too Many Requests', 'More requests than the deployment accepts; retry later'],
  503: [
    'Service Unavailable',
    'The function cannot run right now, or took too long. Retry later, with the same Idempotency-Key if the request changes something',
  ],
} as const;

const PAGE: JsonSchema = {
  type: 'object',
  properties: {
    page: { type: 'integer', minimum: 1 },
    pageSize: { type: 'integer', minimum: 1 },
    total: {
      type: 'integer',
      minimum: 0,
      description:
        'Number of matches on all pages; of backups and workflows, it is up to 10 seconds old if there are more than 500',
    },
    nextPageToken: {
      type: 'string',
      maxLength: MAX_TOKEN_LENGTH,
      description:
        'Send it as `pageToken` to get the next page; records added or removed meanwhile cause no repetitions or gaps. Omitted on the last page',
    },
  },
  required: ['page', 'pageSize', 'total'],
  additionalProperties: false,
};

const { total: _, ...UNCOUNTED } = PAGE.properties ?? {};

const UNCOUNTED_PAGE: JsonSchema = { ...PAGE, properties: UNCOUNTED, required: ['page', 'pageSize'] };

const IDEMPOTENCY_KEY: Parameter = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description: `Chosen by the sender, such as a UUID, and sent again with each retry. The request is carried out only once:
within 24 hours, each retry by the same caller with the same path, query and body gets the same answer, even a refusal. Another
request with the key is refused (10001), and so is a retry while the first is still running (20114: retry in some seconds).
After a failure of the service (5xx), a retry starts again; if the first request crashed, a retry continues it.`,
  schema: { type: 'string', pattern: KEY.source, minLength: 1, maxLength: 255 },
};

const CORRELATION_ID: Parameter = {
  name: 'X-Correlation-Id',
  in: 'header',
  required: false,
  description: `Identifies the request, and what follows from it, in the service's logs and events, and in SQL comments for TiDB. The
pattern is advisory: another value is not refused, but replaced by API Gateway's request id.`,
  schema: { type: 'string', pattern: CORRELATION_ID_TEXT.source },
  example: 'order-4711',
};

/** Headers of every answer of the service. */
const ANSWER_HEADERS: Response['headers'] = {
  [CORRELATION_ID.name]: { description: "The request's, or the id assigned to it", schema: CORRELATION_ID.schema },
};

/** Contact for readers of the document. */
const CONTACT = { name: 'The operators of this deployment' };

const LICENSE = { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' };

const SECURITY_SCHEMES: JsonSchema = {
  iam: {
    type: 'apiKey',
    in: 'header',
    name: 'Authorization',
    description: 'AWS Signature Version 4, unless the deployment names an issuer of tokens',
    'x-amazon-apigateway-authtype': 'awsSigv4',
  },
  jwt: {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description: `Its scopes: ${Object.entries(SCOPES)
      .map(([scope, opens]) => `\`${scope}\` — ${opens}`)
      .join('; ')}`,
  },
};

/** A single example, or one for each case. */
interface Examples {
  readonly example?: unknown;
  readonly examples?: Readonly<Record<string, { readonly value: unknown }>>;
}

/** Errors of every request. */
const COMMON_ERRORS: readonly ErrorName[] = [
  'TIEM_PARAMETER_INVALID',
  'TIEM_UNAUTHORIZED_USER',
  'TIEM_UNRECOGNIZED_ERROR',
];

/** Errors of every request that changes something, if its idempotency key is in use. */
const COMMAND_ERRORS: readonly ErrorName[] = [...COMMON_ERRORS, 'TIEM_CLUSTER_MAINTENANCE_CONFLICT'];

/**
 * The OpenAPI 3.1 description of a table of routes, generated from the schemas that check requests and describe
 * answers.
 */
export function openApiDocument(routes: DescribedRoutes): OpenApiDocument {
  const schemas: Record<string, JsonSchema> = {
    ...{ Failure: FAILURE, GatewayRefusal: GATEWAY_REFUSAL },
    ...{ Page: PAGE, UncountedPage: UNCOUNTED_PAGE },
  };
  const paths: Record<string, Record<string, Operation>> = {};
  for (const [name, route] of Object.entries(routes)) {
    const [method = '', path = ''] = name.split(' ');
    paths[path] = { ...paths[path], [method.toLowerCase()]: operation(method, route, schemas) };
  }
  return {
    openapi: '3.1.1',
    info: { title: 'tidb-backup', version: '1', description: DESCRIPTION, contact: CONTACT, license: LICENSE },
    // Relative to this document, so that it is the same on every deployment.
    servers: [{ url: BASE_PATH }],
    tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
    paths,
    components: { schemas, securitySchemes: SECURITY_SCHEMES },
  };
}

function operation(
  method: string,
  { operation: name, summary, scope, errors, schemas, example, planned, bare, csv }: Route<never>,
  components: Record<string, JsonSchema>,
): Operation {
  const query = jsonSchemaOf(schemas.query, 'input', components);
  const body = jsonSchemaOf(schemas.body, 'input', components);
  const data = jsonSchemaOf(schemas.data, 'output', components);
  const isCommand = method !== 'GET';
  const { operationId, tag } = OPERATION_NAMES[name];
  const hasBody = Object.keys(body.properties ?? {}).length > 0;
  const bodyName = `${operationId.charAt(0).toUpperCase()}${operationId.slice(1)}Request`;
  if (hasBody) components[bodyName] = body;
  return {
    operationId,
    summary,
    description: `${summary}.${planned ? ' With `plan=true` it returns what it would do, without changing anything.' : ''} Needs the scope \`${scope}\`.`,
    tags: [tag],
    security: [{ iam: [] }, { jwt: [] }],
    'x-required-scopes': [scope],
    parameters: [
      ...parameters('path', jsonSchemaOf(schemas.params, 'input', components), example.params),
      ...parameters('query', query, example.query),
      ...(planned ? parameters('query', jsonSchemaOf(planQuery, 'input', components)) : []),
      ...(isCommand ? [{ ...IDEMPOTENCY_KEY, example: derivedIdentifier(operationId, 1) }] : []),
      CORRELATION_ID,
    ],
    ...(hasBody && {
      requestBody: {
        required: !schemas.body.safeParse(undefined).success,
        content: {
          'application/json': {
            schema: { $ref: `#/components/schemas/${bodyName}` },
            ...(example.body && { example: example.body }),
          },
        },
      },
    }),
    responses: {
      200: bare
        ? response('The document', data)
        : withCsv(
            csv,
            success(planned ? { anyOf: [data, planOf(planned, components)] } : data, example.data, pageOf(query)),
          ),
      ...failures([...(isCommand ? COMMAND_ERRORS : COMMON_ERRORS), ...errors]),
      ...gatewayRefusals(),
    },
  };
}

/** Page information of an example: lists with page numbers are counted. */
function pageOf({ properties = {} }: JsonSchema): JsonSchema | undefined {
  if (properties.pageToken === undefined) return undefined;
  return { page: 1, pageSize: 10, ...(properties.page && { total: 1 }) };
}

function withCsv(example: string | undefined, { headers, content, ...rest }: Response): Response {
  if (example === undefined) return { ...rest, headers, content };
  const ofFile = Object.entries(FILE_HEADERS).map(([name, description]) => [
    name,
    { description: `With \`format=csv\`: ${description}`, schema: { type: 'string' } },
  ]);
  return {
    ...rest,
    headers: { ...headers, ...Object.fromEntries(ofFile) },
    content: { ...content, 'text/csv': { schema: { type: 'string' }, example } },
  };
}

function planOf(
  { data, example }: NonNullable<Route<never>['planned']>,
  components: Record<string, JsonSchema>,
): JsonSchema {
  return { ...jsonSchemaOf(data, 'output', components), examples: [example] };
}

function parameters(
  place: Parameter['in'],
  schema: JsonSchema,
  examples: Readonly<Record<string, string>> = {},
): Parameter[] {
  return Object.entries(schema.properties ?? {}).map(([name, { description, ...property }]) => ({
    name,
    in: place,
    required: schema.required?.includes(name) ?? false,
    description: description ?? PARAMETER_DESCRIPTIONS[name] ?? '',
    schema: property,
    ...(name in examples && { example: typed(examples[name], property) }),
  }));
}

/** A query value, as its schema describes it. */
function typed(text: string | undefined, { type }: JsonSchema): unknown {
  if (type === 'array') return [text];
  return type === 'integer' ? Number(text) : text;
}

function success(data: JsonSchema, example: unknown, page: JsonSchema | undefined): Response {
  const envelope = {
    type: 'object',
    properties: {
      code: { const: 0 },
      message: { const: 'OK' },
      data,
      ...(page && { page: { $ref: `#/components/schemas/${'total' in page ? 'Page' : 'UncountedPage'}` } }),
    },
    required: ['code', 'message', 'data', ...(page ? ['page'] : [])],
    additionalProperties: false,
  };
  return response('OK', envelope, { example: { code: 0, message: 'OK', data: example, ...(page && { page }) } });
}

/** One response per status, with all the errors that have it. */
function failures(names: readonly ErrorName[]): Record<string, Response> {
  const byStatus = Object.groupBy(new Set(names), (name) => ERRORS[name].httpStatus);
  const responses = Object.entries(byStatus).map(([status, ofStatus = []]) => [status, failure(ofStatus)]);
  // A body that is too large has the code of every invalid request.
  return { ...Object.fromEntries(responses), 413: failure(['TIEM_PARAMETER_INVALID'], 'request body too large') };
}

function gatewayRefusals(): Record<string, Response> {
  const schema = { $ref: '#/components/schemas/GatewayRefusal' };
  const refusals = Object.entries(GATEWAY_REFUSALS).map(([status, [message, description]]) => [
    status,
    { description, content: { 'application/json': { schema, example: { message } } } },
  ]);
  return Object.fromEntries(refusals);
}

function failure(
  names: readonly ErrorName[],
  description = names.map((name) => ERRORS[name].message).join('; '),
): Response {
  const codes = names.map((name) => ERRORS[name].code);
  const schema = {
    allOf: [{ $ref: '#/components/schemas/Failure' }, { properties: { code: { enum: codes } } }],
  };
  const examples = names.map((name) => {
    const { code, message } = ERRORS[name];
    return [name, { value: { code, message, data: {} } }] as const;
  });
  return response(description, schema, { examples: Object.fromEntries(examples) });
}

function response(description: string, schema: JsonSchema, examples: Examples = {}): Response {
  return { description, headers: ANSWER_HEADERS, content: { 'application/json': { schema, ...examples } } };
}
