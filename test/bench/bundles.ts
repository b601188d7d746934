import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { bundleTo, ROOT } from '../../infra/constructs/function/function-code.ts';
import { bundlesOf, FUNCTION_NAMES, importEnvironment } from '../support/bundles.ts';
import type { Figure } from './figures.ts';
import { firstRequestFigures } from './first-request.ts';
import { importCosts } from './import-cost.ts';

const REFERENCE = join(import.meta.dirname, 'reference-handler.ts');

/** Bundles of what every function of a kind needs, built like the functions' own. */
const FLOORS = {
  bare: 'export const handler = () => {}',
  dynamodb: `import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
    import { DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb';
    const client = DynamoDBDocumentClient.from(new DynamoDBClient({}));
    export const handler = (input) => client.send(new GetCommand(input));`,
  tidb: `import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
    import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
    import { DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb';
    import { createConnection } from 'mysql2/promise';
    const client = DynamoDBDocumentClient.from(new DynamoDBClient({}));
    const secrets = new SecretsManagerClient({});
    export const handler = async (input) =>
      [createConnection, await client.send(new GetCommand(input)), await secrets.send(new GetSecretValueCommand(input))];`,
} as const;
type Kind = keyof typeof FLOORS;

/** Relative to the reference bundle. */
const BUDGETS: Record<Kind, number> = { bare: 0.45, dynamodb: 0.45, tidb: 0.65 };

/** The size of each function's bundle, and what importing it costs above a bare Node. */
export async function bundleFigures(template: string): Promise<Figure[]> {
  const folders = bundlesOf(template);
  const scratch = mkdtempSync(join(tmpdir(), 'bench-bundles-'));
  try {
    const reference = join(scratch, 'reference.cjs');
    // The default settings of CDK's NodejsFunction.
    await build({ entryPoints: [REFERENCE], outfile: reference, bundle: true, platform: 'node', target: 'node24' });
    const modules: Record<string, string> = {};
    for (const [kind, contents] of Object.entries(FLOORS)) {
      bundleTo(join(scratch, kind), { stdin: { contents, resolveDir: ROOT } });
      modules[kind] = join(scratch, kind, 'index.mjs');
    }
    for (const [name, folder] of folders) modules[name] = join(folder, 'index.mjs');
    const costs = importCosts(modules, reference, Object.assign({}, ...FUNCTION_NAMES.map(importEnvironment)));
    const ratios = new Map(costs.map(({ name, ratio }) => [name, ratio]));
    return [
      ...[...folders].map(([name, folder]) => ({
        section: 'Size of a deployed bundle',
        name,
        value: Math.round(folderBytes(folder) / 1024),
        unit: 'KiB',
      })),
      ...[...folders].map(([name, folder]) => {
        const kind = kindOf(folder);
        return {
          section: 'CPU to import a bundle',
          name,
          value: ratios.get(name) ?? Number.NaN,
          unit: '×',
          budget: BUDGETS[kind],
          floor: ratios.get(kind) ?? Number.NaN,
        };
      }),
      ...(await firstRequestFigures(join(folders.get('query') ?? '', 'index.mjs'), importEnvironment('query'))),
    ];
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

function kindOf(folder: string): Kind {
  const text = readdirSync(folder).map((file) => readFileSync(join(folder, file), 'utf8'));
  const holds = (name: string) => text.some((each) => each.includes(name));
  if (holds('mysql_native_password')) return 'tidb';
  return holds('DynamoDB_20120810') ? 'dynamodb' : 'bare';
}

function folderBytes(folder: string): number {
  return readdirSync(folder).reduce((total, file) => total + statSync(join(folder, file)).size, 0);
}
