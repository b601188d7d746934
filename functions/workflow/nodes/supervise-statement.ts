import { assertNever } from '../../domain/assert-never.ts';
import type { Clock } from '../../domain/clock.ts';
import { NodeFailure, OUT_OF_TIME } from '../../domain/node-failure.ts';
import { StatementLost, type StatementMark, type StatementProgress, type TidbSession } from '../../domain/tidb.ts';
import { log } from '../../log.ts';
import type { NodeRunner } from './node-runner.ts';
import { stopStatements } from './stop-statements.ts';
import { within } from './within.ts';

/** Looks are frequent at first, so that a small backup shows progress too, and settle at the second value. */
const FIRST_LOOK_MS = 250;
const LOOK_EVERY_MS = 2_000;

/**
 * How long TiDB, or one of its servers, may be away before a lost statement is given up. A rolling restart of a server takes about
 * a minute, and one that has crashed is listed for 90 seconds.
 */
const RECONNECT_WITHIN_MS = 150_000;

/** After a kill, the answer of the statement's own connection is waited for this long: it is proof of how the statement ended. */
const LAST_ANSWER_MS = 5_000;

/** One BACKUP or RESTORE, from sending it to knowing how it ended. */
export interface Supervision<Result> {
  mark: StatementMark;
  /** Sends the statement. @throws StatementLost, NodeFailure */
  send: () => Promise<Result>;
  /**
   * Called at each look. A NodeFailure is a reason to stop the statement, and becomes the outcome; any other error (a
   * store that is away for a moment) is no reason to give up hours of work.
   */
  observe: (progress: StatementProgress | undefined) => Promise<void>;
  /**
   * Asked when the connection was lost and the statement has left TiDB: the result, if there is proof that it succeeded.
   * `progress` is what TiDB said last.
   */
  adopt: (progress: StatementProgress | undefined) => Promise<Result | undefined>;
  session: Pick<TidbSession, 'connectionId' | 'control'>;
  clock: Clock;
  runner: Pick<NodeRunner, 'deadline' | 'outOfTime' | 'interruption'>;
}

type Answer<Result> = { kind: 'result'; result: Result } | { kind: 'refused' | 'lost'; error: unknown };

/**
 * Runs a statement and watches it. However it ends, it no longer runs in TiDB afterwards, or the error says that it may.
 * @throws NodeFailure
 */
export async function supervise<Result>(supervision: Supervision<Result>): Promise<Result> {
  const { send, clock, runner } = supervision;
  const { interruption } = runner;
  const early = interruptionOf(supervision);
  if (early !== undefined) throw early;
  const answer = send().then<Answer<Result>, Answer<Result>>(
    (result) => ({ kind: 'result', result }),
    (error: unknown) => ({ kind: error instanceof StatementLost ? 'lost' : 'refused', error }),
  );
  for (let pause = FIRST_LOOK_MS; ; pause = Math.min(pause * 2, LOOK_EVERY_MS)) {
    const answered = await within(answer, pause, clock, interruption);
    if (answered !== undefined) return conclude(supervision, answered);
    const reason = await reasonToStop(supervision, await look(supervision));
    if (reason !== undefined) return stop(supervision, answer, reason);
  }
}

function conclude<Result>(supervision: Supervision<Result>, answer: Answer<Result>): Result | Promise<Result> {
  switch (answer.kind) {
    case 'result':
      return answer.result;
    case 'refused':
      throw answer.error;
    case 'lost':
      return followLost(supervision, answer.error);
    default:
      return assertNever(answer);
  }
}

/** Undefined: nothing to be seen, now. Liveness does not depend on it. */
async function look<Result>({ session, mark }: Supervision<Result>): Promise<StatementProgress | undefined> {
  try {
    return await session.control.progress({ kind: mark.kind, connectionId: session.connectionId });
  } catch (error) {
    log.warn({ message: 'progress could not be read', ...mark, error });
    return undefined;
  }
}

async function reasonToStop<Result>(
  supervision: Supervision<Result>,
  progress: StatementProgress | undefined,
): Promise<NodeFailure | undefined> {
  const { observe, clock, runner, mark } = supervision;
  const interrupted = interruptionOf(supervision, progress);
  if (interrupted !== undefined) return interrupted;
  if (clock.now() >= runner.deadline) {
    return new NodeFailure(OUT_OF_TIME, `${stoppedAt(supervision, progress)}: ${runner.outOfTime}`);
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

/** Whoever runs it is to stop. */
function interruptionOf<Result>(
  supervision: Supervision<Result>,
  progress?: StatementProgress,
): NodeFailure | undefined {
  const { interruption } = supervision.runner;
  if (!interruption?.aborted) return undefined;
  const { name, message }: NodeFailure = interruption.reason;
  return new NodeFailure(name, `${stoppedAt(supervision, progress)}: ${message}`);
}

function stoppedAt<Result>({ mark }: Supervision<Result>, progress: StatementProgress | undefined): string {
  return `${mark.kind} was stopped at ${progress?.percent ?? 0} %`;
}

async function stop<Result>(
  supervision: Supervision<Result>,
  answer: Promise<Answer<Result>>,
  reason: NodeFailure,
): Promise<Result> {
  const { session, mark, clock } = supervision;
  let last: Answer<Result> | undefined;
  await stopOrSay(supervision, reason, async () => {
    await session.control.kill(session.connectionId);
    last = await within(answer, LAST_ANSWER_MS, clock);
    return last === undefined || last.kind === 'lost' ? stopStatements(session.control, mark, clock) : true;
  });
  // It ended before the kill reached it: what is done is done.
  if (last?.kind === 'result') return last.result;
  throw reason;
}

/** The connection is gone. What the statement did is looked up before anything is decided. */
async function followLost<Result>(supervision: Supervision<Result>, loss: unknown): Promise<Result> {
  const { session, mark, clock, adopt } = supervision;
  log.warn({ message: 'the connection was lost while the statement ran: looking for it', ...mark, error: loss });
  const lost = new NodeFailure('TidbConnectionLost', `the connection to TiDB was lost while ${mark.kind} ran`, {
    cause: loss,
  });
  let progress: StatementProgress | undefined;
  let unseenSince: number | undefined;
  // Twice, because the server may have received a statement that it has not yet put on its list.
  for (let absences = 0; absences < 2; ) {
    await clock.sleep(LOOK_EVERY_MS);
    try {
      absences = (await session.control.running(mark)).length === 0 ? absences + 1 : 0;
      unseenSince = undefined;
    } catch (error) {
      unseenSince ??= clock.now();
      const interrupted = interruptionOf(supervision, progress);
      if (interrupted !== undefined) throw mayStillRun(interrupted, error);
      if (clock.now() - unseenSince >= RECONNECT_WITHIN_MS || clock.now() >= supervision.runner.deadline) {
        throw mayStillRun(lost, error);
      }
      continue;
    }
    progress = (await look(supervision)) ?? progress;
    if (absences > 0) continue;
    const reason = await reasonToStop(supervision, progress);
    if (reason !== undefined) {
      await stopOrSay(supervision, reason, () => stopStatements(session.control, mark, clock));
      throw reason;
    }
  }
  try {
    const adopted = await adopt(progress);
    if (adopted !== undefined) return adopted;
  } catch (error) {
    throw new NodeFailure(lost.name, `${lost.message}; whether it finished is not known: ${messageOf(error)}`, {
      cause: error,
    });
  }
  throw lost;
}

async function stopOrSay<Result>(
  { mark }: Supervision<Result>,
  reason: NodeFailure,
  attempt: () => Promise<boolean>,
): Promise<void> {
  let stopped: boolean;
  try {
    stopped = await attempt();
  } catch (error) {
    throw mayStillRun(reason, error);
  }
  if (!stopped) throw mayStillRun(reason, new Error(`${mark.kind} did not heed the kill`));
}

function mayStillRun(reason: NodeFailure, why: unknown): NodeFailure {
  return new NodeFailure(reason.name, `${reason.message}; it may still run: ${messageOf(why)}`, { cause: reason });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
