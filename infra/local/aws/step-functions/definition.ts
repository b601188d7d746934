import { StateMachine, type StateMachineDefinition } from 'aws-local-stepfunctions';
import * as z from 'zod';
import { type TaskKind, taskKind } from './task.ts';

/** Longest delay of a Node timer, in seconds (24.8 days); AWS's default for a task is 99,999,999 s. */
const MAX_TIMER_SECONDS = 2_147_483;

const taskStateSchema = z.looseObject({
  Type: z.literal('Task'),
  Resource: z.string(),
  TimeoutSeconds: z.number().default(MAX_TIMER_SECONDS),
  HeartbeatSeconds: z.number().optional(),
  TimeoutSecondsPath: z.never('the local Step Functions does not support TimeoutSecondsPath').optional(),
  HeartbeatSecondsPath: z.never('the local Step Functions does not support HeartbeatSecondsPath').optional(),
});

/** The fields of a Task state that the interpreter leaves to us. */
export interface Task {
  readonly kind: TaskKind;
  readonly resource: string;
  readonly timeoutSeconds: number;
  readonly heartbeatSeconds: number | undefined;
}

export interface ParsedDefinition {
  readonly definition: StateMachineDefinition;
  /** Every Task state by name, including those inside Map and Parallel states. */
  readonly tasks: ReadonlyMap<string, Task>;
}

/**
 * Parses a definition and corrects for the interpreter's timers: it gives a task without a timeout 60 s (AWS: no limit), and ends a delay
 * beyond Node's longest at once. {@link validate} checks whether the ASL is valid.
 */
export function parseDefinition(text: string): ParsedDefinition {
  const tasks = new Map<string, Task>();
  const definition: StateMachineDefinition = JSON.parse(text, (key, value: unknown) => {
    if (typeof value !== 'object' || value === null || !('Type' in value) || value.Type !== 'Task') return value;
    const state = taskStateSchema.parse(value);
    const timeoutSeconds = Math.min(state.TimeoutSeconds, MAX_TIMER_SECONDS);
    tasks.set(key, {
      kind: taskKind(state.Resource),
      resource: state.Resource,
      timeoutSeconds,
      heartbeatSeconds: state.HeartbeatSeconds,
    });
    return { ...state, TimeoutSeconds: timeoutSeconds };
  });
  const clamped =
    definition.TimeoutSeconds === undefined
      ? definition
      : { ...definition, TimeoutSeconds: Math.min(definition.TimeoutSeconds, MAX_TIMER_SECONDS) };
  return { definition: clamped, tasks };
}

/** Throws the validator's text for invalid ASL. */
export function validate(definition: StateMachineDefinition): void {
  // The validator's checks of ARNs and paths refuse some that AWS accepts (`$$` paths, ARNs without a region).
  new StateMachine(definition, { validationOptions: { checkArn: false, checkPaths: false } });
}

/** Joins definitions into one that is valid only if all of them are: each validation compiles the schemas again, which takes most of the time. */
export function joined(definitions: readonly StateMachineDefinition[]): StateMachineDefinition {
  const Branches = definitions.map((definition, branch) => withNames(definition, (name) => `${branch} ${name}`));
  return { StartAt: 'all', States: { all: { Type: 'Parallel', End: true, Branches } } };
}

/** Renames the states, whose names must be unique in a definition. */
function withNames(definition: StateMachineDefinition, rename: (name: string) => string): StateMachineDefinition {
  return JSON.parse(JSON.stringify(definition), (key, value: unknown) => {
    if (typeof value === 'string') return ['StartAt', 'Next', 'Default'].includes(key) ? rename(value) : value;
    if (key !== 'States' || typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, state]) => [rename(name), state]));
  });
}
