import { assertNever } from '../../domain/shared/assert-never.ts';
import type { Clock } from '../../domain/shared/clock.ts';
import {
  type SessionPlace,
  StatementDropped,
  StatementLost,
  type StatementMark,
  type StatementProgress,
  type TidbSession,
} from '../../domain/tidb/tidb.ts';
import { NodeFailure, OUT_OF_TIME } from '../../domain/workflow/node-failure.ts';
import { log } from '../../log.ts';
import type { NodeRunner } from './node-runner.ts';
import { stopStatements } from './stop-statements.ts';
import { withTimeout } from './with-timeout.ts';

/** Polls are frequent at first, so that a small backup shows progress too, and slow down to the second value. */
const FIRST_LOOK_MS = 250;
const LOOK_EVERY_MS = 2_000;

/**
 * How long TiDB, or one of its servers, may be unreachable before a lost statement is given up. A rolling restart of a
 * server takes about a minute, and a crashed one is listed for 90 seconds.
 */
const RECONNECT_WITHIN_MS = 150_000;

/**
 * After a kill, the answer of the statement's own connection is awaited this long: it proves how the statement ended.
 */
const LAST_ANSWER_MS = 5_000;

/** One BACKUP or RESTORE, from sending it to knowing how it ended. */
export interface Supervision<Result> {
  mark: StatementMark;
  /** Called with the place where the statement will run, before it is sent, so that it can be found after a crash. */
  announce: (place: SessionPlace) => Promise<unknown>;
  /**
   * Sends the statement.
   * @throws StatementLost, StatementDropped, NodeFailure
   */
  send: () => Promise<Result>;
  /**
   * Called at each poll. A NodeFailure stops the statement and becomes the outcome. Any other error, such as a store
   * that is briefly unavailable, is no reason to abandon hours of work.
   */
  observe: (progress: StatementProgress | undefined) => Promise<void>;
  /**
   * Called when the connection was lost and the statement has left TiDB: returns the result if there is proof that it
   * succeeded. `progress` is TiDB's last report.
   */
  adopt: (progress: StatementProgress | undefined) => Promise<Result | undefined>;
  session: Pick<TidbSession, 'locate' | 'control'>;
  clock: Clock;
  runner: Pick<NodeRunner, 'deadline' | 'outOfTime' | 'interruption'>;
}

type Answer<Result> = { kind: 'result'; result: Result } | { kind: 'refused' | 'lost' | 'dropped'; error: unknown };

/** The state of a supervision. */
interface Watch<Result> extends Supervision<Result> {
  /** Of the statement sent last. */
  connectionId: string;
  /** TiDB's last report: it may forget running statements. */
  shown: StatementProgress | undefined;
}

/**
 * Runs and watches a statement. However it ends, it no longer runs in TiDB afterwards, or the error says that it may.
 * @throws NodeFailure
 */
export async function supervise<Result>(supervision: Supervision<Result>): Promise<Result> {
  const watch: Watch<Result> = { ...supervision, connectionId: '', shown: undefined };
  const { mark, clock } = watch;
  const early = interruptionOf(watch);
  if (early !== undefined) throw early;
  for (;;) {
    const answer = await runOnce(watch);
    if (answer !== DROPPED) return answer;
    log.warn({ message: 'TiDB dropped the statement from its queue; sending it again', ...mark });
    await clock.sleep(LOOK_EVERY_MS);
    const reason = await reasonToStop(watch, undefined);
    if (reason !== undefined) throw reason;
  }
}

/** It never began. */
const DROPPED = Symbol('dropped');

async function runOnce<Result>(watch: Watch<Result>): Promise<Result | typeof DROPPED> {
  const { session, announce, send, clock, runner } = watch;
  const place = await session.locate();
  watch.connectionId = place.connectionId;
  await announce(place);
  const answer = send().then<Answer<Result>, Answer<Result>>(
    (result) => ({ kind: 'result', result }),
    (error: unknown) => ({ kind: kindOf(error), error }),
  );
  for (let pause = FIRST_LOOK_MS; ; pause = Math.min(pause * 2, LOOK_EVERY_MS)) {
    const answered = await withTimeout(answer, pause, clock, runner.interruption);
    if (answered !== undefined) return conclude(watch, answered);
    const reason = await reasonToStop(watch, await look(watch));
    if (reason !== undefined) return stop(watch, answer, reason);
  }
}

function kindOf(error: unknown): Exclude<Answer<unknown>['kind'], 'result'> {
  if (error instanceof StatementLost) return 'lost';
  return error instanceof StatementDropped ? 'dropped' : 'refused';
}

function conclude<Result>(watch: Watch<Result>, answer: Answer<Result>): Result | typeof DROPPED | Promise<Result> {
  switch (answer.kind) {
    case 'result':
      return answer.result;
    case 'refused':
      throw answer.error;
    case 'dropped':
      return DROPPED;
    case 'lost':
      return followLost(watch, answer.error);
    default:
      return assertNever(answer);
  }
}

/** `undefined` if there is nothing to see at the moment. Liveness does not depend on it. */
async function look<Result>(watch: Followed<Result>): Promise<StatementProgress | undefined> {
  const { session, mark, connectionId } = watch;
  try {
    const progress = await session.control.progress(mark, connectionId);
    watch.shown = progress ?? watch.shown;
    return progress;
  } catch (error) {
    log.warn({ message: 'progress could not be read', ...mark, error });
    return undefined;
  }
}

async function reasonToStop<Result>(
  watch: Followed<Result>,
  progress: StatementProgress | undefined,
): Promise<NodeFailure | undefined> {
  const { observe, clock, runner, mark } = watch;
  const interrupted = interruptionOf(watch);
  if (interrupted !== undefined) return interrupted;
  if (clock.now() >= runner.deadline) {
    return new NodeFailure(OUT_OF_TIME, `${stoppedAt(watch)}: ${runner.outOfTime}`);
  }
  try {
    await observe(progress);
    return undefined;
  } catch (error) {
    if (error instanceof NodeFailure) return error;
    log.warn({ message: 'progress could not be recorded', ...mark, error });
    return undefined;
  }
}

/** The runner must stop. */
function interruptionOf<Result>(watch: Followed<Result>): NodeFailure | undefined {
  const { interruption } = watch.runner;
  if (!interruption?.aborted) return undefined;
  const { name, message }: NodeFailure = interruption.reason;
  return new NodeFailure(name, `${stoppedAt(watch)}: ${message}`);
}

function stoppedAt<Result>({ mark, shown }: Followed<Result>): string {
  return `${mark.kind} was stopped at ${shown === undefined ? 'an unknown point' : `${shown.percent} %`}`;
}

async function stop<Result>(
  watch: Watch<Result>,
  answer: Promise<Answer<Result>>,
  reason: NodeFailure,
): Promise<Result> {
  const { session, mark, clock } = watch;
  let last: Answer<Result> | undefined;
  await stopOrSay(watch, reason, async () => {
    await session.control.kill(watch.connectionId);
    last = await withTimeout(answer, LAST_ANSWER_MS, clock);
    return last === undefined || last.kind === 'lost' ? stopStatements(session.control, [mark], clock) : true;
  });
  // It ended before the kill reached it: the result stands.
  if (last?.kind === 'result') return last.result;
  throw reason;
}

/** The connection was lost. First finds out what the statement did. */
async function followLost<Result>(watch: Watch<Result>, loss: unknown): Promise<Result> {
  const { mark } = watch;
  log.warn({
    message: 'the connection was lost while the statement ran; looking for the statement',
    ...mark,
    error: loss,
  });
  const lost = new NodeFailure('TidbConnectionLost', `the connection to TiDB was lost while ${mark.kind} ran`, {
    cause: loss,
  });
  const adopted = await outcomeOf(watch, lost);
  if (adopted === undefined) throw lost;
  return adopted;
}

/**
 * Takes over a statement that an earlier run of the node sent, and whose end it never reported: waits while it runs,
 * then calls `adopt`. Sends nothing.
 * @param connectionId of the earlier run, as announced
 * @returns `undefined` if it no longer runs, and nothing proves that it succeeded
 * @throws NodeFailure
 */
export async function takeUp<Result>(
  supervision: Omit<Supervision<Result>, 'announce' | 'send'>,
  connectionId: string,
): Promise<Result | undefined> {
  const { mark, session } = supervision;
  const adopt: typeof supervision.adopt = async (progress) => {
    // The earlier run may only be slow: from here on, it cannot send anything.
    if ((await session.locate()).connectionId !== connectionId) await session.control.disconnect(connectionId);
    return await supervision.adopt(progress);
  };
  const watch = { ...supervision, adopt, connectionId, shown: undefined };
  const early = interruptionOf(watch);
  if (early !== undefined) throw early;
  log.warn({ message: 'an earlier run sent the statement; looking for it', ...mark, connectionId });
  return await outcomeOf(
    watch,
    new NodeFailure('TidbConnectionLost', `an earlier run of the node died while ${mark.kind} ran`),
  );
}

type Followed<Result> = Omit<Watch<Result>, 'announce' | 'send'>;

/**
 * Waits until the statement has left TiDB.
 * @returns `undefined` if nothing proves that it succeeded
 */
async function outcomeOf<Result>(watch: Followed<Result>, lost: NodeFailure): Promise<Result | undefined> {
  const { session, mark, clock, adopt } = watch;
  let unseenSince: number | undefined;
  // Twice, because the server may have received a statement that it does not list yet.
  for (let absences = 0; absences < 2; ) {
    await clock.sleep(LOOK_EVERY_MS);
    try {
      absences = (await session.control.running(mark)).length === 0 ? absences + 1 : 0;
      unseenSince = undefined;
    } catch (error) {
      unseenSince ??= clock.now();
      const reason = await reasonToStop(watch, undefined);
      if (reason !== undefined) throw mayStillRun(reason.name === OUT_OF_TIME ? lost : reason, error);
      if (clock.now() - unseenSince >= RECONNECT_WITHIN_MS) throw mayStillRun(lost, error);
      continue;
    }
    const progress = await look(watch);
    if (absences > 0) continue;
    const reason = await reasonToStop(watch, progress);
    if (reason !== undefined) {
      await stopOrSay(watch, reason, () => stopStatements(session.control, [mark], clock));
      throw reason;
    }
  }
  try {
    return await adopt(watch.shown);
  } catch (error) {
    throw new NodeFailure(lost.name, `${lost.message}; it is unknown whether it finished: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

async function stopOrSay<Result>(
  { mark }: Followed<Result>,
  reason: NodeFailure,
  attempt: () => Promise<boolean>,
): Promise<void> {
  let stopped: boolean;
  try {
    stopped = await attempt();
  } catch (error) {
    throw mayStillRun(reason, error);
  }
  if (!stopped) throw mayStillRun(reason, new Error(`${mark.kind} ignored the kill`));
}

function mayStillRun(reason: NodeFailure, why: unknown): NodeFailure {
  return new NodeFailure(reason.name, `${reason.message}; it may still be running: ${messageOf(why)}`, {
    cause: reason,
  });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
