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

/** What an API is described by: routes of any dependencies. */
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
  /** A bearer's scopes have no place in `security` that all tools take. */
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
  /** None if API Gateway gives it. */
  readonly headers?: Readonly<Record<string, Pick<Parameter, 'description' | 'schema'>>>;
}

interface Content {
  readonly content: { readonly 'application/json': MediaType; readonly 'text/csv'?: MediaType };
}

type MediaType = { readonly schema: JsonSchema } & Examples;

const DESCRIPTION = `Backup and restore of TiDB clusters, as TiEM (TiUniManager) speaks it.

Every path answers with and without a trailing slash. A success is HTTP 200 with code 0; a failure has its own code, and \`data\` is
empty. Times are RFC 3339 in UTC; one that is not set is \`0001-01-01T00:00:00Z\`. 64-bit numbers (TSO, bytes) are decimal strings.
A request with a parameter or field that its route does not know is refused (10001); read-only
fields, which a \`GET\` has answered, are ignored. What API Gateway refuses itself (401 or 403 without valid credentials, 429 for too many requests, 503 while the function cannot be run) has the
body \`{"message": "…"}\`.`;

const FAILURE: JsonSchema = {
  type: 'object',
  properties: {
    code: { type: 'integer', description: "The error's number in TiEM's table" },
    message: { type: 'string', description: 'What was wrong, and what would be right' },
    data: { type: 'object', additionalProperties: false },
  },
  required: ['code', 'message', 'data'],
  additionalProperties: false,
};

const GATEWAY_REFUSAL: JsonSchema = {
  type: 'object',
  description: 'What API Gateway answers by itself',
  properties: { message: { type: 'string', description: "API Gateway's words" } },
  required: ['message'],
};

/** By HTTP status; of these none is the service's own. */
const GATEWAY_REFUSALS = {
  403: ['Forbidden', 'The signature, the token or the policy of the caller does not allow it'],
  429: ['Too Many Requests', 'More requests than the deployment takes at once; send it again later'],
  503: [
    'Service Unavailable',
    'The function cannot be run just now, or took too long. Send it again later, with the same Idempotency-Key if it changes something',
  ],
} as const;

const PAGE: JsonSchema = {
  type: 'object',
  properties: {
    page: { type: 'integer', minimum: 1 },
    pageSize: { type: 'integer', minimum: 1 },
    total: { type: 'integer', minimum: 0, description: 'How many match, on all pages' },
    nextPageToken: {
      type: 'string',
      maxLength: MAX_TOKEN_LENGTH,
      description:
        'Sent as `pageToken`, it is answered with the next page: records that come or go meanwhile are neither repeated nor skip others. Absent on the last page',
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
  description: `Of the sender's choosing, a UUID say, and the same when the request is sent again. Then the request is carried out once:
within 24 hours every repetition, of the same caller with the same path, query and body, gets the same answer, a refusal too. Another
request with the key is refused (10001), and so is a repetition while the first is being carried out (20114: repeat it in some seconds).
After a failure of the service (5xx) a repetition is carried out anew; a request that died on the way is taken up.`,
  schema: { type: 'string', pattern: KEY.source, minLength: 1, maxLength: 255 },
};

const CORRELATION_ID: Parameter = {
  name: 'X-Correlation-Id',
  in: 'header',
  required: false,
  description: `Names the request, and what follows from it, in the service's logs and events, and in the SQL that TiDB is sent. The
pattern is advisory: a value that does not fit is not refused but replaced by API Gateway's id of the request.`,
  schema: { type: 'string', pattern: CORRELATION_ID_TEXT.source },
  example: 'order-4711',
};

/** Of every answer of the service. */
const ANSWER_HEADERS: Response['headers'] = {
  [CORRELATION_ID.name]: { description: 'As in the request, or as it was given', schema: CORRELATION_ID.schema },
};

/** Whom a reader of the document may ask. */
const CONTACT = { name: 'The operators of this deployment' };

const LICENSE = { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' };

const SECURITY_SCHEMES: JsonSchema = {
  iam: {
    type: 'apiKey',
    in: 'header',
    name: 'Authorization',
    description: 'AWS Signature Version 4; unless the deployment names an issuer of tokens',
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

/** Either one, or one for each thing that may be. */
interface Examples {
  readonly example?: unknown;
  readonly examples?: Readonly<Record<string, { readonly value: unknown }>>;
}

/** What any request can end in. */
const COMMON_ERRORS: readonly ErrorName[] = [
  'TIEM_PARAMETER_INVALID',
  'TIEM_UNAUTHORIZED_USER',
  'TIEM_UNRECOGNIZED_ERROR',
];

/** And one that changes something, if it carries a key that is in use. */
const COMMAND_ERRORS: readonly ErrorName[] = [...COMMON_ERRORS, 'TIEM_CLUSTER_MAINTENANCE_CONFLICT'];

/** The OpenAPI 3.1 description of a table of routes, made of the schemas that check the requests and describe the answers. */
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
    // Relative to where this document lies: the same on every deployment.
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
    description: `${summary}.${planned ? ' With `plan=true` it says what it would do, and changes nothing.' : ''} Takes the scope \`${scope}\`.`,
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

/** Where a page stands, by an example: a list that can be asked for by number is counted. */
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

/** A query's value as its schema describes it. */
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

/** One response for each status, with all the errors that have it. */
function failures(names: readonly ErrorName[]): Record<string, Response> {
  const byStatus = Object.groupBy(new Set(names), (name) => ERRORS[name].httpStatus);
  const responses = Object.entries(byStatus).map(([status, ofStatus = []]) => [status, failure(ofStatus)]);
  // A body that is too large is refused under the code of all that is wrong with a request.
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
