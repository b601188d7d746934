/** `node infra/local/synth.ts FOLDER`: synthesizes the local tenant into the folder and prints the template's path. */
import { synthesize } from '../synthesize.ts';

const [outdir] = process.argv.slice(2);
if (outdir === undefined) throw new Error('usage: node infra/local/synth.ts FOLDER');
console.log(synthesize({ tenant: 'local', outdir }));
