import { ArnFormat, Stack } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';

export function startExecutions(...stateMachines: readonly StateMachine[]): PolicyStatement {
  return new PolicyStatement({
    actions: ['states:StartExecution'],
    resources: stateMachines.map((machine) => machine.stateMachineArn),
  });
}

/** What the detail of a workflow is made of. */
export function readExecutionHistory(...stateMachines: readonly StateMachine[]): PolicyStatement {
  return new PolicyStatement({
    actions: ['states:DescribeExecution', 'states:GetExecutionHistory'],
    // `*` stands for the execution's name: each backup and restore has its own.
    resources: stateMachines.map((machine) =>
      Stack.of(machine).formatArn({
        service: 'states',
        resource: 'execution',
        resourceName: `${machine.stateMachineName}:*`,
        arnFormat: ArnFormat.COLON_RESOURCE_NAME,
      }),
    ),
  });
}

/** The role of a state machine: the functions that its definition names, and no version or alias beside them. */
export function invokeFunctions(functions: readonly IFunction[]): PolicyStatement {
  return new PolicyStatement({
    actions: ['lambda:InvokeFunction'],
    resources: functions.map((fn) => fn.functionArn),
  });
}
