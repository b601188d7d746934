import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { OnAwsCall } from './aws/aws-call.ts';
import { AwsDoor } from './aws/aws-door.ts';
import { Callers } from './aws/callers.ts';
import type { AlarmState } from './aws/cloudwatch/alarms.ts';
import { CloudWatch } from './aws/cloudwatch/cloud-watch.ts';
import type { Metrics } from './aws/cloudwatch/metrics.ts';
import { listenAsDynamoDb } from './aws/dynamodb/dynamodb.ts';
import { EcsTasks, type RunningTask } from './aws/ecs/ecs-tasks.ts';
import { listenAsEventBridge } from './aws/events/event-bridge.ts';
import { EventBus } from './aws/events/event-bus.ts';
import type { BusEvent } from './aws/events/events.ts';
import { executionStatusEvent } from './aws/events/status-events.ts';
import type { AwsGate } from './aws/gate.ts';
import { type ApiAccess, type Authorizers, openAuthorizers } from './aws/http-api/authorizers.ts';
import type { enforcedAuthorizers } from './aws/http-api/enforced-authorizers.ts';
import { type ApiBackend, listenAsHttpApi, type Pages } from './aws/http-api/http-api.ts';
import { routesOf } from './aws/http-api/routes.ts';
import { throttleOf } from './aws/http-api/throttle.ts';
import { Authorizer } from './aws/iam/authorizer.ts';
import { RoleUse } from './aws/iam/role-use.ts';
import { IamSimulator } from './aws/iam/simulator.ts';
import { Keys } from './aws/kms/keys.ts';
import { listenAsKms } from './aws/kms/kms.ts';
import { AsyncInvocations } from './aws/lambda/async-invocations.ts';
import { buildRuntime } from './aws/lambda/build-runtime.ts';
import { Concurrency } from './aws/lambda/concurrency.ts';
import { mappingsOf } from './aws/lambda/event-source-mapping.ts';
import { FunctionDirectory } from './aws/lambda/function-directory.ts';
import { functionsOf } from './aws/lambda/functions-of-stack.ts';
import { listenAsLambda } from './aws/lambda/invoke-endpoint.ts';
import type { Invocation, InvocationResult, InvocationStart, ProcessStatus } from './aws/lambda/lambda-function.ts';
import { OnFailure } from './aws/lambda/on-failure.ts';
import { Readiness } from './aws/lambda/readiness.ts';
import type { BucketPlaces } from './aws/s3/bucket-places.ts';
import type { ForeignBucket } from './aws/s3/foreign-bucket.ts';
import { listenAsS3 } from './aws/s3/s3.ts';
import { SecretStore } from './aws/secrets-manager/secret-store.ts';
import { listenAsSecretsManager } from './aws/secrets-manager/secrets-manager.ts';
import { listenAsSqs } from './aws/sqs/queues.ts';
import type { Execution } from './aws/step-functions/execution.ts';
import { ExecutionStore } from './aws/step-functions/execution-store.ts';
import { stateMachinesOf } from './aws/step-functions/state-machines-of-stack.ts';
import { listenAsStepFunctions } from './aws/step-functions/step-functions.ts';
import { Cleanup } from './cleanup.ts';
import { FileSystems } from './file-systems.ts';
import type { LoopbackServer } from './http/loopback-server.ts';
import { SandboxProvisioner } from './sandbox-provisioner.ts';
import { readStack } from './template/stack.ts';
import { type RunningTidb, startTidb, type TidbOptions, type TidbStorage } from './tidb.ts';
import type { Mount } from './tidb-sandbox/brie/session.ts';

/** Longer than a client waits between two polls, but short enough that node functions, each used once per workflow, do not pile up. */
const DEFAULT_IDLE_SECONDS = 5;

export interface LocalCloudOptions {
  /** Path of a synthesized `*.template.json` with its assets beside it, or a template whose functions have inline code. */
  readonly template: string | object;
  /** Port of the HTTP API. Default 0: any free port. */
  readonly port?: number;
  /** Pages to serve beside the API. Default: none. */
  readonly pages?: Pages;
  /** TiDB sandboxes to start. Default: none. */
  readonly tidb?: TidbOptions;
  /** Seconds after which an idle function process ends. */
  readonly idleSeconds?: number;
  /** For tests: variables that a function or a task's container gets in addition to the template's. */
  readonly functionEnvironment?: (logicalId: string, functionName: string) => Readonly<Record<string, string>>;
  /** For tests and demos: timeout of functions, in seconds. Defaults to the template's. */
  readonly functionTimeout?: (logicalId: string) => number | undefined;
  /** For tests: length of a day in the locks and lifecycle rules of S3, in ms. Defaults to a real day. */
  readonly s3DayMs?: number;
  /** Buckets that the template names but does not create. */
  readonly buckets?: readonly ForeignBucket[];
  /** Delay of a replica in S3, in ms. Default: about a second. */
  readonly replicationMs?: (key: string) => number;
  /** Called for every finished call to a local endpoint. */
  readonly onAwsCall?: OnAwsCall;
  /** Called for every call that a function or task had no right to make, with AWS's message. Default: a line on standard error. */
  readonly onDenied?: (message: string) => void;
  /** Called for every call to a local endpoint, before it runs and before its answer is sent. */
  readonly gate?: AwsGate;
  /** Called before every invocation. */
  readonly onInvocationStart?: (start: InvocationStart) => void;
  /** Called after every invocation. */
  readonly onInvoke?: (invocation: Invocation) => void;
  /** Called for every task as it starts. */
  readonly onTaskStart?: (task: RunningTask) => void;
  /** Called for every task when its process has ended. */
  readonly onTaskStop?: (task: RunningTask) => void;
  /** Makes the API require what the template's routes say. By default anyone on this machine is let in. */
  readonly authorization?: {
    /** Extra claims of the local issuer's tokens. */
    readonly tokenClaims: Readonly<Record<string, string>>;
  };
  /** Called for every event on the default bus. */
  readonly onEvent?: (event: BusEvent) => void;
  /** Receives the log lines of functions and containers. By default they are dropped. */
  readonly log?: (line: string, name: string) => void;
}

/** Base URLs of the AWS APIs. */
export interface Endpoints {
  readonly dynamodb: string;
  readonly s3: string;
  readonly stepfunctions: string;
  readonly secretsmanager: string;
  readonly lambda: string;
  readonly eventbridge: string;
  readonly sqs: string;
  readonly kms: string;
}

export interface FunctionStatus {
  readonly logicalId: string;
  readonly name: string;
  readonly processes: readonly ProcessStatus[];
}

export interface LocalCloud {
  /** Base URL of the routes: `http://127.0.0.1:<port>/api/v1`. */
  readonly api: string;
  /** How a client of the API authenticates. */
  readonly access: ApiAccess;
  readonly endpoints: Endpoints;
  readonly region: string;
  /** The template's outputs. */
  readonly outputs: Readonly<Record<string, string>>;
  readonly tidb: readonly RunningTidb[];
  /** The file systems that the sandboxes have mounted, which the functions mount too. */
  readonly mounts: readonly Mount[];
  /** Invokes a function by logical id, name or ARN. A function's failure is a result, not a rejection. */
  invoke(logicalIdOrName: string, payload: unknown): Promise<InvocationResult>;
  /** Fires a scheduled rule as if it were due at `time` (default: now); resolves when its targets are done. */
  fireRule(logicalId: string, time?: Date): Promise<void>;
  /** Every function with its current processes. */
  functions(): FunctionStatus[];
  /** The account's limit for functions without a reservation: lower it to make Lambda throttle them. */
  readonly concurrency: Pick<Concurrency, 'unreserved'>;
  /** Makes Lambda refuse invocations, lose answers or start slowly. */
  readonly readiness: Pick<Readiness, 'refuses' | 'loses' | 'letSleep' | 'firstInvocationMs'>;
  /** Makes a bucket or a region of S3 unavailable. */
  readonly places: Pick<BucketPlaces, 'loseBucket' | 'loseRegion' | 'regainRegion'>;
  /** Every running ECS task. */
  tasks(): RunningTask[];
  /** All metrics that the functions have logged or AWS's services have written. */
  readonly metrics: Metrics;
  /** Every alarm of the template in its current state. */
  alarms(): Promise<AlarmState[]>;
  /** Ends every server and process. */
  stop(): Promise<void>;
}

/** Runs the template on this machine, on loopback and free ports. Throws an error that names whatever it cannot run. */
export async function startLocalCloud(options: LocalCloudOptions): Promise<LocalCloud> {
  const cleanup = new Cleanup();
  try {
    return await start(options, cleanup);
  } catch (error) {
    await cleanup.run();
    throw error;
  }
}

async function start(options: LocalCloudOptions, cleanup: Cleanup): Promise<LocalCloud> {
  const { onInvocationStart = () => undefined, onInvoke = () => undefined, log = () => undefined } = options;
  const scratch = await mkdtemp(join(tmpdir(), 'local-cloud-'));
  cleanup.add(() => rm(scratch, { recursive: true, force: true }));
  const served = async <Server extends LoopbackServer>(server: Promise<Server>): Promise<Server> => {
    const listening = await server;
    cleanup.add(() => listening.close());
    return listening;
  };

  const callers = new Callers();
  // The outputs hold the API's address, so the API listens before the template is read.
  const backend = Promise.withResolvers<ApiBackend>();
  const httpApi = await served(listenAsHttpApi(backend.promise, options.port ?? 0, options.pages));
  const stack = readStack(options.template, httpApi.url);
  const { environment } = stack;
  const secrets = new SecretStore(environment);
  const onDenied = options.onDenied ?? ((message: string) => console.error(`IAM: ${message}`));
  const { buckets: foreign = [] } = options;
  const keys = new Keys([
    ...stack.resourcesOf('AWS::KMS::Key').map(({ ref, attributes }) => attributes.Arn ?? ref),
    ...foreign.flatMap(({ keyArn }) => keyArn ?? []),
  ]);
  const authorizer = new Authorizer({
    stack,
    keys,
    foreign,
    secret: (id) => secrets.find(id),
    simulator: new IamSimulator(),
    onDenied,
  });
  const { authorize } = authorizer;
  const door = new AwsDoor({ callers, gate: options.gate, authorize, onAwsCall: options.onAwsCall });

  const dynamodb = await served(listenAsDynamoDb(door));
  const s3 = await served(
    listenAsS3(join(scratch, 's3'), door, {
      dayMs: options.s3DayMs,
      region: environment.region,
      replicationMs: options.replicationMs,
      mayReplicate: (role, accesses) => authorizer.mayReplicate(role, accesses),
      keyOf: (arn) => authorizer.keyOf(arn),
    }),
  );
  const fileSystems = new FileSystems(join(scratch, 'file-systems'));
  const storage: TidbStorage = { s3Endpoint: s3.url, mounts: fileSystems.mountsOfTidb(stack.outputs) };
  // This takes two seconds, which the rest need not wait for.
  const tidbStarting = startTidb(options.tidb ?? { clusters: 0 }, storage);
  const tidbSettled = Promise.allSettled([tidbStarting]);
  cleanup.add(async () => {
    const [started] = await tidbSettled;
    if (started.status === 'fulfilled') await Promise.all(started.value.map((sandbox) => sandbox.stop()));
  });
  const streams = await dynamodb.createTables(stack);
  for (const { name, ...settings } of foreign) s3.createVersionedBucket(name, settings);
  s3.createBuckets(stack);
  const secretsManager = await served(listenAsSecretsManager(secrets, door));

  const kms = await served(listenAsKms(keys, door));
  const queues = await served(listenAsSqs(stack));
  const cloudWatch = new CloudWatch(stack, queues);
  const onLog = (name: string, line: string): void => {
    cloudWatch.logged(line);
    log(line, name);
  };
  const processOptions = {
    directoryOf: (accessPoint: string) => fileSystems.directoryOf(accessPoint),
    callers,
    endpointVariables: () => endpointVariables(endpoints),
    extraVariables: (logicalId: string, name: string) => options.functionEnvironment?.(logicalId, name) ?? {},
    onLog,
  };

  const concurrency = new Concurrency();
  const readiness = new Readiness();
  const functions = new FunctionDirectory(
    functionsOf(stack, {
      timeoutOf: options.functionTimeout ?? (() => undefined),
      runtimePath: buildRuntime(scratch),
      scratchFolder: join(scratch, 'functions'),
      ...processOptions,
      idleSeconds: options.idleSeconds ?? DEFAULT_IDLE_SECONDS,
      concurrency,
      readiness,
      onInvocationStart,
      onInvoke: (invocation) => {
        cloudWatch.invoked(functions.get(invocation.logicalId).name, invocation.result);
        onInvoke(invocation);
      },
    }),
  );
  cleanup.add(() => Promise.all(functions.all.map((each) => each.stop())));
  const ecsTasks = new EcsTasks(stack, {
    ...processOptions,
    onStart: options.onTaskStart ?? (() => undefined),
    onStop: options.onTaskStop ?? (() => undefined),
  });
  cleanup.add(() => ecsTasks.stop());
  const roleUse = new RoleUse({ stack, authorizer, onDenied });
  const onFailure = new OnFailure(queues, roleUse);
  const invocations = new AsyncInvocations(stack, onFailure);
  const mappings = mappingsOf(stack, {
    streams,
    functions,
    roleUse,
    onFailure,
    onRead: (functionName, age) => cloudWatch.streamRead(functionName, age),
  });

  const publishStatus = (execution: Execution): void => {
    void bus.publish(executionStatusEvent(environment, execution));
  };
  const executions = new ExecutionStore(stateMachinesOf(stack, functions), {
    ...{ region: environment.region, functions, ecsTasks },
    onStatusChange: publishStatus,
  });
  const bus = new EventBus(stack, { functions, invocations, executions, queues }, options.onEvent ?? (() => undefined));
  cleanup.add(() => {
    bus.stop();
    invocations.stop();
    mappings.stop();
    executions.stopAll();
  });
  const stepFunctions = await served(listenAsStepFunctions(executions, door));
  // The tenant's provisioner is a function of another stack: here it starts more sandboxes.
  const provisioner = new SandboxProvisioner({ storage, secrets, version: options.tidb?.version });
  cleanup.add(() => provisioner.stop());
  const invocable = {
    all: functions.all,
    find(key: string) {
      if (key === stack.outputs.ProvisionerArn) return provisioner;
      const target = functions.named(key);
      return (
        target && {
          isLoop: target.isLoop.bind(target),
          invoke: target.invoke.bind(target),
          accept: (event: string, trace?: string) => invocations.invoke(target, event, trace),
        }
      );
    },
  };
  const lambda = await served(listenAsLambda(invocable, door, mappings));
  const eventBridge = await served(listenAsEventBridge(bus, environment, door));
  const endpoints: Endpoints = {
    dynamodb: dynamodb.url,
    s3: s3.url,
    stepfunctions: stepFunctions.url,
    secretsmanager: secretsManager.url,
    lambda: lambda.url,
    eventbridge: eventBridge.url,
    sqs: queues.url,
    kms: kms.url,
  };

  const tidb = await tidbStarting;
  bus.start();
  const authorizers = options.authorization
    ? await enforceAuthorization(stack, { ...options.authorization, served })
    : openAuthorizers(stack);
  backend.resolve({
    environment,
    routes: routesOf(stack, functions, authorizers),
    admit: throttleOf(stack),
    onAnswer: (status) => cloudWatch.answered(status),
  });

  return {
    api: `${httpApi.url}/api/v1`,
    access: authorizers.access,
    endpoints,
    region: environment.region,
    outputs: stack.outputs,
    tidb,
    mounts: storage.mounts,
    invoke: (name, payload) => functions.get(name).invoke(JSON.stringify(payload)),
    fireRule: (logicalId, time = new Date()) => bus.fire(logicalId, time),
    functions: () =>
      functions.all.map((each) => ({ logicalId: each.logicalId, name: each.name, processes: each.processes() })),
    concurrency,
    readiness,
    places: s3.places,
    tasks: () => ecsTasks.running(),
    metrics: cloudWatch.metrics,
    alarms: () => cloudWatch.alarms(),
    stop: () => cleanup.run(),
  };
}

/** The SDKs read these variables by themselves. */
function endpointVariables(endpoints: Endpoints): Record<string, string> {
  return {
    AWS_ENDPOINT_URL_DYNAMODB: endpoints.dynamodb,
    AWS_ENDPOINT_URL_S3: endpoints.s3,
    AWS_ENDPOINT_URL_SFN: endpoints.stepfunctions,
    AWS_ENDPOINT_URL_SECRETS_MANAGER: endpoints.secretsmanager,
    AWS_ENDPOINT_URL_LAMBDA: endpoints.lambda,
    AWS_ENDPOINT_URL_EVENTBRIDGE: endpoints.eventbridge,
  };
}

/** Loaded only if needed: the IAM simulator knows all of AWS. */
async function enforceAuthorization(...args: Parameters<typeof enforcedAuthorizers>): Promise<Authorizers> {
  const enforced = await import('./aws/http-api/enforced-authorizers.ts');
  return enforced.enforcedAuthorizers(...args);
}
