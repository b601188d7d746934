import type { ICluster } from 'aws-cdk-lib/aws-ecs';
import { type IRole, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { WildcardStatement } from './wildcard-statement.ts';

interface StartedTasks {
  readonly cluster: ICluster;
  /** ARN of the task definition, without a revision. */
  readonly familyArn: string;
  /** Roles of the task itself and of what starts it. */
  readonly roles: readonly IRole[];
}

/** For the role of a state machine: starts tasks of this definition, in this cluster, with these two roles. */
export function runTasks({ cluster, familyArn, roles }: StartedTasks) {
  return [
    new WildcardStatement({
      actions: ['ecs:RunTask'],
      resources: [`${familyArn}:*`],
      conditions: { ArnEquals: { 'ecs:cluster': cluster.clusterArn } },
      because:
        'The * is the revision: an execution that began before a deployment starts its worker after it, of the revision that is the newest then.',
    }),
    new PolicyStatement({
      actions: ['iam:PassRole'],
      resources: roles.map(({ roleArn }) => roleArn),
      conditions: { StringEquals: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' } },
    }),
  ];
}

/** Reports a task's outcome to Step Functions. */
export function answerTasks(): PolicyStatement {
  return new WildcardStatement({
    actions: ['states:SendTaskFailure', 'states:SendTaskHeartbeat', 'states:SendTaskSuccess'],
    resources: ['*'],
    because:
      'The actions know no resources (Service Authorization Reference, "AWS Step Functions"): the token, which only the task has, is what counts.',
  });
}
