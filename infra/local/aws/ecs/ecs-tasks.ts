import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import type { Stack } from '../../template/stack.ts';
import type { Callers } from '../callers.ts';
import { TaskError } from '../step-functions/task.ts';
import { ContainerProcess } from './container-process.ts';
import { type LocalTaskDefinition, taskDefinitionsOf } from './task-definition.ts';

/** A task that is running. */
export interface RunningTask {
  readonly arn: string;
  /** Of its task definition. */
  readonly logicalId: string;
  readonly pid: number;
  /** What `RunTask` added to the container's environment. */
  readonly overrides: Readonly<Record<string, string>>;
  /** As Fargate Spot takes a task back: SIGTERM, and SIGKILL after the container's stop timeout. Resolves when it is gone. */
  interrupt(): Promise<void>;
  /** As a machine is lost: SIGKILL. Resolves when it is gone. */
  kill(): Promise<void>;
}

export interface EcsTasksOptions {
  /** The folder that stands for an access point. */
  readonly directoryOf: (accessPoint: string) => string;
  readonly callers: Callers;
  /** `AWS_ENDPOINT_URL_*`. */
  readonly endpointVariables: () => Readonly<Record<string, string>>;
  readonly extraVariables: (logicalId: string, containerName: string) => Readonly<Record<string, string>>;
  readonly onLog: (containerName: string, line: string) => void;
  readonly onStart: (task: RunningTask) => void;
  /** It is gone, for whatever reason. */
  readonly onStop: (task: RunningTask) => void;
}

/** ECS takes no more than so many characters of overrides, as JSON (API reference, TaskOverride). */
const MAX_OVERRIDES = 8_192;

const idsSchema = z.array(z.string()).min(1);

/** Parameters of `RunTask` as a state gives them; what is not listed is refused. */
const runTaskSchema = z.strictObject({
  LaunchType: z.literal('FARGATE'),
  Cluster: z.string(),
  TaskDefinition: z.string(),
  // Fargate runs nothing outside of a network.
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

/** The tasks of the template's clusters: each a process of its own, whose calls are those of its task role. */
export class EcsTasks {
  readonly #options: EcsTasksOptions;
  readonly #clusters: ReadonlyMap<string, string>;
  /** By every name that a call may have for it. */
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

  /** In the order of their start. */
  running(): RunningTask[] {
    return [...this.#running.keys()];
  }

  /**
   * `RunTask`, as a state calls it: answers when the task is started, not when it is done.
   * @throws {TaskError} as Step Functions names the API's errors
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

/** With a revision and, as there is but one here, without; each as ARN or as the family alone (API reference, RunTask). */
function namesOf(arn: string): string[] {
  const withoutRevision = arn.slice(0, arn.lastIndexOf(':'));
  return [arn, withoutRevision].flatMap((name) => [name, name.slice(name.indexOf('/') + 1)]);
}
