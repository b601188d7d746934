import type { BackupRecord } from '../typescript/api.ts';
import { ApiError, ConnectionError } from '../typescript/errors.ts';
import { CommandError, EXIT } from './exit-codes.ts';
import { duration, size } from './format.ts';
import { type Progress, progressLine } from './progress.ts';
import type { Session } from './session.ts';

export interface WaitFlags {
  readonly wait?: boolean | undefined;
  readonly watch?: boolean | undefined;
  readonly timeout?: number | undefined;
}

/** The latest state of an operation. */
interface Seen {
  readonly progress: Omit<Progress, 'elapsedSeconds' | 'expectedSeconds'>;
  /** When it started, if it has. */
  readonly startTime?: string | undefined;
  /** How it ended, if it has. */
  readonly end?: { readonly outcome: 'finished' | 'failed' | 'canceled'; readonly message: string } | undefined;
  /** What `--json` prints at the end. */
  readonly value: unknown;
}

interface Followed {
  /** "Backup 6f1c…" */
  readonly what: string;
  /** The command that continues watching. */
  readonly again: string;
  readonly read: () => Promise<Seen>;
  readonly expectedSeconds?: number | undefined;
}

const MIN_INTERVAL_MS = 1_000;
const MAX_INTERVAL_MS = 5_000;
/** Without a terminal, a line is written every so many percent. */
const LOG_PERCENT = 10;

/**
 * Waits for the end of an operation if the flags say so. Otherwise prints that it has started, and the command to see its end.
 * @param started the API's answer
 * @throws CommandError if it did not succeed
 */
export async function followOrPrint(
  session: Session,
  flags: WaitFlags,
  followed: Followed,
  { started, headline }: { started: unknown; headline: string },
): Promise<void> {
  if (flags.wait || flags.watch || flags.timeout !== undefined) return await follow(session, flags, followed);
  session.print(started, () => [headline, `next: see how it ends with \`tidb-backup ${followed.again}\``]);
}

/** Waits for the end of an operation. @throws CommandError if it did not succeed, or not in time */
export async function follow(
  session: Session,
  { watch = false, timeout }: WaitFlags,
  { what, again, read, expectedSeconds }: Followed,
): Promise<void> {
  const { now, sleep } = session.surroundings;
  const display = watch && !session.isJson ? displayOf(session) : undefined;
  const began = now();
  let interval = MIN_INTERVAL_MS;
  try {
    for (;;) {
      const seen = await read().catch((error: unknown) => {
        // The operation runs on the service: wait while the API cannot be reached.
        if (error instanceof ConnectionError && timeout !== undefined) return undefined;
        throw error;
      });
      if (seen?.end) {
        display?.clear();
        return ended(session, what, seen.end, seen.value);
      }
      const elapsed = (now() - (seen?.startTime ? Date.parse(seen.startTime) : began)) / 1_000;
      if (seen) display?.show({ ...seen.progress, elapsedSeconds: elapsed, expectedSeconds });
      if (timeout !== undefined && now() - began >= timeout * 1_000) {
        display?.clear();
        const message = `${what} did not end within ${duration(timeout)}; it continues`;
        throw new CommandError(EXIT.timeout, message, `see how it ends with \`tidb-backup ${again}\``);
      }
      await sleep(interval);
      interval = Math.min(MAX_INTERVAL_MS, interval * 1.2);
    }
  } finally {
    display?.clear();
  }
}

function ended(session: Session, what: string, { outcome, message }: NonNullable<Seen['end']>, value: unknown): void {
  if (outcome === 'finished') {
    session.print(value, () => [session.style.green(`${what} finished${message === '' ? '' : `: ${message}`}`)]);
    return;
  }
  if (session.isJson) session.print(value, () => []);
  const code = outcome === 'failed' ? EXIT.failed : EXIT.canceled;
  throw new CommandError(
    code,
    `${what} ${outcome === 'failed' ? 'failed' : 'was canceled'}${message === '' ? '' : `: ${message}`}`,
  );
}

interface Display {
  show(progress: Progress): void;
  clear(): void;
}

/** A line that is redrawn; without a terminal, one line per change. */
function displayOf({ surroundings: { stderr } }: Session): Display {
  if (stderr.isTTY) {
    return {
      show: (progress) => void stderr.write(`\r\x1b[K${progressLine(progress, stderr.columns ?? 80)}`),
      clear: () => void stderr.write('\r\x1b[K'),
    };
  }
  let last = '';
  return {
    show(progress) {
      const key = `${Math.floor((progress.percent ?? 0) / LOG_PERCENT)} ${progress.step}`;
      if (key !== last) stderr.write(`${progressLine(progress, 200)}\n`);
      last = key;
    },
    clear: () => undefined,
  };
}

export function followedBackup(session: Session, backupId: string): Followed {
  return {
    what: `Backup ${backupId}`,
    again: `backup watch ${backupId}`,
    async read() {
      const record = await readBackup(session, backupId);
      const { progress, step, startTime } = record;
      const end = endOf(record);
      return {
        progress: { percent: progress, step },
        startTime: isSet(startTime),
        end: end && (await isFree(session, record)) ? end : undefined,
        value: record,
      };
    },
  };
}

/** An ended backup holds its cluster until its workflow has ended too: the next command of a script must not be refused. */
async function isFree(session: Session, { workFlowId }: BackupRecord): Promise<boolean> {
  const client = await session.client;
  try {
    const { info } = await client.call('GET /workflow/{workFlowId}', { path: { workFlowId } });
    return info.status !== 'Initializing' && info.status !== 'Processing';
  } catch (error) {
    // An imported backup has no workflow here.
    if (error instanceof ApiError) return true;
    throw error;
  }
}

/** @throws CommandError if it does not exist */
export async function readBackup(session: Session, backupId: string): Promise<BackupRecord> {
  const client = await session.client;
  const { backupRecords } = await client.call('GET /backups', { query: { backupId } });
  const [record] = backupRecords;
  if (record !== undefined) return record;
  throw new CommandError(
    EXIT.refused,
    `there is no backup ${backupId}`,
    'find the right id with `tidb-backup backup list`',
  );
}

function endOf({ status, error, sizeBytes, files }: BackupRecord): Seen['end'] {
  switch (status) {
    case 'Finished':
      return { outcome: 'finished', message: `${size(sizeBytes)}${files === undefined ? '' : ` in ${files} files`}` };
    case 'Failed':
      return { outcome: 'failed', message: error?.message ?? '' };
    case 'Canceled':
      return { outcome: 'canceled', message: '' };
    case 'Deleting':
      return { outcome: 'canceled', message: 'it is being deleted' };
    default:
      return undefined;
  }
}

interface FollowedWorkflow {
  readonly what: string;
  readonly workFlowId: string;
  readonly again?: string;
  readonly expectedSeconds?: number | undefined;
  /** Called when it has finished: its result for people. @throws CommandError if that is a failure */
  readonly outcome?: () => Promise<string>;
}

export function followedWorkflow(
  session: Session,
  { what, workFlowId, again, expectedSeconds, outcome }: FollowedWorkflow,
): Followed {
  return {
    what,
    again: again ?? `restore watch ${workFlowId}`,
    expectedSeconds,
    async read() {
      const client = await session.client;
      const value = await client.call('GET /workflow/{workFlowId}', { path: { workFlowId } });
      const { status, step, createTime } = value.info;
      const seen = { progress: { step }, startTime: isSet(createTime), value };
      if (status === 'Finished') return { ...seen, end: { outcome: 'finished', message: (await outcome?.()) ?? '' } };
      if (status === 'Canceled') return { ...seen, end: { outcome: 'canceled', message: '' } };
      if (status !== 'Error') return seen;
      const failed = value.nodes.filter((node) => node.status === 'Error').map(({ result }) => result);
      return { ...seen, end: { outcome: 'failed', message: failed.join('; ') } };
    },
  };
}

function isSet(time: string): string | undefined {
  return time.startsWith('0001-') ? undefined : time;
}
