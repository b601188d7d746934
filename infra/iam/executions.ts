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

/** Whether an execution is there: the answer to its start may have been lost. */
export function findExecutions(...stateMachines: readonly StateMachine[]): PolicyStatement {
  return new PolicyStatement({ actions: ['states:DescribeExecution'], resources: stateMachines.map(allExecutions) });
}

/** What the detail of a workflow is made of. */
export function readExecutionHistory(...stateMachines: readonly StateMachine[]): PolicyStatement {
  return new PolicyStatement({ actions: ['states:GetExecutionHistory'], resources: stateMachines.map(allExecutions) });
}

/** `*` stands for the execution's name: each backup and restore has its own. */
function allExecutions(stateMachine: StateMachine): string {
  return Stack.of(stateMachine).formatArn({
    service: 'states',
    resource: 'execution',
    resourceName: `${stateMachine.stateMachineName}:*`,
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });
}

/** The role of a state machine: the functions that its definition names, and no version or alias beside them. */
export function invokeFunctions(functions: readonly IFunction[]): PolicyStatement {
  return new PolicyStatement({
    actions: ['lambda:InvokeFunction'],
    resources: functions.map((fn) => fn.functionArn),
  });
}
