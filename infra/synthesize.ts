import { App } from 'aws-cdk-lib';
import featureFlags from 'aws-cdk-lib/recommended-feature-flags.json' with { type: 'json' };
import { bundledCode, type FunctionCode } from './constructs/function/function-code.ts';
import { bundledImage, type WorkerImage } from './constructs/worker/worker-image.ts';
import { BackupServiceStack } from './stacks/backup-service-stack.ts';
import { readTenantConfig, type TenantConfig } from './tenant-config.ts';

/**
 * An app with the same template whether the CDK command line or a program runs it: nothing depends on `cdk.json`.
 * @param outdir folder of the cloud assembly; chosen by the command line if unset
 */
export function newApp(outdir?: string): App {
  return new App({
    ...(outdir !== undefined && { outdir }),
    // Enabled by name for real deployments (`app.ts`).
    builtinCloudFormationValidation: false,
    context: featureFlags,
    // No AWS::CDK::Metadata resource, which reports the template's contents to AWS.
    analyticsReporting: false,
    treeMetadata: false,
  });
}

/** @param code tests replace the bundles, and the image */
export function addTenantStack(
  app: App,
  tenant: string,
  config: TenantConfig,
  code: FunctionCode = bundledCode,
  image: WorkerImage = bundledImage,
): BackupServiceStack {
  return new BackupServiceStack(app, `tidb-backup-${tenant}`, {
    description: 'Backup and restore for TiDB clusters',
    tenant,
    config,
    code,
    image,
    env: { account: config.account, region: config.region },
    terminationProtection: true,
  });
}

interface Synthesis {
  readonly tenant: string;
  readonly outdir: string;
  /** Replaces the tenant's own. */
  readonly authorization?: TenantConfig['authorization'] | undefined;
  /** Replaces the separate bundles of the functions. */
  readonly code?: FunctionCode | undefined;
}

/**
 * The template of one tenant, without the command line, credentials or network.
 * @param outdir gets the template, the bundles, and the `*.assets.json` that maps assets to bundles
 * @returns the template's path
 */
export function synthesize({ tenant, outdir, authorization, code }: Synthesis): string {
  const app = newApp(outdir);
  const config = readTenantConfig(tenant);
  const stack = addTenantStack(app, tenant, { ...config, ...(authorization && { authorization }) }, code);
  return app.synth().getStackArtifact(stack.artifactId).templateFullPath;
}
