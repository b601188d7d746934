import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { LOCAL_TENANT } from '../tenant-config.ts';

const CHILD = fileURLToPath(new URL('./synth.ts', import.meta.url));

/**
 * Synthesizes the local tenant's template into a folder in a separate process: CDK would keep some 200 MiB of this one.
 * @param authorization how callers authenticate; defaults to AWS credentials
 * @returns the template's path
 */
export async function synthesizeInChild(
  outdir: string,
  authorization: 'iam' | 'jwt' = 'iam',
  tenant = LOCAL_TENANT,
): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [CHILD, outdir, authorization, tenant]);
  const path = stdout.trim().split('\n').at(-1);
  if (path === undefined || !path.endsWith('.template.json')) throw new Error(`synth printed no template: ${stdout}`);
  return path;
}
