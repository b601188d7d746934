import { ArnFormat, Stack } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { WildcardStatement } from './wildcard-statement.ts';

export function startExecutions(...stateMachines: readonly StateMachine[]): PolicyStatement {
  return new PolicyStatement({
    actions: ['states:StartExecution'],
    resources: stateMachines.map((machine) => machine.stateMachineArn),
  });
}

/** Whether an execution exists: the answer to its start may have been lost. */
export function findExecutions(...stateMachines: readonly StateMachine[]): PolicyStatement {
  return ofExecutions('states:DescribeExecution', stateMachines);
}

/** To end an execution that waits for a function that is not invoked. */
export function stopExecutions(...stateMachines: readonly StateMachine[]): PolicyStatement {
  return ofExecutions('states:StopExecution', stateMachines);
}

/** For the detail of a workflow. */
export function readExecutionHistory(...stateMachines: readonly StateMachine[]): PolicyStatement {
  return ofExecutions('states:GetExecutionHistory', stateMachines);
}

function ofExecutions(action: `states:${string}`, stateMachines: readonly StateMachine[]): PolicyStatement {
  return new WildcardStatement({
    actions: [action],
    resources: stateMachines.map((stateMachine) =>
      Stack.of(stateMachine).formatArn({
        service: 'states',
        resource: 'execution',
        resourceName: `${stateMachine.stateMachineName}:*`,
        arnFormat: ArnFormat.COLON_RESOURCE_NAME,
      }),
    ),
    because: 'The * is the name of an execution: each backup, restore and removal has its own.',
  });
}

/** For the role of a state machine: the functions in its definition, without their versions and aliases. */
export function invokeFunctions(functions: readonly IFunction[]): PolicyStatement {
  return new PolicyStatement({
    actions: ['lambda:InvokeFunction'],
    resources: functions.map((fn) => fn.functionArn),
  });
}
