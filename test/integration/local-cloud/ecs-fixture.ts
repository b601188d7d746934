import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { roleResource } from './fixture-template.ts';

const REPOSITORY = 'fixture-images';
const IMAGE = 'worker';

const DOCKERFILE = `# What a container runs.
FROM node:24-slim
WORKDIR /app
COPY worker.mjs ./
USER node
CMD ["node", "worker.mjs"]
`;

/** Does what NODE says, and calls Step Functions as an SDK would. NODE `silent` does nothing; `deaf` is silent and also ignores SIGTERM. */
const WORKER = `
  const { NODE, TASK_TOKEN: taskToken, AWS_ENDPOINT_URL_SFN, AWS_ACCESS_KEY_ID } = process.env;
  const call = (action, body) => fetch(AWS_ENDPOINT_URL_SFN, {
    method: 'POST',
    headers: {
      'x-amz-target': 'AWSStepFunctions.' + action,
      authorization: 'AWS4-HMAC-SHA256 Credential=' + AWS_ACCESS_KEY_ID + '/20260101/us-east-1/states/aws4_request',
    },
    body: JSON.stringify({ taskToken, ...body }),
  });
  setInterval(() => {}, 1_000);
  process.on('SIGTERM', async () => {
    console.log('SIGTERM');
    if (NODE === 'deaf') return;
    await call('SendTaskFailure', { error: 'Interrupted', cause: 'SIGTERM' });
    process.exit(0);
  });
  console.log('began ' + NODE);
  if (NODE === 'answer') {
    await call('SendTaskSuccess', { output: JSON.stringify({ cwd: process.cwd(), environment: process.env }) });
    process.exit(0);
  }
  if (NODE === 'heartbeat') {
    const { status } = await call('SendTaskHeartbeat', {});
    console.log('heartbeat answered ' + status);
  }
`;

export interface TaskFixture {
  readonly dockerfile?: string;
  /** Rights of the task's role. */
  readonly rights?: readonly object[];
  /** Additional fields of the state. */
  readonly state?: object;
  /** Parameters that differ from those of a valid call. */
  readonly parameters?: object;
}

const placeholder = (name: string) => `\${${name}}`;

const MAY_ANSWER = { Effect: 'Allow', Action: ['states:SendTaskSuccess', 'states:SendTaskFailure'], Resource: '*' };

/**
 * Path of a template with a task definition, whose image is an asset beside it, and a state machine `Machine` that runs it with the
 * execution's input as `NODE_INPUT` and its member `node` as `NODE`.
 */
export async function writeTaskApp(folder: string, fixture: TaskFixture = {}): Promise<string> {
  const asset = join(folder, 'asset.worker');
  await mkdir(asset, { recursive: true });
  await writeFile(join(asset, 'Dockerfile'), fixture.dockerfile ?? DOCKERFILE);
  await writeFile(join(asset, 'worker.mjs'), WORKER);
  await writeFile(
    join(folder, 'fixture.assets.json'),
    JSON.stringify({
      files: {},
      dockerImages: {
        [IMAGE]: {
          source: { directory: 'asset.worker' },
          destinations: { current: { repositoryName: REPOSITORY, imageTag: IMAGE } },
        },
      },
    }),
  );
  await writeFile(
    join(folder, 'manifest.json'),
    JSON.stringify({
      artifacts: { fixture: { environment: 'aws://111122223333/us-east-1', properties: { templateFile: FILE } } },
    }),
  );
  const path = join(folder, FILE);
  await writeFile(path, JSON.stringify(template(fixture)));
  return path;
}

const FILE = 'fixture.template.json';

function template({ rights = [MAY_ANSWER], state, parameters }: TaskFixture) {
  const definition = {
    StartAt: 'work',
    States: {
      work: {
        Type: 'Task',
        Resource: 'arn:aws:states:::ecs:runTask.waitForTaskToken',
        Parameters: {
          LaunchType: 'FARGATE',
          Cluster: placeholder('Cluster'),
          TaskDefinition: placeholder('TaskDefinition'),
          NetworkConfiguration: {
            AwsvpcConfiguration: { Subnets: ['subnet-1'], SecurityGroups: ['sg-1'], AssignPublicIp: 'DISABLED' },
          },
          Overrides: {
            ContainerOverrides: [
              {
                Name: 'worker',
                Environment: [
                  { Name: 'TASK_TOKEN', 'Value.$': '$$.Task.Token' },
                  { Name: 'NODE', 'Value.$': '$.node' },
                  { Name: 'NODE_INPUT', 'Value.$': 'States.JsonToString($)' },
                ],
              },
            ],
          },
          ...parameters,
        },
        ...state,
        End: true,
      },
    },
  };
  return {
    Resources: {
      Cluster: { Type: 'AWS::ECS::Cluster', Properties: {} },
      WorkerRole: roleResource(...rights),
      Task: {
        Type: 'AWS::ECS::TaskDefinition',
        Properties: {
          RequiresCompatibilities: ['FARGATE'],
          TaskRoleArn: { 'Fn::GetAtt': ['WorkerRole', 'Arn'] },
          Volumes: [
            {
              Name: 'files',
              EFSVolumeConfiguration: { FilesystemId: 'fs-1', AuthorizationConfig: { AccessPointId: 'fsap-1' } },
            },
          ],
          ContainerDefinitions: [
            {
              Name: 'worker',
              Image: { 'Fn::Sub': `111122223333.dkr.ecr.us-east-1.\${AWS::URLSuffix}/${REPOSITORY}:${IMAGE}` },
              Environment: [
                { Name: 'GREETING', Value: 'hello' },
                { Name: 'MOUNT', Value: '/mnt/files' },
              ],
              MountPoints: [{ ContainerPath: '/mnt/files', SourceVolume: 'files' }],
              StopTimeout: 1,
            },
          ],
        },
      },
      Machine: {
        Type: 'AWS::StepFunctions::StateMachine',
        Properties: {
          DefinitionString: JSON.stringify(definition),
          DefinitionSubstitutions: { Cluster: { 'Fn::GetAtt': ['Cluster', 'Arn'] }, TaskDefinition: { Ref: 'Task' } },
          RoleArn: 'arn:aws:iam::111122223333:role/fixture',
        },
      },
    },
    Outputs: { Machine: { Value: { Ref: 'Machine' } } },
  };
}
