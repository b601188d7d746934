import { Validator } from '@seriousme/openapi-schema-validator';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import type { JsonSchema } from '../../../../functions/api/openapi/json-schema.ts';
import { ALL_ROUTES, THIS_API } from '../../../../functions/api/openapi/this-api.ts';
import { ERRORS, type ErrorName } from '../../../../functions/domain/shared/errors.ts';

const operations = Object.entries(THIS_API.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ name: `${method.toUpperCase()} ${path}`, ...operation })),
);
const routes = Object.entries(ALL_ROUTES);
const planned = routes.flatMap(([name, route]) => (route.planned ? [[name, route.planned.example] as const] : []));

describe('the published description', () => {
  it('is valid OpenAPI 3.1', async () => {
    const validator = new Validator();

    const { valid, errors } = await validator.validate(JSON.parse(JSON.stringify(THIS_API)));

    expect(errors).toBeUndefined();
    expect([valid, validator.version]).toEqual([true, '3.1']);
  });

  it('has exactly the routes of the service, each with its own id', () => {
    expect(operations.map(({ name }) => name).sort()).toEqual(routes.map(([name]) => name).sort());
    expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(routes.length);
  });

  it('names its parts, and refers only to existing ones', () => {
    const { schemas } = THIS_API.components;
    const references = [...JSON.stringify(THIS_API).matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)];

    expect(Object.keys(schemas)).toEqual(
      expect.arrayContaining(['Failure', 'Page', 'Cluster', 'BackupRecord', 'BackupStrategy', 'WorkFlowInfo']),
    );
    for (const [, name = ''] of references) expect(schemas).toHaveProperty(name);
  });

  it('explains the absence of each optional field', () => {
    const unsaid = Object.entries(THIS_API.components.schemas).flatMap(([name, { properties = {}, required = [] }]) =>
      Object.entries(properties)
        .filter(([field, { description }]) => !required.includes(field) && description === undefined)
        .map(([field]) => `${name}.${field}`),
    );

    expect(unsaid).toEqual([]);
  });

  it('has every error of the table, except those that only appear in records or workflows', () => {
    const told: ErrorName[] = [
      'TIEM_CONNECT_TIDB_ERROR',
      'TIEM_BACKUP_FILE_DELETE_FAILED',
      'TIEM_BACKUP_PATH_CREATE_FAILED',
    ];
    const answered = operations.flatMap(({ responses }) =>
      Object.values(responses).flatMap(({ content }) => Object.keys(content['application/json'].examples ?? {})),
    );

    expect([...new Set([...answered, ...told])].sort()).toEqual(Object.keys(ERRORS).sort());
  });

  it.each(operations)('$name: the examples match the schemas', ({ parameters, requestBody, responses }) => {
    const ajv = new Ajv2020({ strict: false, validateFormats: false });
    const fits = (schema: JsonSchema, example: unknown) =>
      ajv.validate({ ...schema, components: THIS_API.components }, example) || ajv.errors;

    for (const { schema, example } of parameters) {
      if (example !== undefined) expect(fits(schema, example)).toBe(true);
    }
    for (const { content } of [...Object.values(responses), ...(requestBody ? [requestBody] : [])]) {
      const { schema, example, examples = {} } = content['application/json'];
      if (example !== undefined) expect(fits(schema, example)).toBe(true);
      for (const { value } of Object.values(examples)) expect(fits(schema, value)).toBe(true);
    }
  });

  it.each(planned)('%s: the example of its plan is an answer, and is in the description', (name, data) => {
    const ajv = new Ajv2020({ strict: false, validateFormats: false });
    const { parameters, responses } = operations.find((operation) => operation.name === name) ?? {};
    const schema = responses?.[200]?.content['application/json'].schema;

    const fits = ajv.validate({ ...schema, components: THIS_API.components }, { code: 0, message: 'OK', data });

    expect(fits || ajv.errors).toBe(true);
    expect(JSON.stringify(schema)).toContain(JSON.stringify(data));
    expect(parameters).toContainEqual(expect.objectContaining({ name: 'plan', in: 'query', required: false }));
  });
});
