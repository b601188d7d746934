import { expect, it } from 'vitest';
import { ERROR_NAMES } from '../../../clients/typescript/api.ts';
import { typesOf } from '../../../clients/typescript/generate.ts';
import { THIS_API } from '../../../functions/api/openapi/this-api.ts';
import { ERRORS } from '../../../functions/domain/shared/errors.ts';
import { readPage } from '../../support/docs.ts';

it('has the types that `npm run client-types` generates from the OpenAPI document', async () => {
  expect(readPage('clients/typescript/api.ts')).toBe(await typesOf(THIS_API));
});

it('names error codes as the service does', () => {
  const codes = new Map<number, string>(Object.entries(ERRORS).map(([name, { code }]) => [code, name]));

  for (const [code, name] of Object.entries(ERROR_NAMES)) expect(codes.get(Number(code))).toBe(name);
});
