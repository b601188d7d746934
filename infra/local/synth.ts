/** `node infra/local/synth.ts FOLDER [iam|jwt [TENANT]]` synthesizes the local tenant, or another, into the folder and prints the template's path. */
import { join } from 'node:path';
import { synthesize } from '../synthesize.ts';
import { LOCAL_TENANT } from '../tenant-config.ts';
import { bundleTogether } from './bundle-together.ts';
import { LOCAL_JWT } from './local-authorization.ts';

const [outdir, authorization, tenant = LOCAL_TENANT] = process.argv.slice(2);
if (outdir === undefined) throw new Error('usage: node infra/local/synth.ts FOLDER [iam|jwt [TENANT]]');
console.log(
  synthesize({
    tenant,
    outdir,
    authorization: authorization === 'jwt' ? LOCAL_JWT : undefined,
    code: bundleTogether(join(outdir, 'bundles')),
  }),
);
