import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { typesOf } from '../clients/typescript/generate.ts';
import { THIS_API } from '../functions/api/openapi/this-api.ts';
import { readCommandLine } from '../infra/local/command-line.ts';

const USAGE = `Usage: npm run client-types
  Writes clients/typescript/api.ts from the OpenAPI document. It takes no options.`;

readCommandLine(USAGE, (args) => parseArgs({ args }));
writeFileSync(join(import.meta.dirname, '../clients/typescript/api.ts'), await typesOf(THIS_API));
