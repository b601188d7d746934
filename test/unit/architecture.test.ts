import { globSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');

/**
 * The rooms of the repository and what each may import: `api|triggers → operations → domain ← adapters`, `worker → workflow → domain ←
 * adapters`. A file belongs to the longest room that its path starts with.
 */
const ROOMS: Record<string, readonly string[]> = {
  // Of Node it uses only modules without I/O: random ids and IP address syntax.
  'functions/domain/': ['functions/domain/', 'zod', 'node:crypto', 'node:net'],
  'functions/adapters/': ['functions/domain/', 'functions/adapters/', 'zod', '@aws-sdk/', 'mysql2', 'node:'],
  'functions/operations/': ['functions/operations/', 'functions/domain/', 'zod', 'node:'],
  'functions/api/': ['functions/api/', 'functions/operations/', 'functions/domain/', 'zod', 'aws-lambda', 'node:'],
  'functions/triggers/': [
    'functions/triggers/',
    'functions/operations/',
    'functions/domain/',
    'zod',
    'aws-lambda',
    'node:',
  ],
  'functions/workflow/': ['functions/workflow/', 'functions/domain/', 'zod', 'aws-lambda', 'node:'],
  'functions/worker/': ['functions/worker/', 'functions/workflow/', 'functions/domain/', 'zod', 'node:'],
  'functions/environment.ts': ['zod', 'functions/domain/shared/object.ts'],
  'functions/log.ts': ['node:async_hooks'],
  // Runs in browsers too, so it uses nothing of Node.
  'clients/typescript/': ['clients/typescript/', 'openapi-fetch'],
  'clients/typescript/aws.ts': ['clients/typescript/', '@aws-sdk/credential-provider-node', '@smithy/', 'node:crypto'],
  'clients/typescript/generate.ts': ['openapi-typescript'],
  'clients/cli/': [
    ...['clients/cli/', 'clients/typescript/', 'clients/console/headers.ts', '@stricli/core', 'node:'],
    ...['cloudformation', 'cloudfront', 's3'].map((service) => `@aws-sdk/client-${service}`),
    'package.json',
  ],
  // Runs in browsers.
  'clients/console/src/': [
    ...['clients/console/src/', 'clients/typescript/', 'docs/runbook.md', 'react', '@cloudscape-design/'],
  ],
  // Builds and serves it.
  'clients/console/': ['clients/console/', 'vite', 'node:'],
  // Deploys the synthesized stack, and reads what is deployed.
  'infra/deploy/': ['infra/deploy/', 'infra/tenant-config.ts', '@aws-sdk/client-cloudformation', 'zod', 'node:'],
  // Of the functions' code the template knows tables, variables and routes, which policies name.
  'infra/': [
    ...['app.ts', 'synthesize.ts', 'tenant-config.ts', 'constructs/', 'iam/', 'stacks/'].map((part) => `infra/${part}`),
    ...['clients/console/headers.ts', 'clients/console/src/session-config.ts'],
    'functions/adapters/dynamodb/tables.ts',
    'functions/environment.ts',
    'functions/domain/events/metrics.ts',
    'functions/domain/workflow/failure-table.ts',
    'functions/domain/backup/table-notes.ts',
    'functions/domain/storage/store-probe.ts',
    'functions/domain/backup/manifest.ts',
    'functions/domain/storage/storage-class.ts',
    ...['routes/query-routes.ts', 'routes/command-routes.ts', 'http/router.ts', 'http/scopes.ts'].map(
      (part) => `functions/api/${part}`,
    ),
    'aws-cdk-lib',
    'cdk-nag',
    'constructs',
    'esbuild',
    'zod',
    'node:',
  ],
};

/** An entry file (it exports `handler`, or is the worker's) composes: only it may also import its logic's dependencies. */
const ENTRY_MAY_ALSO = ['functions/adapters/', 'functions/environment.ts'];

/** Deployed code logs through this file, so that each line has its context; the domain is pure and does not log. */
const LOG = 'functions/log.ts';
const LOGS = /^functions\/(?!domain)/;

/** A helper for the type checker, not part of the domain: every switch may use it. */
const ASSERT_NEVER = 'functions/domain/shared/assert-never.ts';

/** Where clients of AWS may be made, and where CDK may be used; `test/` may do both. */
const PACKAGES: Record<string, readonly string[]> = {
  '@aws-sdk/': ['functions/adapters/', 'infra/local/', 'infra/deploy/main.ts', 'clients/', 'test/'],
  'aws-cdk-lib': ['infra/', 'test/infra/', 'test/integration/support/app-of-tenant.ts'],
  // Its licence (AGPL) extends to what includes it, so nothing deployed or published may.
  '@cloud-copilot/': ['infra/local/aws/iam/'],
};

interface Source {
  readonly path: string;
  readonly text: string;
}

function violations({ path, text }: Source): string[] {
  return importsOf({ path, text }).flatMap((target) => {
    const forbidden = (why: string) => [`${path} imports ${target}: ${why}`];
    if (target.startsWith('test/') && !path.startsWith('test/')) return forbidden('nothing imports test/');
    for (const [name, places] of Object.entries(PACKAGES)) {
      if (target.startsWith(name) && !startsWithAny(path, places)) return forbidden(`only ${places.join(', ')} may`);
    }
    const room = roomOf(path);
    if (room === undefined) return [];
    if (target === LOG && LOGS.test(room)) return [];
    const allowed = [...(ROOMS[room] ?? []), ...(isEntry({ path, text }) ? ENTRY_MAY_ALSO : [])];
    return startsWithAny(target, allowed) ? [] : forbidden(`${room} may import ${allowed.join(', ')}`);
  });
}

/** A file's imports, types included: paths from the root, or packages. */
function importsOf({ path, text }: Source): string[] {
  const specifiers = text.matchAll(/^(?:import|export|\}).*? from '([^']+)'|^import '([^']+)'|\bimport\('([^']+)'\)/gm);
  return Array.from(specifiers, ([, from, bare, dynamic]) => from ?? bare ?? dynamic ?? '').map((specifier) =>
    specifier.startsWith('.') ? posix.join(posix.dirname(path), specifier) : specifier,
  );
}

/** Import circles, direct or indirect; one per file. */
function circlesOf(imports: ReadonlyMap<string, readonly string[]>): string[][] {
  const circles: string[][] = [];
  const done = new Set<string>();
  const visit = (path: string, trail: readonly string[]): void => {
    const at = trail.indexOf(path);
    if (at >= 0) circles.push([...trail.slice(at), path]);
    if (at >= 0 || done.has(path)) return;
    for (const target of imports.get(path) ?? []) visit(target, [...trail, path]);
    done.add(path);
  };
  for (const path of imports.keys()) visit(path, []);
  return circles;
}

function roomOf(path: string): string | undefined {
  // The local cloud runs the template and stands in for AWS and TiDB; its own rules are below.
  if (path.startsWith('infra/local/')) return undefined;
  return Object.keys(ROOMS)
    .filter((room) => path.startsWith(room))
    .sort((a, b) => b.length - a.length)[0];
}

const startsWithAny = (text: string, starts: readonly string[]) => starts.some((start) => text.startsWith(start));

const isEntry = ({ path, text }: Source) =>
  path === 'functions/worker/main.ts' ||
  (/^functions\/((api|triggers)\/[^/]+\.ts|workflow\/.+\.lambda\.ts)$/.test(path) &&
    /^export (const|(async )?function) handler\b/m.test(text));

const sources: Source[] = globSync('{clients,functions,infra,test}/**/*.{ts,tsx}', {
  cwd: ROOT,
  exclude: ['**/node_modules'],
}).map((path) => ({
  path,
  text: readFileSync(join(ROOT, path), 'utf8'),
}));

describe('the rooms of the repository', () => {
  it('import in one direction', () => {
    expect(sources.flatMap(violations)).toEqual([]);
  });

  it('have no import circles, types included', () => {
    expect(circlesOf(new Map(sources.map((source) => [source.path, importsOf(source)])))).toEqual([]);
  });

  it('a shared folder imports no feature beside it', () => {
    const shared = /^(functions\/\w+\/)shared\//;
    const found = sources.flatMap((source) => {
      const [, layer] = shared.exec(source.path) ?? [];
      if (layer === undefined) return [];
      const features = importsOf(source).filter((target) => target.startsWith(layer) && !shared.test(target));
      return features.map((target) => `${source.path} imports ${target}`);
    });

    expect(found).toEqual([]);
  });

  it('log through one file', () => {
    const past = sources.filter(({ path, text }) => path.startsWith('functions/') && /\bconsole\./.test(text));

    expect(past.map(({ path }) => path)).toEqual([LOG]);
  });

  it('clients know the service only by its OpenAPI document', () => {
    const service = /^(functions|infra|statemachines)\//;
    const found = sources
      .filter(({ path }) => path.startsWith('clients/'))
      .flatMap((source) =>
        importsOf(source)
          .filter((target) => service.test(target))
          .map((target) => `${source.path} imports ${target}`),
      );

    expect(found).toEqual([]);
  });

  it('the local cloud knows the functions only by the template', () => {
    const local = sources.filter(({ path }) => path.startsWith('infra/local/'));
    const functions = local.flatMap((source) =>
      importsOf(source)
        .filter((target) => target.startsWith('functions/') && target !== ASSERT_NEVER)
        .map((target) => `${source.path} imports ${target}`),
    );

    expect(functions).toEqual([]);
  });
});

describe('the rule', () => {
  it('finds a circle', () => {
    const imports = new Map([
      ['a', ['b']],
      ['b', ['c', 'd']],
      ['c', ['b']],
      ['d', []],
    ]);

    expect(circlesOf(imports)).toEqual([['b', 'c', 'b']]);
  });

  it.each([
    ['the domain importing AWS', 'functions/domain/a.ts', "import { S3Client } from '@aws-sdk/client-s3';"],
    ['the domain importing an adapter', 'functions/domain/a.ts', "import { b } from '../adapters/b.ts';"],
    ['a type-only import', 'functions/domain/a.ts', "import type { B } from '../adapters/b.ts';"],
    ['a multi-line import', 'functions/domain/a.ts', "import {\n  b,\n  c,\n} from '../adapters/b.ts';"],
    ['a dynamic import', 'functions/domain/a.ts', "const b = await import('../adapters/b.ts');"],
    ['a re-export', 'functions/domain/a.ts', "export { b } from '../operations/b.ts';"],
    ['an operation importing an adapter', 'functions/operations/a.ts', "import { b } from '../adapters/b.ts';"],
    ['an adapter importing an operation', 'functions/adapters/a.ts', "import { b } from '../operations/b.ts';"],
    ['a node importing an operation', 'functions/workflow/a.ts', "import { b } from '../operations/b.ts';"],
    [
      'a node that is not an entry importing an adapter',
      'functions/workflow/a.ts',
      "import { b } from '../adapters/b.ts';",
    ],
    ['an operation making a client', 'functions/operations/a.ts', "import { S3Client } from '@aws-sdk/client-s3';"],
    ['a construct importing the domain', 'infra/constructs/a.ts', "import { b } from '../../functions/domain/b.ts';"],
    [
      'the console importing the domain',
      'clients/console/src/a.ts',
      "import { b } from '../../../functions/domain/b.ts';",
    ],
    ['a construct importing the local cloud', 'infra/constructs/a.ts', "import { b } from '../local/b.ts';"],
    ['the local cloud importing a test', 'infra/local/a.ts', "import { b } from '../../test/b.ts';"],
    ['a function importing a test', 'functions/adapters/a.ts', "import '../../test/b.ts';"],
  ])('finds %s', (_case, path, text) => {
    expect(violations({ path, text })).toHaveLength(1);
  });

  it.each([
    [
      'an entry file may compose',
      'functions/api/query.ts',
      "import { b } from '../adapters/b.ts';\nexport const handler = b;",
    ],
    ['an adapter may make a client', 'functions/adapters/a.ts', "import { S3Client } from '@aws-sdk/client-s3';"],
    [
      'a construct may read the tables',
      'infra/constructs/a.ts',
      "import { TABLES } from '../../functions/adapters/dynamodb/tables.ts';",
    ],
  ])('%s', (_case, path, text) => {
    expect(violations({ path, text })).toEqual([]);
  });
});
