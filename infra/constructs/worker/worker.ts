import { Duration, Stack, Validations } from 'aws-cdk-lib';
import {
  AwsLogDriverMode,
  Cluster,
  ContainerInsights,
  CpuArchitecture,
  FargateTaskDefinition,
  LinuxParameters,
  LogDrivers,
  OperatingSystemFamily,
} from 'aws-cdk-lib/aws-ecs';
import { type PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { removeBackupFiles } from '../../iam/backup-files.ts';
import { restoreBackups, takeBackups, verifyRestores } from '../../iam/nodes.ts';
import { giveReason, giveReasons } from '../../iam/wildcard-statement.ts';
import { answerTasks, runTasks } from '../../iam/worker.ts';
import type { SharedFiles } from '../data/shared-files.ts';
import type { Deployment } from '../function/deployment.ts';
import type { NodeNetwork } from '../function/node-network.ts';
import { declared } from '../function/service-function.ts';
import type { WorkerImage } from './worker-image.ts';

interface WorkerProps {
  readonly deployment: Deployment;
  readonly network: NodeNetwork;
  readonly image: WorkerImage;
}

/** Fargate's maximum; Spot and the retirement of a host allow no more. */
const STOP_TIMEOUT = Duration.minutes(2);

const FILES_VOLUME = 'backups';

/**
 * Runs BACKUP and RESTORE when a function's 15 minutes are too short: an ECS task on Fargate, which the workflow starts
 * for one statement. A cluster without tasks costs nothing, and tasks exist only while the worker works.
 *
 * Always on FARGATE, never on Spot, although an interruption leaves nothing running: a `BACKUP` dies with the
 * connection that sent it, so hours of work of the tenant's TiKV nodes would be repeated to save some 70 % of a cent
 * per hour.
 */
export class Worker extends Construct {
  readonly cluster: Cluster;
  readonly taskDefinition: FargateTaskDefinition;
  /**
   * Of the task definition without a revision, for which ECS takes the newest one. An execution keeps the definition
   * that it began with, and a deployment deregisters the previous revision: by its number, no running backup could
   * continue or retry on the worker.
   */
  readonly familyArn: string;
  /** Roles of the task, and of what starts it. */
  readonly roles: readonly Role[];
  readonly #network: NodeNetwork;

  constructor(scope: Construct, id: string, { deployment, network, image }: WorkerProps) {
    super(scope, id);
    this.#network = network;
    const { settings, environment } = deployment;

    this.cluster = new Cluster(this, 'Cluster', {
      vpc: network.vpc,
      containerInsightsV2: ContainerInsights.DISABLED,
    });
    Validations.of(this.cluster).acknowledge({
      id: 'AwsSolutions-ECS4',
      reason:
        'Its metrics would cost more than the tasks, which mostly wait for TiDB; the record shows their progress.',
    });

    const taskRole = this.#role('TaskRole', [
      ...takeBackups(this, deployment),
      ...restoreBackups(this, deployment),
      ...verifyRestores(this, deployment),
      // Files of the backup that a timed-out function left before the worker took over.
      ...removeBackupFiles(deployment.storage),
      answerTasks(),
    ]);
    // Its rights come from the grants of the log group and the image's repository.
    const executionRole = this.#role('ExecutionRole', []);
    giveReason(
      executionRole,
      '*',
      'ecr:GetAuthorizationToken knows no resources; images are pulled from one repository.',
    );
    this.roles = [taskRole, executionRole];

    this.taskDefinition = new FargateTaskDefinition(this, 'Task', {
      // It sends SQL and polls the progress; the data go directly from TiKV to the storage.
      cpu: 256,
      memoryLimitMiB: 512,
      runtimePlatform: {
        cpuArchitecture: CpuArchitecture.ARM64,
        operatingSystemFamily: OperatingSystemFamily.LINUX,
      },
      taskRole,
      executionRole,
      ...(settings.sharedFiles && { volumes: [volumeOf(settings.sharedFiles)] }),
    });
    this.familyArn = Stack.of(this).formatArn({
      service: 'ecs',
      resource: 'task-definition',
      resourceName: this.taskDefinition.family,
    });
    const container = this.taskDefinition.addContainer('Container', {
      containerName: 'worker',
      image: image(this),
      environment: declared('worker', environment),
      // The process writes only its log.
      readonlyRootFilesystem: true,
      // Forwards SIGTERM, even before the process listens for it: the first process of a container does not die of it.
      linuxParameters: new LinuxParameters(this, 'Linux', { initProcessEnabled: true }),
      stopTimeout: STOP_TIMEOUT,
      logging: LogDrivers.awsLogs({
        logGroup: new LogGroup(this, 'Logs', settings.logs),
        streamPrefix: 'task',
        // Logs that cannot be delivered must not block heartbeats.
        mode: AwsLogDriverMode.NON_BLOCKING,
      }),
    });
    if (settings.sharedFiles) {
      container.addMountPoints({
        sourceVolume: FILES_VOLUME,
        containerPath: settings.sharedFiles.functionPath,
        // The rights of its role decide what it may write there.
        readOnly: false,
      });
    }
    Validations.of(this.taskDefinition).acknowledge({
      id: 'AwsSolutions-ECS2',
      reason: 'The variables name tables and paths, which are no secrets; passwords are read from Secrets Manager.',
    });
  }

  /** Placeholders for the worker in a definition. */
  get substitutions(): Record<'Partition' | 'WorkerClusterArn' | 'WorkerTaskFamily', string> {
    return {
      // Part of the ARN of the integration that starts the task: `aws-cn` and `aws-us-gov` have their own.
      Partition: Stack.of(this).partition,
      WorkerClusterArn: this.cluster.clusterArn,
      // Without a revision: ECS takes the newest one (RunTask, `taskDefinition`).
      WorkerTaskFamily: this.taskDefinition.family,
    };
  }

  /** The same for lists. */
  get lists(): Record<'WorkerSubnets' | 'WorkerSecurityGroups', readonly string[]> {
    return {
      WorkerSubnets: this.#network.subnetIds,
      WorkerSecurityGroups: this.#network.securityGroups.map(({ securityGroupId }) => securityGroupId),
    };
  }

  /** For the role of a state machine. */
  mayBeRun(): PolicyStatement[] {
    return runTasks(this);
  }

  #role(id: string, statements: readonly PolicyStatement[]): Role {
    const role = new Role(this, id, { assumedBy: new ServicePrincipal('ecs-tasks.amazonaws.com') });
    for (const statement of statements) role.addToPolicy(statement);
    giveReasons(role, statements);
    return role;
  }
}

function volumeOf({ fileSystemId, accessPointId }: SharedFiles) {
  return {
    name: FILES_VOLUME,
    efsVolumeConfiguration: {
      fileSystemId,
      transitEncryption: 'ENABLED',
      authorizationConfig: { accessPointId, iam: 'ENABLED' },
    },
  };
}
