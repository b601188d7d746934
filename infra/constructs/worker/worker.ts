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

/** Fargate's longest; Spot and the retirement of a host give no more. */
const STOP_TIMEOUT = Duration.minutes(2);

const FILES_VOLUME = 'backups';

/**
 * What the nodes that send BACKUP and RESTORE become when a function's 15 minutes are not enough: a task of ECS on Fargate, started by
 * the workflow for one statement. A cluster without tasks costs nothing, and there is none but while the worker works.
 *
 * Always on FARGATE, never on Spot, although an interruption leaves nothing running: a `BACKUP` dies with the connection that sent it,
 * so that hours of the tenant's TiKV nodes would be done again, to save some 70 % of a cent an hour.
 */
export class Worker extends Construct {
  readonly cluster: Cluster;
  readonly taskDefinition: FargateTaskDefinition;
  /**
   * Of the task definition without a revision, of which ECS takes the newest one. An execution keeps the definition that it began
   * with, and a deployment deregisters the revision that was: by its number, no backup under way could go on on the worker, or try it again.
   */
  readonly familyArn: string;
  /** Of the task, and of what starts it. */
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
        'Its metrics would cost more than the tasks, of which one does little but wait for TiDB: how far it is, the record tells.',
    });

    const taskRole = this.#role('TaskRole', [
      ...takeBackups(this, deployment),
      ...restoreBackups(this, deployment),
      ...verifyRestores(this, deployment),
      // What a function that ran out of its time has left of the backup which the worker then takes.
      ...removeBackupFiles(deployment.storage),
      answerTasks(),
    ]);
    // What it may do, the log group and the image's repository grant.
    const executionRole = this.#role('ExecutionRole', []);
    giveReason(
      executionRole,
      '*',
      'ecr:GetAuthorizationToken knows no resources; images are pulled from one repository.',
    );
    this.roles = [taskRole, executionRole];

    this.taskDefinition = new FargateTaskDefinition(this, 'Task', {
      // It sends SQL and looks at how that is doing; the data go from TiKV to the storage.
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
      // What the process writes is its log.
      readonlyRootFilesystem: true,
      // Hands SIGTERM on, also before the process listens for it: the first process of a container does not die of it.
      linuxParameters: new LinuxParameters(this, 'Linux', { initProcessEnabled: true }),
      stopTimeout: STOP_TIMEOUT,
      logging: LogDrivers.awsLogs({
        logGroup: new LogGroup(this, 'Logs', settings.logs),
        streamPrefix: 'task',
        // Logs that cannot be delivered must not hold up heartbeats.
        mode: AwsLogDriverMode.NON_BLOCKING,
      }),
    });
    if (settings.sharedFiles) {
      container.addMountPoints({
        sourceVolume: FILES_VOLUME,
        containerPath: settings.sharedFiles.functionPath,
        // What it may write there, the rights of its role say.
        readOnly: false,
      });
    }
    Validations.of(this.taskDefinition).acknowledge({
      id: 'AwsSolutions-ECS2',
      reason: 'The variables name tables and paths, which are no secrets; passwords are read from Secrets Manager.',
    });
  }

  /** What stands for the worker in a definition. */
  get substitutions(): Record<'Partition' | 'WorkerClusterArn' | 'WorkerTaskFamily', string> {
    return {
      // Of the integration that starts the task: `aws-cn` and `aws-us-gov` have ARNs of their own.
      Partition: Stack.of(this).partition,
      WorkerClusterArn: this.cluster.clusterArn,
      // Without a revision: ECS takes the newest one (RunTask, `taskDefinition`).
      WorkerTaskFamily: this.taskDefinition.family,
    };
  }

  /** The same, of lists. */
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
