import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import type { Stack } from '../../template/stack.ts';
import type { Callers } from '../callers.ts';
import { TaskError } from '../step-functions/task.ts';
import { ContainerProcess } from './container-process.ts';
import { type LocalTaskDefinition, taskDefinitionsOf } from './task-definition.ts';

/** A running task. */
export interface RunningTask {
  readonly arn: string;
  /** Logical id of its task definition. */
  readonly logicalId: string;
  readonly pid: number;
  /** Environment variables that `RunTask` added to the container. */
  readonly overrides: Readonly<Record<string, string>>;
  /** Stops it as Fargate Spot does: SIGTERM, then SIGKILL after the container's stop timeout. Resolves when the process has ended. */
  interrupt(): Promise<void>;
  /** Kills it, as the loss of a machine does. Resolves when the process has ended. */
  kill(): Promise<void>;
}

export interface EcsTasksOptions {
  /** The folder behind an access point. */
  readonly directoryOf: (accessPoint: string) => string;
  readonly callers: Callers;
  /** `AWS_ENDPOINT_URL_*`. */
  readonly endpointVariables: () => Readonly<Record<string, string>>;
  readonly extraVariables: (logicalId: string, containerName: string) => Readonly<Record<string, string>>;
  readonly onLog: (containerName: string, line: string) => void;
  readonly onStart: (task: RunningTask) => void;
  /** The task has ended, for whatever reason. */
  readonly onStop: (task: RunningTask) => void;
}

/** Limit on the overrides, in characters of JSON (API reference, TaskOverride). */
const MAX_OVERRIDES = 8_192;

const idsSchema = z.array(z.string()).min(1);

/** Parameters of `RunTask` in a state; others are refused. */
const runTaskSchema = z.strictObject({
  LaunchType: z.literal('FARGATE'),
  Cluster: z.string(),
  TaskDefinition: z.string(),
  // Fargate tasks always need a network.
  NetworkConfiguration: z.strictObject({
    AwsvpcConfiguration: z.strictObject({
      Subnets: idsSchema,
      SecurityGroups: idsSchema,
      AssignPublicIp: z.enum(['ENABLED', 'DISABLED']).optional(),
    }),
  }),
  Overrides: z
    .strictObject({
      ContainerOverrides: z.tuple([
        z.strictObject({
          Name: z.string(),
          Environment: z.array(z.strictObject({ Name: z.string(), Value: z.string() })).default([]),
        }),
      ]),
    })
    .refine((overrides) => JSON.stringify(overrides).length <= MAX_OVERRIDES, {
      error: `Container Overrides length must be at most ${MAX_OVERRIDES}`,
    })
    .optional(),
});

/** Runs the tasks of the template's clusters, each as a process that calls AWS with its task role. */
export class EcsTasks {
  readonly #options: EcsTasksOptions;
  readonly #clusters: ReadonlyMap<string, string>;
  /** By every name that a call may use. */
  readonly #definitions: ReadonlyMap<string, LocalTaskDefinition>;
  readonly #running = new Map<RunningTask, ContainerProcess>();
  #stopped = false;

  constructor(stack: Stack, options: EcsTasksOptions) {
    this.#options = options;
    this.#clusters = new Map(
      stack
        .resourcesOf('AWS::ECS::Cluster')
        .flatMap(({ ref, attributes: { Arn = ref } }) => [ref, Arn].map((key) => [key, Arn] as const)),
    );
    this.#definitions = new Map(
      taskDefinitionsOf(stack, options.directoryOf).flatMap((each) => namesOf(each.arn).map((name) => [name, each])),
    );
  }

  /** In order of start. */
  running(): RunningTask[] {
    return [...this.#running.keys()];
  }

  /**
   * `RunTask` as a state calls it: returns once the task has started, not when it ends.
   * @throws {TaskError} named as Step Functions names the API's errors
   */
  run(parameters: unknown): { readonly Tasks: Record<string, string>[]; readonly Failures: [] } {
    const parsed = runTaskSchema.safeParse(parameters);
    if (!parsed.success) throw new TaskError('ECS.InvalidParameterException', z.prettifyError(parsed.error));
    const { Cluster, TaskDefinition, Overrides } = parsed.data;
    const clusterArn = this.#clusters.get(Cluster);
    if (clusterArn === undefined) throw new TaskError('ECS.ClusterNotFoundException', `no cluster ${Cluster}`);
    const definition = this.#definitions.get(TaskDefinition);
    if (definition === undefined) throw new TaskError('ECS.ClientException', `no task definition ${TaskDefinition}`);
    const [override = { Name: definition.containerName, Environment: [] }] = Overrides?.ContainerOverrides ?? [];
    if (override.Name !== definition.containerName) {
      throw new TaskError('ECS.InvalidParameterException', `the task definition has no container ${override.Name}`);
    }
    if (this.#stopped) throw new TaskError('ECS.ServerException', 'the local cloud is stopping');
    const overrides = Object.fromEntries(override.Environment.map(({ Name, Value }) => [Name, Value]));
    const arn = `${clusterArn.replace(':cluster/', ':task/')}/${randomUUID().replaceAll('-', '')}`;
    this.#start(definition, arn, overrides);
    const task = { TaskArn: arn, ClusterArn: clusterArn, TaskDefinitionArn: definition.arn };
    return { Tasks: [{ ...task, LastStatus: 'PROVISIONING', LaunchType: 'FARGATE' }], Failures: [] };
  }

  /** Kills every task. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all([...this.#running.values()].map((container) => container.kill()));
  }

  #start(definition: LocalTaskDefinition, arn: string, overrides: RunningTask['overrides']): void {
    const { logicalId, containerName } = definition;
    const { callers, endpointVariables, extraVariables, onLog, onStart, onStop } = this.#options;
    const accessKeyId = callers.issueAccessKey(logicalId);
    const container = new ContainerProcess({
      folder: definition.folder,
      args: definition.args,
      environment: {
        ...definition.environment,
        AWS_ACCESS_KEY_ID: accessKeyId,
        AWS_SECRET_ACCESS_KEY: 'local',
        ...endpointVariables(),
        ...extraVariables(logicalId, containerName),
        ...overrides,
      },
      stopTimeoutSeconds: definition.stopTimeoutSeconds,
      onLog: (line) => onLog(containerName, line),
      onExit: () => {
        this.#running.delete(task);
        onStop(task);
      },
    });
    const { pid } = container;
    if (pid === undefined) throw new TaskError('ECS.ServerException', 'the process of the task could not be started');
    const task: RunningTask = {
      ...{ arn, logicalId, pid, overrides },
      interrupt: () => container.stop(),
      kill: () => container.kill(),
    };
    callers.started(accessKeyId, pid);
    this.#running.set(task, container);
    onStart(task);
  }
}

/** With and without a revision (there is only one here), as an ARN or as the family alone (API reference, RunTask). */
function namesOf(arn: string): string[] {
  const withoutRevision = arn.slice(0, arn.lastIndexOf(':'));
  return [arn, withoutRevision].flatMap((name) => [name, name.slice(name.indexOf('/') + 1)]);
}
