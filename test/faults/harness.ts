import { type Aim, FAULTS, type Fault, isQuestion, isRefusal, isStatement, nameOf, REFUSALS } from './fault.ts';
import { FLOWS, type Flow } from './flows.ts';
import { callsOf, type Scenario, type SeenCall } from './scenario.ts';
import type { Stage } from './stage.ts';

/** A fault and the flow that it strikes. */
export interface Strike {
  readonly flow: Flow;
  readonly aim: Aim;
}

export interface Discovery {
  readonly points: number;
  /** Runs that nothing else has struck. */
  readonly withoutEnd: readonly Scenario[];
  readonly strikes: readonly Strike[];
}

/**
 * - `every`: each point, with each fault
 * - `different`: without faults that leave the same as another, and with one kind of refusal per point, in turn; of an
 *   invocation's reads, which change nothing, only the first
 * - `one`: one of these per change, in turn, unless a cheaper test plays it; of changes of the same name that follow each other, the first
 *   and the last; of an invocation that changes nothing, its first read
 */
export const CHOICES = ['one', 'different', 'every'] as const;
export type Choice = (typeof CHOICES)[number];

/** Sweeps see everyone's calls: those of others are not among their points. */
const SWEEP = /^(?:RepairReconcile|AutoBackup|OrphanedFiles|Retention)/;

/**
 * Nodes that die before and after each of their steps in tests of their own, in one process: `backup-fail.test.ts`,
 * `delete-deaths.test.ts`, `undelete.test.ts`, `drill.test.ts`, `new-cluster.test.ts` and `scratch-check.test.ts`.
 */
const DIES_ALONE =
  /^(?:BackupClusterBackupFail|DeleteBackup|UndeleteBackup|RestoreDrillDrillEnd|RestoreNewClusterNewClusterFail|ChecksCheckScratch)/;

/** The functions whose code the worker also runs. Heartbeats, results and statements are struck there too. */
const RUN_BY_WORKER: Readonly<Record<string, string>> = {
  'Worker backup': 'BackupClusterBackup',
  'Worker restoreFromSrcCluster': 'RestoreExistClusterRestoreFromSrcCluster',
};

/** It comes by the clock, as often as a run is long: the first stands for all. */
const SIGN_OF_LIFE = 'SendTaskHeartbeat';

/** The points of all flows; shared points once. */
export async function discover(stage: Stage, choice: Choice): Promise<Discovery> {
  const strikes: Strike[] = [];
  const seen = new Set<string>();
  let points = 0;
  const recordings = await recordAll(stage, choice === 'one' ? 1 : 2);
  const withoutEnd = recordings.flatMap(({ runs }) => runs.filter((run) => run.isWithoutEnd));
  for (const { flow, runs } of recordings) {
    const [cold = [], warm = cold] = runs.map(callsOf);
    const own = new Set<string>();
    for (const call of [...warm, ...cold]) {
      const { point, isFirst } = call;
      const name = nameOf(point);
      if (SWEEP.test(point.invocation) && !flow.isSweep) continue;
      if (point.call === SIGN_OF_LIFE && point.ordinal > 1) continue;
      if (choice !== 'every' && isQuestion(point) && !isFirst) continue;
      if (choice === 'one' && !isOwn(call, seen)) continue;
      if (own.has(name) || (seen.has(name) && !flow.again?.test(point.invocation))) continue;
      own.add(name);
      seen.add(name);
      points += 1;
      const isCertain = [cold, warm].every((run) => run.some((each) => nameOf(each.point) === name));
      const wanted = FAULTS.filter((fault) => isWanted(fault, call, choice, points));
      const first = points % wanted.length;
      const faults = choice === 'one' ? wanted.slice(first, first + 1) : wanted;
      strikes.push(...faults.map((fault) => ({ flow, aim: { point, fault, isCertain } })));
    }
  }
  return { points, withoutEnd, strikes };
}

/** Whether neither another strike nor a cheaper test shows the same. */
function isOwn({ point, isFirstChange, changes, isAmongSame }: SeenCall, seen: ReadonlySet<string>): boolean {
  // A change that fails before it is made leaves what a failed read before it leaves.
  if (isQuestion(point)) return !changes;
  if (isAmongSame) return false;
  if (DIES_ALONE.test(point.invocation)) return isFirstChange;
  const invocation = RUN_BY_WORKER[point.invocation];
  return invocation === undefined || isStatement(point) || !seen.has(nameOf({ ...point, invocation }));
}

/** @param turn counts the points */
function isWanted(fault: Fault, { point, followers }: SeenCall, choice: Choice, turn: number): boolean {
  // Dying after an answer equals dying before the next call if nothing else is under way: nothing leaves the process in between.
  if (fault === 'killed after' && followers !== undefined && followers.length > 0 && choice === 'every') return false;
  if (choice === 'every') return true;
  if (isRefusal(fault)) return fault === REFUSALS[turn % REFUSALS.length];
  // A read that died or whose answer is lost has changed nothing: what is left is the result of earlier calls.
  if (isQuestion(point)) return fault === 'killed before';
  return fault !== 'killed after' || followers === undefined || followers.every(isQuestion);
}

interface Recording {
  readonly flow: Flow;
  readonly runs: readonly Scenario[];
}

/** @param times how often each flow runs: warm processes have cached what the first run had to read */
async function recordAll(stage: Stage, times: number): Promise<Recording[]> {
  const [first, ...others] = FLOWS;
  if (first === undefined) throw new Error('there is no flow');
  const backup = await record(stage, first, times);
  await stage.keepReference(String(backup.runs[0]?.answers[0]?.data.backupId));
  const recorded = new Map([[first, backup]]);
  const recordAs = async (flow: Flow) => {
    recorded.set(flow, await record(stage, flow, times));
  };
  const [sweeps, asked] = [others.filter(({ isSweep }) => isSweep), others.filter(({ isSweep }) => !isSweep)];
  await inLanes(
    asked.map((flow) => [flow]),
    recordAs,
  );
  for (const flow of sweeps) await recordAs(flow);
  return FLOWS.flatMap((flow) => recorded.get(flow) ?? []);
}

async function record(stage: Stage, flow: Flow, times: number): Promise<Recording> {
  const runs: Scenario[] = [];
  while (runs.length < times) runs.push(await run(stage, flow, []));
  const refused = runs.flatMap(({ answers }) => answers).find(({ code }) => code !== 0);
  if (refused !== undefined) throw new Error(`${flow.name} cannot be recorded: it was answered ${refused.code}`);
  return { flow, runs };
}

/** Flows under way at once. Each needs processes of its own, whose start costs more than the wait for another flow. */
const LANES = 8;

/** Takes each queue in order, the longest first; whoever has finished one helps with the longest that is left. */
async function inLanes<Item>(queues: readonly Item[][], work: (item: Item) => Promise<void>): Promise<void> {
  const longest = () => queues.reduce((a, b) => (b.length > a.length ? b : a), []);
  const waiting = queues.toSorted((a, b) => b.length - a.length);
  const lane = async () => {
    for (let own = waiting.shift() ?? []; ; ) {
      if (own.length === 0) own = waiting.shift() ?? longest();
      const next = own.shift();
      if (next === undefined) return;
      await work(next);
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
}

/**
 * Plays all faults. Those of a flow run one after the other, so that few processes per function are needed.
 * @returns a scenario for each
 */
export async function strikeAll(stage: Stage, strikes: readonly Strike[]): Promise<Scenario[]> {
  const scenarios: Scenario[] = [];
  const sweeps = strikes.filter(({ flow }) => flow.isSweep);
  const queues = FLOWS.filter(({ isSweep }) => !isSweep).map((flow) => strikes.filter((each) => each.flow === flow));
  const play = async (next: Strike) => {
    scenarios.push(await strike(stage, next));
  };
  const playSweeps = async () => {
    for (const next of sweeps) await play(next);
  };
  await Promise.all([playSweeps(), inLanes(queues, play)]);
  return scenarios;
}

/** How often a scenario is repeated whose run does not reach the point. */
const TRIES = 3;

async function strike(stage: Stage, { flow, aim }: Strike): Promise<Scenario> {
  for (let tries = 1; ; tries += 1) {
    const scenario = await run(stage, flow, [aim]);
    if (scenario.missed.length === 0 || tries === TRIES || !aim.isCertain) return scenario;
  }
}

async function run(stage: Stage, flow: Flow, aims: readonly Aim[]): Promise<Scenario> {
  const death: Aim[] = flow.death === undefined ? [] : [{ point: flow.death, fault: 'killed after', isCertain: true }];
  const scenario = stage.scenario(flow.name, [...death, ...aims]);
  await flow.prepare(stage, scenario);
  scenario.events.length = 0;
  scenario.answers.length = 0;
  await flow.act(stage, scenario);
  // What a sweep has started continues beside the next one.
  if (!flow.isSweep) await stage.settled(scenario);
  return scenario;
}

const RECONCILE_PERIOD_MS = 5 * 60_000;

/** Two periods of reconcile (invariant 2), and the sweeps of auto-backup and of retention that come with each, or later. */
export async function letTimePass(stage: Stage): Promise<void> {
  const start = Date.now();
  for (const periods of [1, 2]) {
    const now = new Date(start + periods * RECONCILE_PERIOD_MS);
    await stage.sweep('reconcile', now);
    await stage.allSettled();
    await stage.sweep('autoBackup', now);
    await stage.sweep('retention', now);
    await stage.allSettled();
  }
}
