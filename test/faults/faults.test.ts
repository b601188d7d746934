import { afterAll, beforeAll, expect, it } from 'vitest';
import { outcomeOf, PROMISES, type Remains, remainsOf } from './checks.ts';
import { FAULTS, nameOf } from './fault.ts';
import { CHOICES, type Discovery, discover, letTimePass, strikeAll } from './harness.ts';
import type { Scenario } from './scenario.ts';
import { type Stage, startStage } from './stage.ts';

/** `npm run faults` plays every fault and takes its time. */
const CHOICE = CHOICES.find((choice) => choice === process.env.FAULTS) ?? 'one';

/** For work on the code: only faults whose titles match. */
const ONLY = new RegExp(process.env.FAULTS_ONLY ?? '');

/** A run of another length than the recorded ones: a check of a statement more or less, or an expired cache. */
const MOST_MISSED = 0.05;

let stage: Stage;
let remains: Map<Scenario, Remains>;

beforeAll(async () => {
  stage = await startStage();
  const begun = performance.now();
  const discovery = await discover(stage, CHOICE);
  const scenarios = await strikeAll(
    stage,
    discovery.strikes.filter(({ flow, aim }) => ONLY.test(titleOf({ flow: flow.name, aims: [aim] }))),
  );
  await letTimePass(stage);
  remains = await remainsOf(stage, [...scenarios, ...discovery.withoutEnd]);
  const seconds = Math.round((performance.now() - begun) / 1_000);
  // Not through the console, which shows its lines only for failing tests.
  process.stdout.write(figures(discovery, seconds));
}, 1_800_000);
afterAll(() => stage.stop());

it.each(Object.entries(PROMISES))('whatever dies, wherever: %s', (_promise, violationsOf) => {
  const violations = [...remains].flatMap(([scenario, left]) =>
    violationsOf(scenario, left).map((what) => `${scenario.id} ${titleOf(scenario)}: ${what}`),
  );

  expect(violations).toEqual([]);
});

it('whatever has succeeded ends so, even if its last node is refused for longer than it is retried', () => {
  const ends = new Map(
    [...remains].flatMap(([{ flow, isWithoutEnd }, left]) => (isWithoutEnd ? [[flow, endOf(left)] as const] : [])),
  );

  expect(Object.fromEntries(ends)).toEqual({
    'backup without end': ['Finished'],
    'restore without end': ['Finished'],
    'delete without end': ['Finished'],
    'drill without end': ['Finished'],
  });
});

it('the faults have met their points', () => {
  const missed = [...remains.keys()].filter((scenario) => scenario.missed.length > 0).map(titleOf);

  expect(missed.length, missed.join('\n')).toBeLessThanOrEqual(remains.size * MOST_MISSED);
});

function endOf({ workflows }: Remains): string[] {
  return workflows.map(({ status }) => status);
}

function titleOf({ flow, aims }: Pick<Scenario, 'flow' | 'aims'>): string {
  return [flow, ...aims.map(({ point, fault }) => `${nameOf(point)} ${fault}`)].join(' | ');
}

/** The number of faults of each kind, and how the affected flows ended. */
function figures({ points }: Discovery, seconds: number): string {
  const faults = count([...remains.keys()].map(({ aims }) => aims.at(-1)?.fault ?? ''));
  const outcomes = count([...remains].map(([scenario, left]) => `${scenario.flow}: ${outcomeOf(scenario, left)}`));
  return [
    `${points} points, ${remains.size} strikes in ${seconds} s: ${FAULTS.map((fault) => `${faults.get(fault) ?? 0} ${fault}`).join(', ')}`,
    ...[...outcomes].sort().map(([outcome, times]) => `${String(times).padStart(5)} ${outcome}`),
    '',
  ].join('\n');
}

function count(names: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}
