import { addTenantStack, newApp } from './synthesize.ts';
import { readTenantConfig, TenantConfigError } from './tenant-config.ts';

// What the CDK command line runs (`cdk.json`); the only reader of CDK context: `-c tenant=NAME`.
try {
  const app = newApp({ validate: true });
  const tenant = String(app.node.tryGetContext('tenant') ?? 'local');
  addTenantStack(app, tenant, readTenantConfig(tenant));
  app.synth();
} catch (error) {
  // The message says which field to change; a stack trace would only push it out of sight.
  if (!(error instanceof TenantConfigError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
