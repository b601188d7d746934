import { CloudFormationValidatePlugin, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { addTenantStack, newApp } from './synthesize.ts';
import { LOCAL_TENANT, readTenantConfig, TenantConfigError } from './tenant-config.ts';

// Entry of the CDK command line (`cdk.json`), and the only reader of CDK context: `-c tenant=NAME`.
try {
  const app = newApp();
  const tenant = String(app.node.tryGetContext('tenant') ?? LOCAL_TENANT);
  addTenantStack(app, tenant, readTenantConfig(tenant));
  // Stops the synth on what AWS would reject half-way through a deployment, and on unjustified findings of AWS
  // Solutions' rules. It takes seconds; the local cloud deploys nothing.
  if (tenant !== LOCAL_TENANT) {
    Validations.of(app).addPlugins(new CloudFormationValidatePlugin(), new AwsSolutionsChecks(app));
  }
  app.synth();
} catch (error) {
  // The message says which field to change; a stack trace would hide it.
  if (!(error instanceof TenantConfigError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
