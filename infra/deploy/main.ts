import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CloudFormationClient, DescribeStacksCommand, GetTemplateCommand } from '@aws-sdk/client-cloudformation';
import { readTenantConfig, TenantConfigError } from '../tenant-config.ts';
import { openAssembly } from './assembly.ts';
import { deployInSteps } from './deploy.ts';
import { DeploymentError, type Template, template } from './steps.ts';

const USAGE = `Usage: npm run deploy -- TENANT [options of cdk deploy]
  Deploys infra/tenants/TENANT.json, or updates what is deployed of it, in as many deployments as DynamoDB needs.
  If one fails, mend its cause and run the command again: it continues where it stopped.`;

/** Empty stacks, which CloudFormation still lists. */
const NOT_CREATED = new Set(['REVIEW_IN_PROGRESS', 'ROLLBACK_COMPLETE', 'ROLLBACK_FAILED', 'CREATE_FAILED']);

class CommandFailed extends Error {}

async function main(args: readonly string[]): Promise<void> {
  const [tenant, ...options] = args;
  const asksForHelp = args.includes('--help') || args.includes('-h');
  if (asksForHelp || tenant === undefined || tenant.startsWith('-')) {
    console.log(USAGE);
    process.exitCode = asksForHelp ? 0 : 1;
    return;
  }
  const { region } = readTenantConfig(tenant);
  await requireCredentials(region);
  const stack = `tidb-backup-${tenant}`;
  const folder = mkdtempSync(join(tmpdir(), 'deploy-'));
  try {
    await cdk('synth', '--quiet', '-c', `tenant=${tenant}`, '--output', folder);
    await deployInSteps({
      assembly: openAssembly(folder, stack),
      deployedTemplate: () => deployedTemplate(stack, region),
      deploy: () => cdk('deploy', stack, '--app', folder, ...options),
      say: (line) => console.log(`${stack}: ${line}`),
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Checked before the synthesis, which takes a while. */
async function requireCredentials(region: string): Promise<void> {
  await new CloudFormationClient({ region }).config.credentials().catch((error: unknown) => {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CommandFailed(`no AWS credentials: ${reason}; set AWS_PROFILE, or log in, and run the command again`);
  });
}

async function deployedTemplate(StackName: string, region: string): Promise<Template | undefined> {
  const client = new CloudFormationClient({ region });
  const { Stacks = [] } = await client.send(new DescribeStacksCommand({ StackName })).catch((error: unknown) => {
    // CloudFormation has no separate error for it (DescribeStacks, "AmazonCloudFormationException").
    if (error instanceof Error && error.message.includes('does not exist')) return { Stacks: [] };
    throw error;
  });
  const [found] = Stacks;
  if (found === undefined || NOT_CREATED.has(found.StackStatus ?? '')) return undefined;
  const { TemplateBody = '' } = await client.send(new GetTemplateCommand({ StackName, TemplateStage: 'Original' }));
  return template.parse(JSON.parse(TemplateBody));
}

async function cdk(...args: readonly string[]): Promise<void> {
  const child = spawn('cdk', args, { stdio: 'inherit' });
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new CommandFailed(`cdk ${args[0]} failed; mend its cause and run the command again`);
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof TenantConfigError || error instanceof DeploymentError || error instanceof CommandFailed))
    throw error;
  console.error(error.message);
  process.exitCode = 1;
}
