import type { TaskDefinition } from 'aws-cdk-lib/aws-ecs';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Worker } from '../constructs/worker.ts';
import { WildcardStatement } from './wildcard-statement.ts';

/** The role of a state machine: starts tasks of this definition's revision, in this cluster, with the two roles that it names. */
export function runTasks({ cluster, taskDefinition, roles }: Pick<Worker, 'cluster' | 'taskDefinition' | 'roles'>) {
  return [
    new PolicyStatement({
      actions: ['ecs:RunTask'],
      resources: [arnOf(taskDefinition)],
      conditions: { ArnEquals: { 'ecs:cluster': cluster.clusterArn } },
    }),
    new PolicyStatement({
      actions: ['iam:PassRole'],
      resources: roles.map(({ roleArn }) => roleArn),
      conditions: { StringEquals: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' } },
    }),
  ];
}

/** With its revision. */
const arnOf = ({ taskDefinitionArn }: TaskDefinition): string => taskDefinitionArn;

/** Tells Step Functions how a task is doing. */
export function answerTasks(): PolicyStatement {
  return new WildcardStatement({
    actions: ['states:SendTaskFailure', 'states:SendTaskHeartbeat', 'states:SendTaskSuccess'],
    resources: ['*'],
    because:
      'The actions know no resources (Service Authorization Reference, "AWS Step Functions"): the token, which the task alone is given, is what counts.',
  });
}
