import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { StateMachineDefinitionError } from '../../../../infra/constructs/workflows/state-machine-definition-error.ts';
import {
  type Definition,
  parseDefinition,
  runsOnWorker,
  stripWorkerStates,
} from '../../../../infra/constructs/workflows/strip-worker-states.ts';

const WORKER = 'arn:aws:states:::ecs:runTask.waitForTaskToken';
const FUNCTION = 'arn:aws:lambda:us-east-1:111122223333:function:f';

const work = (Next: string, ...caught: string[]) => ({
  Type: 'Task',
  Resource: FUNCTION,
  ...(caught.length > 0 && { Catch: caught.map((each) => ({ ErrorEquals: ['E'], Next: each })) }),
  Next,
});
const onWorker = (Next: string) => ({ ...work(Next), Resource: WORKER });
const choice = (Default: string, ...Choices: string[]) => ({
  Type: 'Choice',
  Choices: Choices.map((Next) => ({ Variable: '$.executor', StringEquals: Next, Next })),
  Default,
});
const end = { Type: 'Succeed' };

const machine = (States: Definition['States']): Definition => ({ StartAt: Object.keys(States)[0] ?? '', States });
const pruned = (States: Definition['States']) => stripWorkerStates(machine(States), 'x.asl.json');

describe('a definition without the worker', () => {
  it('has no choice of it, no way to it, and nothing that only follows it', () => {
    const definition = pruned({
      chooseExecutor: work('whichExecutor', 'fail'),
      whichExecutor: choice('backup', 'backupOnWorker'),
      backup: work('wasHandedOver', 'handOver', 'fail'),
      handOver: { Type: 'Pass', Next: 'whichPath' },
      whichPath: choice('backupOnWorker', 'backupOnWorker'),
      wasHandedOver: choice('update', 'backupOnWorker', 'fail'),
      backupOnWorker: onWorker('afterWorker'),
      afterWorker: work('update'),
      update: work('end', 'fail'),
      end,
      fail: { Type: 'Fail' },
    });

    expect(definition).toEqual(
      machine({
        chooseExecutor: work('backup', 'fail'),
        backup: work('wasHandedOver', 'fail'),
        wasHandedOver: choice('update', 'fail'),
        update: work('end', 'fail'),
        end,
        fail: { Type: 'Fail' },
      }),
    );
  });

  it('has no empty list of catches, and starts where a choice would have led', () => {
    const definition = pruned({
      which: choice('worker', 'work'),
      work: work('end', 'worker'),
      worker: onWorker('end'),
      end,
    });

    expect(definition).toEqual(machine({ work: work('end'), end }));
  });

  it.each([
    ['that starts with it', { worker: onWorker('end'), end }, 'there is nothing to do'],
    [
      'whose choices would lead only to each other',
      { a: choice('worker', 'b'), b: choice('a', 'worker'), worker: onWorker('end'), end },
      'there is nothing to do',
    ],
    [
      'with a choice that could fall through',
      { a: choice('worker', 'b', 'end'), b: work('end'), worker: onWorker('end'), end },
      'choice a has no Default',
    ],
  ])('of one %s stops the synth', (_case, states, problem) => {
    expect(() => pruned(states)).toThrow(StateMachineDefinitionError);
    expect(() => pruned(states)).toThrow(problem);
  });
});

describe('the laws of the rest', () => {
  const NAMES = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
  const name = fc.constantFrom(...NAMES);
  const state = fc.oneof(
    fc.tuple(name, fc.array(name, { maxLength: 2 })).map(([next, caught]) => work(next, ...caught)),
    name.map(onWorker),
    fc.tuple(name, fc.array(name, { minLength: 1, maxLength: 3 })).map(([next, others]) => choice(next, ...others)),
    fc.constant(end),
  );
  const definitions = fc.tuple(...NAMES.map(() => state)).map((states) => {
    return parseDefinition(JSON.stringify(machine(Object.fromEntries(states.map((each, n) => [NAMES[n], each])))));
  });

  const waysOf = ({ Next, Choices = [], Default, Catch = [] }: Definition['States'][string]): string[] =>
    [Next, Default, ...[...Choices, ...Catch].map((each) => each.Next)].filter((each) => each !== undefined);

  /** States that an execution can reach, going wherever no worker is needed. */
  function visited({ StartAt, States }: Definition): Set<string> {
    const found = new Set([StartAt]);
    for (const each of found) {
      for (const next of waysOf(States[each] ?? end)) if (!runsOnWorker(States[next] ?? end)) found.add(next);
    }
    return found;
  }

  /** For every definition that works without it: the laws do not cover the others. */
  const each = (law: (before: Definition, after: Definition) => void) =>
    fc.assert(
      fc.property(definitions, (before) => {
        let after: Definition;
        try {
          after = stripWorkerStates(before, 'x.asl.json');
        } catch (error) {
          expect(error).toBeInstanceOf(StateMachineDefinitionError);
          return;
        }
        law(before, after);
      }),
      { numRuns: 1_000 },
    );

  it('nothing runs on the worker, and nothing refers to a missing state', () => {
    each((_before, after) => {
      expect(Object.values(after.States).filter(runsOnWorker)).toEqual([]);
      const named = [after.StartAt, ...Object.values(after.States).flatMap(waysOf)];
      for (const target of named) expect(after.States).toHaveProperty(target);
    });
  });

  it('everything is reachable', () => {
    each((_before, after) => expect([...visited(after)].sort()).toEqual(Object.keys(after.States).sort()));
  });

  it('keeps the order of the remaining steps, without the removed choices', () => {
    each((before, after) => {
      for (const [id, state] of Object.entries(after.States)) {
        const steps = new Set(waysOf(before.States[id] ?? end));
        for (const step of steps) {
          const { Type } = before.States[step] ?? end;
          if (Type === 'Choice' && !(step in after.States))
            for (const next of waysOf(before.States[step] ?? end)) steps.add(next);
        }
        for (const way of waysOf(state)) expect(steps).toContain(way);
      }
    });
  });

  it('what needs no worker stays unchanged, and doing it again changes nothing', () => {
    each((before, after) => {
      expect(stripWorkerStates(after, 'x.asl.json')).toEqual(after);
      const reached = visited(before);
      const meets = [...reached].some((id) =>
        waysOf(before.States[id] ?? end).some((next) => runsOnWorker(before.States[next] ?? end)),
      );
      if (!meets && !runsOnWorker(before.States[before.StartAt] ?? end)) {
        for (const id of reached) expect(after.States[id]).toEqual(before.States[id]);
      }
    });
  });
});
