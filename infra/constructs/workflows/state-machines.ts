import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { STATE_MACHINES } from '../../../functions/environment.ts';

type Flow = keyof typeof STATE_MACHINES;

/** The state machine of each workflow. */
export type StateMachines = Readonly<Record<Flow, StateMachine>>;

/** The variables in which a function finds the ARNs of state machines. */
export function stateMachineVariables<Of extends Flow>(
  stateMachines: Readonly<Record<Of, StateMachine>>,
): Readonly<Record<(typeof STATE_MACHINES)[Of], string>> {
  return Object.fromEntries(
    flowsOf(stateMachines).map((flow) => [STATE_MACHINES[flow], stateMachines[flow].stateMachineArn]),
  ) as Record<(typeof STATE_MACHINES)[Of], string>;
}

const flowsOf = <Of extends Flow>(stateMachines: Readonly<Record<Of, StateMachine>>) =>
  Object.keys(stateMachines) as Of[];
