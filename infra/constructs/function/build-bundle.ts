import { json } from 'node:stream/consumers';
import { type BuildOptions, build } from 'esbuild';
import { BUNDLE_PLUGINS } from './bundle-plugins.ts';

// Runs in a process of its own: CDK bundles synchronously, but esbuild's plugins need its asynchronous API. Reads the options of
// a build from standard input, and prints the metafile.

const options = (await json(process.stdin)) as BuildOptions;
const { metafile } = await build({ ...options, metafile: true, plugins: BUNDLE_PLUGINS });
process.stdout.write(JSON.stringify(metafile));
