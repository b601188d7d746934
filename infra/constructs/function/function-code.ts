import { join } from 'node:path';
import { AssetHashType, DockerImage } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { type BuildOptions, buildSync, type Metafile } from 'esbuild';

/** Makes a function's code of its entry file, a path from the repository's root. Tests give one that bundles nothing. */
export type FunctionCode = (entry: string) => Code;

/** Of the repository. */
export const ROOT = join(import.meta.dirname, '../../..');

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
  // What is imported lazily (the SDK's credential providers that Lambda never uses) stays in chunks that are never read.
  splitting: true,
  // The packages' ES modules first: only those can be shaken.
  mainFields: ['module', 'main'],
  entryNames: 'index',
  outExtension: { '.js': '.mjs' },
  // CommonJS packages (mysql2) call `require` for Node's own modules, which an ES module does not have.
  banner: { js: "import{createRequire as __cr}from'node:module';const require=__cr(import.meta.url);" },
  logLevel: 'warning',
};

/** Bundles into a folder, in this process. @param options beside or in place of those of a function @returns what came of what */
export function bundleTo(outdir: string, options: BuildOptions): Metafile {
  return buildSync({ ...BUNDLE, ...options, outdir, metafile: true }).metafile;
}

/** Bundles with esbuild in this process: no Docker, no shell, no network. Equal sources make an equal asset hash. */
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
