import { StateMachine, type StateMachineDefinition } from 'aws-local-stepfunctions';
import * as z from 'zod';
import { type TaskKind, taskKind } from './task.ts';

/** Longest delay of a Node timer, in seconds (24.8 days); AWS's own default for a task is 99,999,999 s. */
const MAX_TIMER_SECONDS = 2_147_483;

const taskStateSchema = z.looseObject({
  Type: z.literal('Task'),
  Resource: z.string(),
  TimeoutSeconds: z.number().default(MAX_TIMER_SECONDS),
  HeartbeatSeconds: z.number().optional(),
  TimeoutSecondsPath: z.never('the local Step Functions takes no TimeoutSecondsPath').optional(),
  HeartbeatSecondsPath: z.never('the local Step Functions takes no HeartbeatSecondsPath').optional(),
});

/** A Task state, as far as the interpreter leaves it to us. */
export interface Task {
  readonly kind: TaskKind;
  readonly resource: string;
  readonly timeoutSeconds: number;
  readonly heartbeatSeconds: number | undefined;
}

export interface ParsedDefinition {
  readonly definition: StateMachineDefinition;
  /** Every Task state, those inside Map and Parallel states too, by name. */
  readonly tasks: ReadonlyMap<string, Task>;
}

/**
 * Parses a definition and makes up for the interpreter's timers: a task without a timeout gets 60 s from it (AWS: none), and a
 * delay beyond Node's longest would end at once. Whether the ASL is right, {@link validate} tells.
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

/** Throws with the validator's text when the ASL is wrong. */
export function validate(definition: StateMachineDefinition): void {
  // The validator's checks of ARNs and paths refuse things that AWS takes (`$$` paths, ARNs without a region).
  new StateMachine(definition, { validationOptions: { checkArn: false, checkPaths: false } });
}

/** Joins definitions into one that is right if all of them are: each validation compiles the schemas again, which takes longer than all else. */
export function joined(definitions: readonly StateMachineDefinition[]): StateMachineDefinition {
  const Branches = definitions.map((definition, branch) => withNames(definition, (name) => `${branch} ${name}`));
  return { StartAt: 'all', States: { all: { Type: 'Parallel', End: true, Branches } } };
}

/** Renames the states: no name may occur twice in a definition. */
function withNames(definition: StateMachineDefinition, rename: (name: string) => string): StateMachineDefinition {
  return JSON.parse(JSON.stringify(definition), (key, value: unknown) => {
    if (typeof value === 'string') return ['StartAt', 'Next', 'Default'].includes(key) ? rename(value) : value;
    if (key !== 'States' || typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, state]) => [rename(name), state]));
  });
}
