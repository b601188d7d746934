import { mkdtemp } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { bundledCode } from '../../../infra/constructs/function/function-code.ts';
import { FUNCTION_DEFINITIONS } from '../../../infra/constructs/function/function-definitions.ts';
import { addTenantStack, newApp } from '../../../infra/synthesize.ts';
import { LOCAL_TENANT, readTenantConfig, type TenantConfig } from '../../../infra/tenant-config.ts';
import { bundlesOf, FUNCTION_NAMES } from '../../support/bundles.ts';
import { synthesizedApp } from './synthesized-app.ts';

/** Path of the app's template for the local tenant with other settings, with the existing bundles. */
export async function appOfTenant(settings: Partial<TenantConfig>): Promise<string> {
  const original = await synthesizedApp();
  const bundles = bundlesOf(original);
  const folders = new Map(FUNCTION_NAMES.map((name) => [FUNCTION_DEFINITIONS[name].entry, bundles.get(name)]));
  // Beside the assembly, which the run removes at its end.
  const app = newApp(await mkdtemp(join(dirname(dirname(original)), 'tenant-')));
  const config = { ...readTenantConfig(LOCAL_TENANT), ...settings };
  const stack = addTenantStack(app, LOCAL_TENANT, config, (entry) => {
    const folder = folders.get(entry);
    return folder === undefined ? bundledCode(entry) : Code.fromAsset(folder);
  });
  return app.synth().getStackArtifact(stack.artifactId).templateFullPath;
}
