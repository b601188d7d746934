import * as z from 'zod';
import { StateMachineDefinitionError } from './state-machine-definition-error.ts';

const branchSchema = z.looseObject({ Next: z.string() });

const stateSchema = z.looseObject({
  Type: z.string(),
  Resource: z.string().optional(),
  Next: z.string().optional(),
  Choices: z.array(branchSchema).optional(),
  Default: z.string().optional(),
  Catch: z.array(branchSchema).optional(),
});
type State = z.output<typeof stateSchema>;

const definitionSchema = z.looseObject({ StartAt: z.string(), States: z.record(z.string(), stateSchema) });

/** Parsed Amazon States Language without Map and Parallel states, none of which leads to the worker. */
export type Definition = z.output<typeof definitionSchema>;

export const parseDefinition = (text: string): Definition => definitionSchema.parse(JSON.parse(text));

/** A state that starts an ECS task, for what a function has no time for. */
export const runsOnWorker = ({ Resource = '' }: State): boolean => /^arn:[^:]+:states:::ecs:/.test(Resource);

/**
 * The definition for a deployment without a worker: removes the states that run on it, every state and branch that
 * leads only there, and then everything unreachable. A choice left with one way is replaced by its target.
 * @throws {StateMachineDefinitionError} if nothing would be left, or a choice could fall through
 */
export function stripWorkerStates(definition: Definition, file: string): Definition {
  const { gone, detours } = whatGoes(definition.States, file);
  const target = (name: string): string => {
    const next = detours.get(name);
    return next === undefined ? name : target(next);
  };
  const StartAt = target(definition.StartAt);
  if (gone.has(StartAt)) throw new StateMachineDefinitionError(`${file}: without the worker there is nothing to do`);
  const rewritten = new Map(
    Object.entries(definition.States).flatMap(([name, state]) =>
      gone.has(name) || detours.has(name) ? [] : [[name, withBranches(state, gone, target)] as const],
    ),
  );
  return { ...definition, StartAt, States: Object.fromEntries(reachable(StartAt, rewritten)) };
}

interface Going {
  readonly gone: ReadonlySet<string>;
  /** Removed choices and their targets. */
  readonly detours: ReadonlyMap<string, string>;
}

function whatGoes(states: Definition['States'], file: string): Going {
  const entries = Object.entries(states);
  const gone = new Set(entries.flatMap(([name, state]) => (runsOnWorker(state) ? [name] : [])));
  // Each round may find states that lead only to those of the previous one.
  for (;;) {
    const detours = new Map(entries.flatMap(([name, state]) => detourOf(name, state, gone, file)));
    const more = entries.filter(([name, state]) => !gone.has(name) && leadsNowhere(name, state, { gone, detours }));
    if (more.length === 0) return { gone, detours };
    for (const [name] of more) gone.add(name);
  }
}

/** The only remaining way of a choice that has lost one. */
function detourOf(name: string, state: State, gone: ReadonlySet<string>, file: string): [string, string][] {
  const branches = branchesOf(state);
  const [only, ...others] = new Set(branches.filter((next) => !gone.has(next)));
  if (gone.has(name) || only === undefined || branches.every((next) => !gone.has(next))) return [];
  if (others.length === 0) return [[name, only]];
  if (state.Default === undefined || !gone.has(state.Default)) return [];
  throw new StateMachineDefinitionError(`${file}: without the worker, choice ${name} has no Default`);
}

function leadsNowhere(name: string, state: State, { gone, detours }: Going): boolean {
  if (state.Next !== undefined) return gone.has(state.Next);
  const branches = branchesOf(state);
  if (branches.length > 0 && branches.every((next) => gone.has(next))) return true;
  // Choices that would lead only to each other.
  const passed = new Set<string>();
  let at: string | undefined = name;
  while (at !== undefined && !passed.has(at)) {
    passed.add(at);
    at = detours.get(at);
  }
  return at !== undefined;
}

function branchesOf({ Choices = [], Default }: State): string[] {
  return [...Choices.map(({ Next }) => Next), ...(Default === undefined ? [] : [Default])];
}

function withBranches(state: State, gone: ReadonlySet<string>, target: (name: string) => string): State {
  const { Next, Choices, Default, Catch, ...rest } = state;
  const kept = (branches: readonly z.output<typeof branchSchema>[] = []) =>
    branches.filter((branch) => !gone.has(branch.Next)).map((branch) => ({ ...branch, Next: target(branch.Next) }));
  const caught = kept(Catch);
  return {
    ...rest,
    ...(Choices !== undefined && { Choices: kept(Choices) }),
    ...(Default !== undefined && { Default: target(Default) }),
    ...(caught.length > 0 && { Catch: caught }),
    ...(Next !== undefined && { Next: target(Next) }),
  };
}

/** In the definition's order. */
function reachable(start: string, states: ReadonlyMap<string, State>): [string, State][] {
  const found = new Set([start]);
  // Iterating over a growing set also visits its new items.
  for (const name of found) {
    const state = states.get(name);
    if (state === undefined) throw new Error(`there is no state ${name}`);
    const { Next, Catch = [] } = state;
    for (const next of [...branchesOf(state), ...Catch.map((each) => each.Next), ...(Next ? [Next] : [])])
      found.add(next);
  }
  return [...states].filter(([name]) => found.has(name));
}
