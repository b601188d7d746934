import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { createRouter } from '../../functions/api/http/router.ts';
import { ALL_ROUTES, THIS_API } from '../../functions/api/openapi/this-api.ts';

interface SentAnswer {
  method: string;
  /** As sent, with the base path. */
  path: string;
  status: number;
  body: unknown;
}

const find = createRouter<never>(ALL_ROUTES);
const ajv = new Ajv2020({
  strict: false,
  // Other tests check that the document and its schemas are valid; here only the needed schemas are compiled, each once.
  meta: false,
  validateSchema: false,
  inlineRefs: false,
  code: { optimize: false },
  formats: { 'date-time': /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z$/ },
});
ajv.addSchema(THIS_API, 'api');

/**
 * Checks an answer against `GET /openapi.json`: it must be documented for its route and status, to the last field.
 * @throws with what is not documented
 */
export function expectDocumented({ method, path, status, body }: SentAnswer): void {
  if (isOfApiGateway(body)) return;
  const route = find(method, path)?.name;
  const validate = route === undefined ? failureValidator(status) : validatorOf(route, status);
  const sent = `${method} ${path} answered ${status} ${JSON.stringify(body)}`;
  if (validate === undefined) throw new Error(`${sent}: no such status is documented for ${route ?? 'no route'}`);
  if (!validate(body)) throw new Error(`${sent}, which is not as documented: ${ajv.errorsText(validate.errors)}`);
}

/** Like {@link expectDocumented}, for a CSV file. */
export function expectDocumentedCsv({ method, path, status }: Omit<SentAnswer, 'body'>): void {
  const [, template = ''] = find(method, path)?.name.split(' ') ?? [];
  const documented = THIS_API.paths[template]?.[method.toLowerCase()]?.responses[status]?.content['text/csv'];
  if (documented === undefined) throw new Error(`${method} ${path} answered ${status} as CSV, which is not documented`);
}

/** What API Gateway refuses by itself never reached a function. */
function isOfApiGateway(body: unknown): boolean {
  return typeof body === 'object' && body !== null && Object.keys(body).join() === 'message';
}

function validatorOf(route: string, status: number): ValidateFunction | undefined {
  const [method = '', path = ''] = route.split(' ');
  return validatorAt(
    'paths',
    path,
    method.toLowerCase(),
    'responses',
    String(status),
    'content',
    'application/json',
    'schema',
  );
}

/** For a request without a route. */
function failureValidator(status: number): ValidateFunction | undefined {
  return status === 404 || status === 413 ? validatorAt('components', 'schemas', 'Failure') : undefined;
}

/** The schema at these keys of the document, if there is one. */
function validatorAt(...keys: string[]): ValidateFunction | undefined {
  const pointer = keys.map((key) => encodeURIComponent(key.replaceAll('~', '~0').replaceAll('/', '~1')));
  return ajv.getSchema(`api#/${pointer.join('/')}`);
}
