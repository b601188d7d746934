import { CloudFormationValidatePlugin, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { addTenantStack, newApp } from './synthesize.ts';
import { LOCAL_TENANT, readTenantConfig, TenantConfigError } from './tenant-config.ts';

// What the CDK command line runs (`cdk.json`); the only reader of CDK context: `-c tenant=NAME`.
try {
  const app = newApp();
  const tenant = String(app.node.tryGetContext('tenant') ?? LOCAL_TENANT);
  addTenantStack(app, tenant, readTenantConfig(tenant));
  // What AWS would refuse half way through a deployment stops the synth, and what AWS Solutions' rules find that nobody has
  // justified. It takes seconds; the local cloud deploys nothing.
  if (tenant !== LOCAL_TENANT) {
    Validations.of(app).addPlugins(new CloudFormationValidatePlugin(), new AwsSolutionsChecks(app));
  }
  app.synth();
} catch (error) {
  // The message says which field to change; a stack trace would only push it out of sight.
  if (!(error instanceof TenantConfigError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
