import { spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Stack } from 'aws-cdk-lib';
import type { Template } from 'aws-cdk-lib/assertions';
import { FargateTaskDefinition } from 'aws-cdk-lib/aws-ecs';
import { afterAll, describe, expect, it } from 'vitest';
import { ENVIRONMENTS } from '../../../../functions/environment.ts';
import { bundledImage } from '../../../../infra/constructs/worker/worker-image.ts';
import { commandOf } from '../../../../infra/local/aws/ecs/dockerfile.ts';
import { newApp } from '../../../../infra/synthesize.ts';
import { allRights, rightsOf } from '../../rights.ts';
import {
  FULL_TENANT,
  MINIMAL_TENANT,
  onlyResourceOf,
  type Resource,
  resourcesOf,
  synthesized,
} from '../../synthesized.ts';

const minimal = synthesized(MINIMAL_TENANT);
const full = synthesized(FULL_TENANT);
const inVpc = synthesized({ ...MINIMAL_TENANT, network: FULL_TENANT.network });

interface Container {
  readonly Environment: { readonly Name: string; readonly Value: unknown }[];
}
const containerOf = (template: Template): Container => {
  const { ContainerDefinitions } = onlyResourceOf(template, 'AWS::ECS::TaskDefinition').resource.Properties;
  const [container, ...others] = ContainerDefinitions as Container[];
  if (container === undefined || others.length > 0) throw new Error('the task is not one container');
  return container;
};

interface StateMachine {
  readonly DefinitionString: string;
  readonly DefinitionSubstitutions: Readonly<Record<string, unknown>>;
}

function stateMachineOf(template: Template, workflow: string): [string, Resource<StateMachine>] {
  const machines = resourcesOf<StateMachine>(template, 'AWS::StepFunctions::StateMachine');
  const found = machines.find(([id]) => id.startsWith(workflow));
  if (found === undefined) throw new Error(`there is no state machine of ${workflow}`);
  return found;
}

interface RunTask {
  readonly Cluster: string;
  readonly TaskDefinition: string;
  readonly NetworkConfiguration: {
    readonly AwsvpcConfiguration: {
      readonly Subnets: string[];
      readonly SecurityGroups: string[];
      readonly AssignPublicIp?: string;
    };
  };
}

/** What a definition starts in ECS. */
function tasksOf(definition: string): RunTask[] {
  const { States }: { States: Record<string, { Resource?: string; Parameters?: RunTask }> } = JSON.parse(definition);
  return Object.values(States).flatMap(({ Resource = '', Parameters }) =>
    Resource.includes(':states:::ecs:') && Parameters !== undefined ? [Parameters] : [],
  );
}

describe('the worker', () => {
  it('does not exist without a network, nor does anything that belongs to it', () => {
    expect(JSON.stringify(minimal.toJSON())).not.toMatch(/AWS::ECS|ecs-tasks|\becs:|ecr:|HAS_WORKER|states:SendTask/);
  });

  it('is one small Fargate task on arm64, whose container cannot change itself', () => {
    const { Properties } = onlyResourceOf(full, 'AWS::ECS::TaskDefinition').resource;

    expect(Properties).toMatchObject({
      Cpu: '256',
      Memory: '512',
      NetworkMode: 'awsvpc',
      RequiresCompatibilities: ['FARGATE'],
      RuntimePlatform: { CpuArchitecture: 'ARM64', OperatingSystemFamily: 'LINUX' },
    });
    expect(containerOf(full)).toMatchObject({
      Name: 'worker',
      Essential: true,
      ReadonlyRootFilesystem: true,
      LinuxParameters: { InitProcessEnabled: true },
      StopTimeout: 120,
    });
    expect(containerOf(full)).not.toHaveProperty('PortMappings');
  });

  it('costs nothing while idle: no service, no metrics of the cluster', () => {
    full.resourceCountIs('AWS::ECS::Service', 0);
    expect(onlyResourceOf(full, 'AWS::ECS::Cluster').resource.Properties).toMatchObject({
      ClusterSettings: [{ Name: 'containerInsights', Value: 'disabled' }],
    });
  });

  it.each([
    ['everything optional', full, Object.keys(ENVIRONMENTS.worker.shape)],
    ['a network alone', inVpc, Object.keys(ENVIRONMENTS.worker.shape).filter((name) => !name.startsWith('NFS_'))],
  ])('of a tenant with %s gets exactly the variables that it declares', (_tenant, template, names) => {
    const variables = containerOf(template).Environment;

    expect(variables.map(({ Name }) => Name).sort()).toEqual([...names].sort());
    expect(ENVIRONMENTS.worker.safeParse(Object.fromEntries(variables.map(({ Name }) => [Name, 'x']))).success).toBe(
      true,
    );
  });

  it('logs into its own group with the usual retention, and is not blocked by logging', () => {
    const [id] = resourcesOf(full, 'AWS::Logs::LogGroup').find(([each]) => each.startsWith('WorkerLogs')) ?? [];

    expect(containerOf(full)).toMatchObject({
      LogConfiguration: { LogDriver: 'awslogs', Options: { 'awslogs-group': { Ref: id }, mode: 'non-blocking' } },
    });
  });

  it("mounts the tenant's file system through its access point, encrypted, with the rights of its task role", () => {
    const { Volumes } = onlyResourceOf(full, 'AWS::ECS::TaskDefinition').resource.Properties;

    expect(Volumes).toEqual([
      {
        Name: 'backups',
        EFSVolumeConfiguration: {
          FilesystemId: FULL_TENANT.efs.fileSystemId,
          TransitEncryption: 'ENABLED',
          AuthorizationConfig: { AccessPointId: 'fsap-0123456789abcdef0', IAM: 'ENABLED' },
        },
      },
    ]);
    expect(containerOf(full)).toMatchObject({
      MountPoints: [{ SourceVolume: 'backups', ContainerPath: '/mnt/backups', ReadOnly: false }],
    });
    expect(onlyResourceOf(inVpc, 'AWS::ECS::TaskDefinition').resource.Properties).not.toHaveProperty('Volumes');
  });
});

describe("the worker's roles", () => {
  const ofFunction = (id: string) => rightsOf(full, id).filter((right) => !/^(?:logs|ec2):/.test(right));

  it('may do what the functions of its nodes may, remove files like the node fail, and answer', () => {
    const nodes = [
      'BackupFunction',
      'RestoreFromSrcClusterFunction',
      'RestoreNewClusterFunction',
      'VerifyRestoreFunction',
    ];
    const ofNodes = nodes.flatMap(ofFunction);
    const removal = ofFunction('BackupFailFunction').filter((right) => /^(?:s3|elasticfilesystem):/.test(right));
    const answers = ['Failure', 'Heartbeat', 'Success'].map((answer) => `states:SendTask${answer} on *`);

    expect(new Set(rightsOf(full, 'WorkerTask'))).toEqual(new Set([...ofNodes, ...removal, ...answers]));
  });

  it('may start it: pull its image, write its log', () => {
    const images = 'arn:aws:ecr:eu-central-1:111122223333:repository/images';

    expect(rightsOf(full, 'WorkerExecution').map((right) => right.replace('arn:AWS::Partition:', 'arn:aws:'))).toEqual(
      [
        `ecr:BatchCheckLayerAvailability on ${images}`,
        `ecr:BatchGetImage on ${images}`,
        'ecr:GetAuthorizationToken on *',
        `ecr:GetDownloadUrlForLayer on ${images}`,
        'logs:CreateLogStream on WorkerLogs',
        'logs:PutLogEvents on WorkerLogs',
      ].sort(),
    );
  });

  it('are assumed only by ECS', () => {
    const ofWorker = resourcesOf(full, 'AWS::IAM::Role').filter(([id]) => id.startsWith('Worker'));

    expect(ofWorker).toHaveLength(2);
    for (const [, { Properties }] of ofWorker) {
      expect(Properties.AssumeRolePolicyDocument).toMatchObject({
        Statement: [{ Action: 'sts:AssumeRole', Effect: 'Allow', Principal: { Service: 'ecs-tasks.amazonaws.com' } }],
      });
    }
  });
});

describe('the workflows that run the worker', () => {
  const { id: task, resource: definition } = onlyResourceOf(full, 'AWS::ECS::TaskDefinition');
  const familyArn = `arn:aws:ecs:eu-central-1:111122223333:task-definition/${definition.Properties.Family}`;
  const cluster = onlyResourceOf(full, 'AWS::ECS::Cluster').id;
  const SQL = ['BackupCluster', 'RestoreExistCluster', 'RestoreNewCluster', 'RestoreDrill'];
  const ofEcs = (right: string) => /^(?:ecs|iam):/.test(right);

  it.each(SQL)(
    '%s may start tasks of any revision of this definition, in this cluster, with its two roles',
    (workflow) => {
      const inCluster = ` when ${JSON.stringify({ ArnEquals: { 'ecs:cluster': { 'Fn::GetAtt': [cluster, 'Arn'] } } })}`;
      const toTasks = ' when {"StringEquals":{"iam:PassedToService":"ecs-tasks.amazonaws.com"}}';

      expect(rightsOf(full, `${workflow}Workflow`).filter(ofEcs)).toEqual([
        `ecs:RunTask on ${familyArn}:*${inCluster}`,
        `iam:PassRole on WorkerExecutionRole${toTasks}`,
        `iam:PassRole on WorkerTaskRole${toTasks}`,
      ]);
    },
  );

  it('are exactly those that send SQL', () => {
    const others = [...allRights(full)].filter(([role]) => !SQL.some((workflow) => role === `${workflow}WorkflowRole`));

    expect(others.flatMap(([, rights]) => rights.filter(ofEcs))).toEqual([]);
  });

  it.each(SQL)(
    "%s starts it in the tenant's subnets, behind the nodes' security group, without a public address",
    (id) => {
      const [, { Properties }] = stateMachineOf(full, id);
      const securityGroup = onlyResourceOf(full, 'AWS::EC2::SecurityGroup').id;
      const substituted = (placeholder: string) => Properties.DefinitionSubstitutions[placeholder.slice(2, -1)];

      const tasks = tasksOf(Properties.DefinitionString);

      expect(tasks).toHaveLength(id === 'RestoreDrill' ? 2 : 1);
      for (const started of tasks) {
        const { Subnets, SecurityGroups, AssignPublicIp } = started.NetworkConfiguration.AwsvpcConfiguration;
        expect(Subnets.map(substituted)).toEqual(FULL_TENANT.network.subnetIds);
        expect(SecurityGroups.map(substituted)).toEqual([{ 'Fn::GetAtt': [securityGroup, 'GroupId'] }]);
        expect(AssignPublicIp).toBe('DISABLED');
        expect(substituted(started.Cluster)).toEqual({ 'Fn::GetAtt': [cluster, 'Arn'] });
        expect(substituted(started.TaskDefinition)).toBe(definition.Properties.Family);
      }
    },
  );

  it.each(SQL)('%s names no revision of it, which the next deployment would deregister, but uses the newest', (id) => {
    const [, { Properties, DependsOn }] = stateMachineOf(full, id);

    expect(JSON.stringify(Properties)).not.toContain(`"${task}"`);
    expect(DependsOn).toContain(task);
  });

  it.each(SQL)('%s of a tenant without a network starts nothing', (id) => {
    const [, { Properties }] = stateMachineOf(minimal, id);

    expect(tasksOf(Properties.DefinitionString)).toEqual([]);
    expect(Object.keys(Properties.DefinitionSubstitutions).filter((name) => name.startsWith('Worker'))).toEqual([]);
  });
});

describe("the worker's image", () => {
  const scratch = mkdtempSync(join(tmpdir(), 'worker-image-test-'));
  afterAll(() => rmSync(scratch, { recursive: true, force: true }));

  /** Synthesizes a stack with only the image. */
  function synthesizedImage(name: string) {
    const app = newApp(join(scratch, name));
    const stack = new Stack(app, 'Stack');
    new FargateTaskDefinition(stack, 'Task').addContainer('Container', { image: bundledImage(stack) });
    const assembly = app.synth();
    const { dockerImages } = JSON.parse(readFileSync(join(assembly.directory, 'Stack.assets.json'), 'utf8'));
    const [[hash, { source }] = ['', { source: { directory: '', platform: '' } }]] = Object.entries<{
      source: { directory: string; platform: string };
    }>(dockerImages);
    return { hash, platform: source.platform, folder: join(assembly.directory, source.directory) };
  }

  // Neither docker nor anything else is on the path.
  const { PATH } = process.env;
  process.env.PATH = '';
  const image = synthesizedImage('first');
  process.env.PATH = PATH;

  it('is a folder with the Dockerfile and one file, which CDK builds for arm64 when it deploys', () => {
    expect(readdirSync(image.folder).sort()).toEqual(['Dockerfile', 'worker.mjs']);
    expect(image.platform).toBe('linux/arm64');
  });

  it('is the same when it is built again', () => {
    expect(synthesizedImage('second').hash).toBe(image.hash);
  });

  it('runs as an unprivileged user, on a fixed Node.js release, and receives SIGTERM itself', () => {
    const dockerfile = readFileSync(join(image.folder, 'Dockerfile'), 'utf8');

    expect(dockerfile).toMatch(/^FROM public\.ecr\.aws\/\S+:24[\w.-]*-slim$/m);
    expect(dockerfile).toMatch(/^USER node$/m);
    expect(commandOf(dockerfile)).toEqual(['node', 'worker.mjs']);
  });

  it('needs nothing else installed: only its task is missing', () => {
    const declared = Object.keys(ENVIRONMENTS.worker.shape).map((name) => [name, 'test/test']);
    const env = { AWS_REGION: 'us-east-1', ...Object.fromEntries(declared) };
    // A pipe may lose the end of what exceeds its buffer: Node.js prints the bundle's whole line.
    const errors = join(image.folder, '../stderr');
    const file = openSync(errors, 'w');

    const { status } = spawnSync(process.execPath, ['worker.mjs'], {
      cwd: image.folder,
      env,
      stdio: ['ignore', 'ignore', file],
    });

    closeSync(file);
    const stderr = readFileSync(errors, 'utf8');
    expect(status).toBe(1);
    expect(stderr).toContain('TASK_TOKEN');
    expect(stderr).not.toContain('ERR_MODULE_NOT_FOUND');
  });
});
