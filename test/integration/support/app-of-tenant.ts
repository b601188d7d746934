import { mkdtemp } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { DockerImageAsset, Platform } from 'aws-cdk-lib/aws-ecr-assets';
import { ContainerImage } from 'aws-cdk-lib/aws-ecs';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { bundledCode } from '../../../infra/constructs/function/function-code.ts';
import { FUNCTION_DEFINITIONS } from '../../../infra/constructs/function/function-definitions.ts';
import { loadTemplate } from '../../../infra/local/template/template.ts';
import { addTenantStack, newApp } from '../../../infra/synthesize.ts';
import { LOCAL_TENANT, readTenantConfig, type TenantConfig } from '../../../infra/tenant-config.ts';
import { bundlesOf, FUNCTION_NAMES } from '../../support/bundles.ts';
import { synthesizedApp } from './synthesized-app.ts';

/**
 * Path of the app's template for the local tenant with other settings. It names the existing bundles where they are, so that its functions
 * find them compiled.
 */
export async function appOfTenant(settings: Partial<TenantConfig>): Promise<string> {
  const original = await synthesizedApp();
  const bundles = bundlesOf(original);
  const folders = new Map(FUNCTION_NAMES.map((name) => [FUNCTION_DEFINITIONS[name].entry, bundles.get(name)]));
  // Beside the assembly, which the run removes at its end.
  const app = newApp(await mkdtemp(join(dirname(dirname(original)), 'tenant-')));
  app.node.setContext('aws:cdk:disable-asset-staging', true);
  const config = { ...readTenantConfig(LOCAL_TENANT), ...settings };
  const stack = addTenantStack(
    app,
    LOCAL_TENANT,
    config,
    (entry) => {
      const folder = folders.get(entry);
      return folder === undefined ? bundledCode(entry) : Code.fromAsset(folder, { assetHash: basename(folder) });
    },
    (scope) => {
      const asset = new DockerImageAsset(scope, 'Image', {
        directory: imageOf(original),
        platform: Platform.LINUX_ARM64,
      });
      return ContainerImage.fromDockerImageAsset(asset);
    },
  );
  return app.synth().getStackArtifact(stack.artifactId).templateFullPath;
}

/** The folder of the worker's image. */
function imageOf(template: string): string {
  const [, folder] = [...loadTemplate(template).assets].find(([key]) => key.includes(':')) ?? [];
  if (folder === undefined) throw new Error('the app has no image');
  return folder;
}
