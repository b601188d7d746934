import { addTenantStack, newApp } from './synthesize.ts';
import { readTenantConfig } from './tenant-config.ts';

// What the CDK command line runs (`cdk.json`); the only reader of CDK context: `-c tenant=NAME`.
const app = newApp({ validate: true });
const tenant = String(app.node.tryGetContext('tenant') ?? 'local');
addTenantStack(app, tenant, readTenantConfig(tenant));
app.synth();
