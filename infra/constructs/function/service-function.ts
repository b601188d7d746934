import { Policy, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  ApplicationLogLevel,
  Architecture,
  CfnFunction,
  Function as LambdaFunction,
  LoggingFormat,
  RecursiveLoop,
  Runtime,
  SystemLogLevel,
} from 'aws-cdk-lib/aws-lambda';
import { LogGroup, type LogGroupProps } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import * as z from 'zod/mini';
import { ENVIRONMENTS, type Environment, type FunctionName } from '../../../functions/environment.ts';
import { attachToVpc, writeLogs } from '../../iam/function-runtime.ts';
import { giveReasons } from '../../iam/wildcard-statement.ts';
import type { TenantConfig } from '../../tenant-config.ts';
import type { SharedFiles } from '../data/shared-files.ts';
import type { FunctionCode } from './function-code.ts';
import { FUNCTION_DEFINITIONS } from './function-definitions.ts';
import type { NodeNetwork } from './node-network.ts';

/** Settings of every log group of a deployment. */
export type LogSettings = Required<Pick<LogGroupProps, 'retention' | 'encryptionKey' | 'removalPolicy'>>;

/** What all functions of a deployment share. */
export interface FunctionSettings {
  readonly code: FunctionCode;
  readonly logs: LogSettings;
  /** Absent: the node functions run outside any VPC. */
  readonly nodeNetwork?: NodeNetwork | undefined;
  /** Absent: no function mounts anything. */
  readonly sharedFiles?: SharedFiles | undefined;
  readonly reservedConcurrency: TenantConfig['reservedConcurrency'];
}

interface ServiceFunctionProps<Name extends FunctionName> {
  readonly name: Name;
  readonly settings: FunctionSettings;
  /** May contain more than the function declares, which gets only what its schema names. */
  readonly environment: Environment<Name>;
}

/** A function with its log group and role. The role may write that log group, and has what is granted here. */
export class ServiceFunction<Name extends FunctionName = FunctionName> extends Construct {
  readonly lambda: LambdaFunction;

  constructor(scope: Construct, props: ServiceFunctionProps<Name>) {
    super(scope, functionId(props.name));
    const { settings } = props;
    const definition = FUNCTION_DEFINITIONS[props.name];
    const network = definition.room === 'node' ? settings.nodeNetwork : undefined;
    const logGroup = new LogGroup(this, 'Logs', settings.logs);
    const role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    for (const statement of [writeLogs(logGroup), ...(network === undefined ? [] : [attachToVpc()])]) {
      role.addToPolicy(statement);
      giveReasons(this, [statement]);
    }
    // "Default" adds nothing to the logical id: the template says QueryFunction….
    this.lambda = new LambdaFunction(this, 'Default', {
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      handler: 'index.handler',
      code: settings.code(definition.entry),
      role,
      timeout: definition.timeout,
      // CPU scales with memory: this makes cold starts short; a function uses at most 192 MiB.
      memorySize: 512,
      environment: declared(props.name, props.environment),
      reservedConcurrentExecutions: definition.reserve && settings.reservedConcurrency[definition.reserve],
      logGroup,
      loggingFormat: LoggingFormat.JSON,
      applicationLogLevelV2: ApplicationLogLevel.INFO,
      systemLogLevelV2: SystemLogLevel.WARN,
      ...(network && {
        vpc: network.vpc,
        vpcSubnets: network.vpcSubnets,
        securityGroups: network.securityGroups,
      }),
      ...(settings.sharedFiles && opensFiles(props.name) && { filesystem: settings.sharedFiles.mount }),
    });
  }

  /**
   * Lets it invoke itself, for as long as there is something left to do: Lambda ends a chain of 16 invocations otherwise
   * (Lambda guide, "Recursive loop detection").
   */
  letContinue(): void {
    const { role, node, functionArn } = this.lambda;
    const { defaultChild } = node;
    if (role === undefined || !(defaultChild instanceof CfnFunction)) throw new Error('a function has a role');
    defaultChild.recursiveLoop = RecursiveLoop.ALLOW;
    // Not in the role's own policy: the function waits for that one, and this one waits for the function.
    const invoke = new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [functionArn] });
    new Policy(this, 'Continue', { roles: [role], statements: [invoke] });
  }

  grant(...statements: readonly PolicyStatement[]): void {
    for (const statement of statements) this.lambda.addToRolePolicy(statement);
    giveReasons(this, statements);
  }
}

/**
 * `BackupFunction` for `backup`: the construct's id, so that names in the template and in placeholders follow the
 * function's.
 */
export function functionId(name: FunctionName): string {
  return `${name.charAt(0).toUpperCase()}${name.slice(1)}Function`;
}

/** Whether it declares where the files are mounted. */
function opensFiles(name: FunctionName): boolean {
  return 'NFS_MOUNT' in ENVIRONMENTS[name].shape;
}

/**
 * The values that the function, or the worker, declares.
 * @throws zod's error, which names the missing variable
 */
export function declared<Name extends keyof typeof ENVIRONMENTS>(
  name: Name,
  values: Environment<Name>,
): Record<string, string> {
  const schema = ENVIRONMENTS[name];
  const provided = schema.safeParse(values);
  if (!provided.success) throw new Error(`the environment of ${name}: ${z.prettifyError(provided.error)}`);
  const names = new Set(Object.keys(schema.shape));
  return Object.fromEntries(Object.entries(values).filter(([variable]) => names.has(variable)));
}
