import { execFile, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { Stack } from 'aws-cdk-lib';
import { afterAll, describe, expect, it } from 'vitest';
import { THIS_API } from '../../../../functions/api/openapi/this-api.ts';
import type { FunctionName } from '../../../../functions/environment.ts';
import { REPLACED } from '../../../../infra/constructs/function/bundle-plugins.ts';
import { bundledCode, bundleTo, ROOT } from '../../../../infra/constructs/function/function-code.ts';
import { FUNCTION_DEFINITIONS } from '../../../../infra/constructs/function/function-definitions.ts';
import { listenOnLoopback } from '../../../../infra/local/http/loopback-server.ts';
import { startTidbSandbox } from '../../../../infra/local/tidb-sandbox/sandbox.ts';
import { newApp, synthesize } from '../../../../infra/synthesize.ts';
import { bundlesOf, importEnvironment } from '../../../support/bundles.ts';

const scratch = mkdtempSync(join(tmpdir(), 'tidb-backup-bundles-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** The output of importing the bundle in a process with only what Lambda provides. */
function importInBareNode(folder: string, name: FunctionName): { type: string; stderr: string } {
  const script = `import(process.argv[1]).then(({ handler }) => console.log(typeof handler))`;
  const { stdout, stderr } = spawnSync(
    process.execPath,
    ['--input-type=module', '-e', script, pathToFileURL(join(folder, 'index.mjs')).href],
    { env: importEnvironment(name), encoding: 'utf8' },
  );
  return { type: stdout.trim(), stderr };
}

/** A bundle with its chunks. */
function textOf(folder: string): string {
  return readdirSync(folder)
    .map((file) => readFileSync(join(folder, file), 'utf8'))
    .join('');
}

describe('the bundles of the local tenant', () => {
  // Nothing that the CDK would need to reach an account.
  for (const variable of Object.keys(process.env).filter((name) => name.startsWith('AWS_')))
    delete process.env[variable];
  const bundles = bundlesOf(synthesize({ tenant: 'local', outdir: join(scratch, 'first') }));

  it.each([...bundles])('%s exports a handler, with nothing installed beside it', (name, folder) => {
    expect(importInBareNode(folder, name)).toEqual({ type: 'function', stderr: '' });
  });

  it.each(['query', 'command'] satisfies FunctionName[])('%s contains no TiDB client', (name) => {
    expect(textOf(bundles.get(name) ?? '').includes('mysql_native_password')).toBe(false);
  });

  it.each([...bundles])('%s imports nothing of Node, which would read its every export', (_, folder) => {
    expect(textOf(folder)).not.toMatch(/\b(from|import) ?"(node:)?(process|http|https|util|fs|crypto|stream|zlib)"/);
  });

  it('are the same when they are built again', () => {
    const { entry } = FUNCTION_DEFINITIONS.query;
    const stack = new Stack(newApp(join(scratch, 'second')));
    const again = bundledCode(entry).bind(stack).s3Location?.objectKey;

    expect(again).toBe(`${bundles.get('query')?.split('asset.')[1]}.zip`);
  });
});

describe('a reduced bundle', () => {
  it('decodes every collation of UTF-8 without a table of encodings', () => {
    const mysql2 = join(ROOT, 'node_modules/mysql2/lib/constants');
    const require = createRequire(import.meta.url);
    const collations: Record<string, number> = require(join(mysql2, 'charsets.js'));
    const encodings: string[] = require(join(mysql2, 'charset_encodings.js'));
    const names = Object.entries(collations).filter(([name]) => /^(BINARY|ASCII|LATIN1|UTF8)/.test(name));
    expect(names.length).toBeGreaterThan(20);

    const others = names.map(([, id]) => encodings[id] ?? '').filter((encoding) => !Buffer.isEncoding(encoding));

    // The one decoded without its table.
    expect([...new Set(others)]).toEqual(['cesu8']);
  });

  it("reads TiDB's rows and errors without the parts of mysql2 that are left out", async () => {
    const tidb = await startTidbSandbox({ password: 'secret' });
    try {
      const outdir = join(scratch, 'tidb');
      bundleTo(outdir, { entryPoints: ['functions/adapters/tidb/connection.ts'] });
      const script = `const { connect } = await import(process.argv[1]);
        const endpoint = { host: process.argv[2], serverName: process.argv[2], port: Number(process.argv[3]) };
        const tidb = await connect(endpoint, { user: 'root', password: 'secret' }, { mode: 'disabled' });
        console.log(JSON.stringify(await tidb.query('SELECT 9007199254740993 AS a')));
        console.log(JSON.stringify(await tidb.firstRows('SELECT 1', 5, { timeoutMs: 1000, beforeDropping() {} })));
        await tidb.query('SELECT * FROM mysql.missing').catch(({ errno }) => console.log(errno));
        tidb.close();`;
      const { stdout } = await promisify(execFile)(process.execPath, [
        ...['--input-type=module', '-e', script, pathToFileURL(join(outdir, 'index.mjs')).href],
        ...[tidb.host, String(tidb.port)],
      ]);

      expect(textOf(outdir).includes('ER_BAD_DB_ERROR')).toBe(false);
      expect(stdout.trim().split('\n')).toEqual(['[{"a":"9007199254740993"}]', '[["1"]]', '1146']);
    } finally {
      await tidb.stop();
    }
  });

  it('keeps only the S3 operations that a function calls', () => {
    const outdir = join(scratch, 's3');
    bundleTo(outdir, { entryPoints: ['functions/adapters/files/s3-listing.ts'] });

    expect(textOf(outdir)).toContain('ListObjectsV2');
    // A key by its value, not by the name of its constant.
    expect(textOf(outdir)).toContain('httpQuery:');
    expect(textOf(outdir).includes('PutBucketReplication')).toBe(false);
  });

  it('replaces only files that mysql2 has', () => {
    for (const file of Object.keys(REPLACED)) expect(existsSync(join(ROOT, 'node_modules', file)), file).toBe(true);
  });

  it('holds the OpenAPI document as it is computed', async () => {
    const outdir = join(scratch, 'openapi');
    bundleTo(outdir, { entryPoints: ['functions/api/openapi/this-api.ts'] });
    const { THIS_API: bundled } = await import(pathToFileURL(join(outdir, 'index.mjs')).href);

    expect(bundled).toEqual(JSON.parse(JSON.stringify(THIS_API)));
    expect(textOf(outdir).includes('toJSONSchema')).toBe(false);
  });

  it('keeps the credentials of a task, which the chain tries last', async () => {
    const { url, close } = await listenOnLoopback((request, response) => {
      response.setHeader('content-type', 'application/json');
      const Expiration = new Date(Date.now() + 3_600_000).toISOString();
      response.end(
        JSON.stringify({ AccessKeyId: `of${request.url}`, SecretAccessKey: 'secret', Token: 'token', Expiration }),
      );
    });
    try {
      const outdir = join(scratch, 'credentials');
      bundleTo(outdir, { entryPoints: ['functions/adapters/dynamodb/dynamodb.ts'] });
      const script = `const { createDocumentClient } = await import(process.argv[1]);
        console.log((await createDocumentClient().config.credentials()).accessKeyId)`;
      const { stdout } = await promisify(execFile)(
        process.execPath,
        ['--input-type=module', '-e', script, pathToFileURL(join(outdir, 'index.mjs')).href],
        { env: { AWS_REGION: 'us-east-1', AWS_CONTAINER_CREDENTIALS_FULL_URI: `${url}/task` } },
      );

      expect(stdout.trim()).toBe('of/task');
    } finally {
      await close();
    }
  });
});
