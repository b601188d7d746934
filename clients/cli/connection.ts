import type { Auth } from '../typescript/auth.ts';
import { bearer } from '../typescript/auth.ts';
import { CommandError, EXIT } from './exit-codes.ts';
import type { Surroundings } from './terminal.ts';

export interface ConnectionFlags {
  readonly endpoint?: string | undefined;
  readonly stack?: string | undefined;
  readonly profile?: string | undefined;
  readonly region?: string | undefined;
  readonly token?: string | undefined;
}

export interface Connection {
  readonly baseUrl: string;
  readonly auth?: Auth;
}

const BASE_PATH = '/api/v1';

/**
 * Where the API is and how to sign in, from the flags or else from the environment.
 * @throws CommandError that says what is missing
 */
export async function connect(flags: ConnectionFlags, env: Surroundings['env']): Promise<Connection> {
  // As usual, an empty variable counts as unset.
  const endpoint = flags.endpoint ?? (flags.stack === undefined ? env.TIDB_BACKUP_ENDPOINT || undefined : undefined);
  const baseUrl = endpoint === undefined ? await urlOfStack(flags, env) : baseOf(endpoint);
  const token = flags.token ?? (env.TIDB_BACKUP_TOKEN || undefined);
  if (token !== undefined) return { baseUrl, auth: bearer(token) };
  // The local cloud accepts everyone, unless it was started with --auth.
  const hasCredentials = flags.profile !== undefined || Boolean(env.AWS_ACCESS_KEY_ID);
  if (isLoopback(new URL(baseUrl)) && !hasCredentials) return { baseUrl };
  const { awsAuth } = await import('../typescript/aws.ts');
  return { baseUrl, auth: awsAuth({ profile: flags.profile, region: flags.region }) };
}

function baseOf(endpoint: string): string {
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined;
  const isSafe = url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopback(url));
  if (url === undefined || !isSafe) {
    throw new CommandError(
      EXIT.usage,
      '--endpoint must be an https URL, or an http one of this machine',
      "use the stack's output ApiUrl, or --stack NAME",
    );
  }
  return url.pathname === '/' ? `${url.origin}${BASE_PATH}` : `${url.origin}${url.pathname.replace(/\/$/, '')}`;
}

function isLoopback({ hostname }: URL): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname);
}

async function urlOfStack(flags: ConnectionFlags, env: Surroundings['env']): Promise<string> {
  const outputs = await stackOutputs(flags, env);
  return baseOf(outputs.required('ApiUrl'));
}

export interface StackOutputs {
  readonly region: string;
  /** @throws CommandError if the stack has no such output */
  required(name: string): string;
}

/** The outputs of the deployment's stack. @throws CommandError */
export async function stackOutputs(
  { stack, profile, region }: ConnectionFlags,
  env: Surroundings['env'],
): Promise<StackOutputs> {
  const name = stack ?? (env.TIDB_BACKUP_STACK || undefined);
  if (name === undefined) {
    throw new CommandError(
      EXIT.usage,
      'no deployment is named',
      'add --stack NAME or --endpoint URL, or set TIDB_BACKUP_STACK or TIDB_BACKUP_ENDPOINT',
    );
  }
  const { CloudFormationClient, DescribeStacksCommand } = await import('@aws-sdk/client-cloudformation');
  const client = new CloudFormationClient({
    ...(profile !== undefined && { profile }),
    ...(region !== undefined && { region }),
  });
  try {
    const { Stacks: [found] = [] } = await client.send(new DescribeStacksCommand({ StackName: name }));
    const outputs = new Map(found?.Outputs?.map(({ OutputKey = '', OutputValue }) => [OutputKey, OutputValue]));
    return {
      region: await client.config.region(),
      required(output) {
        const value = outputs.get(output);
        if (value !== undefined) return value;
        throw new CommandError(EXIT.usage, `the stack ${name} has no output ${output}`, 'check the name of the stack');
      },
    };
  } catch (error) {
    if (error instanceof Error && error.name === 'ValidationError') {
      throw new CommandError(
        EXIT.usage,
        `there is no stack ${name} in this account and region`,
        'check --stack, --region and --profile',
      );
    }
    throw error;
  } finally {
    client.destroy();
  }
}
