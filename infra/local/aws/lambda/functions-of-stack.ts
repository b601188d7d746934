import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { devNull } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod';
import type { Stack, StackResource } from '../../template/stack.ts';
import type { AssetFolders } from '../../template/template.ts';
import type { Callers } from '../callers.ts';
import type { Concurrency } from './concurrency.ts';
import { type Invocation, type InvocationStart, LambdaFunction } from './lambda-function.ts';
import { ProcessStarts } from './process-starts.ts';
import { RUNTIME_VARIABLES } from './protocol.ts';
import type { Readiness } from './readiness.ts';

const propertiesSchema = z.object({
  Handler: z.string(),
  Code: z.union([z.object({ S3Key: z.string() }), z.object({ ZipFile: z.string() })]),
  Timeout: z.number().default(3),
  MemorySize: z.number().default(128),
  ReservedConcurrentExecutions: z.number().optional(),
  RecursiveLoop: z.enum(['Allow', 'Terminate']).default('Terminate'),
  FileSystemConfigs: z.array(z.object({ Arn: z.string(), LocalMountPath: z.string() })).default([]),
  Environment: z.object({ Variables: z.record(z.string(), z.string()).default({}) }).optional(),
  LoggingConfig: z
    .object({
      LogFormat: z.enum(['JSON', 'Text']).default('Text'),
      ApplicationLogLevel: z.string().optional(),
      LogGroup: z.string().optional(),
    })
    .default({ LogFormat: 'Text' }),
});
type FunctionProperties = z.output<typeof propertiesSchema>;

export interface FunctionsOptions {
  readonly runtimePath: string;
  /** A folder for the template's inline code. */
  readonly scratchFolder: string;
  /** The folder behind an access point. */
  readonly directoryOf: (accessPointArn: string) => string;
  readonly idleSeconds: number;
  readonly concurrency: Concurrency;
  readonly readiness: Readiness;
  /** Seconds. Defaults to the template's timeout. */
  readonly timeoutOf: (logicalId: string) => number | undefined;
  readonly callers: Callers;
  /** `AWS_ENDPOINT_URL_*`. */
  readonly endpointVariables: () => Readonly<Record<string, string>>;
  readonly extraVariables: (logicalId: string, name: string) => Readonly<Record<string, string>>;
  readonly onLog: (functionName: string, line: string) => void;
  readonly onInvocationStart: (start: InvocationStart) => void;
  readonly onInvoke: (invocation: Invocation) => void;
}

/** Creates the template's functions. No process starts before the first invocation. */
export function functionsOf(stack: Stack, options: FunctionsOptions): LambdaFunction[] {
  const starts = new ProcessStarts();
  return stack.resourcesOf('AWS::Lambda::Function').map((resource) => {
    const properties = propertiesSchema.parse(resource.properties);
    const { logicalId, ref: name } = resource;
    return new LambdaFunction({
      logicalId,
      name,
      arn: arnOf(resource),
      runtimePath: options.runtimePath,
      idleSeconds: options.idleSeconds,
      starts,
      concurrency: options.concurrency,
      readiness: options.readiness,
      reservedConcurrency: properties.ReservedConcurrentExecutions,
      mayRecur: properties.RecursiveLoop === 'Allow',
      timeoutSeconds: options.timeoutOf(logicalId) ?? properties.Timeout,
      memoryMiB: properties.MemorySize,
      ...entryPoint(resource, properties, stack.assets, options.scratchFolder),
      environment: () => ({
        ...ownVariables(properties, options.directoryOf),
        ...reservedVariables(resource, properties, stack.environment.region, options.callers.issueAccessKey(logicalId)),
        ...options.endpointVariables(),
        ...options.extraVariables(logicalId, name),
      }),
      onStart: ({ AWS_ACCESS_KEY_ID = '' }, pid) => options.callers.started(AWS_ACCESS_KEY_ID, pid),
      onLog: (line) => options.onLog(name, line),
      onInvocationStart: options.onInvocationStart,
      onInvoke: options.onInvoke,
    });
  });
}

function arnOf({ logicalId, attributes }: StackResource): string {
  const { Arn } = attributes;
  if (Arn === undefined) throw new Error(`function ${logicalId} has no ARN`);
  return Arn;
}

/** Only root could mount a file system: a variable that names a function's mount path names the local folder instead. */
function ownVariables(
  { Environment, FileSystemConfigs }: FunctionProperties,
  directoryOf: FunctionsOptions['directoryOf'],
): Record<string, string> {
  const directories = new Map(FileSystemConfigs.map(({ Arn, LocalMountPath }) => [LocalMountPath, directoryOf(Arn)]));
  const variables = Object.entries(Environment?.Variables ?? {});
  return Object.fromEntries(variables.map(([name, value]) => [name, directories.get(value) ?? value]));
}

/** Variables that Lambda sets; the template cannot override them. */
function reservedVariables(
  resource: StackResource,
  { MemorySize, LoggingConfig }: FunctionProperties,
  region: string,
  accessKeyId: string,
): Record<string, string> {
  return {
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
    AWS_LAMBDA_FUNCTION_NAME: resource.ref,
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(MemorySize),
    AWS_LAMBDA_LOG_GROUP_NAME: LoggingConfig.LogGroup ?? `/aws/lambda/${resource.ref}`,
    AWS_LAMBDA_LOG_FORMAT: LoggingConfig.LogFormat,
    AWS_LAMBDA_LOG_LEVEL: LoggingConfig.ApplicationLogLevel ?? 'INFO',
    [RUNTIME_VARIABLES.logFormat]: LoggingConfig.LogFormat,
    [RUNTIME_VARIABLES.functionArn]: arnOf(resource),
    TZ: ':UTC',
    // Keep the developer's own AWS profile out.
    AWS_CONFIG_FILE: devNull,
    AWS_SHARED_CREDENTIALS_FILE: devNull,
  };
}

function entryPoint(
  { logicalId }: StackResource,
  { Handler, Code }: FunctionProperties,
  assets: AssetFolders,
  scratchFolder: string,
): { bundlePath: string; handlerName: string } {
  const dot = Handler.lastIndexOf('.');
  const [module, handlerName] = [Handler.slice(0, dot), Handler.slice(dot + 1)];
  if ('ZipFile' in Code) {
    const folder = join(scratchFolder, logicalId);
    mkdirSync(folder, { recursive: true });
    const bundlePath = join(folder, `${module}.mjs`);
    writeFileSync(bundlePath, Code.ZipFile);
    return { bundlePath, handlerName };
  }
  const folder = assets.get(Code.S3Key);
  if (folder === undefined) throw new Error(`the code of function ${logicalId} (${Code.S3Key}) is not in assets.json`);
  const file = readdirSync(folder).find((name) => [`${module}.mjs`, `${module}.js`, `${module}.cjs`].includes(name));
  if (file === undefined) throw new Error(`the bundle of function ${logicalId} in ${folder} has no module "${module}"`);
  return { bundlePath: join(folder, file), handlerName };
}
