import type { Replication } from '../brie/session.ts';
import { queryInterrupted, SqlError } from '../sql/errors.ts';

/**
 * A fault that a test injects to see how a client copes. The first fault whose `match` (a case-insensitive regular expression) matches the
 * statement's text applies; `times` limits how often, without it there is no limit.
 * - `error` returns `errno` and `message` instead of the statement's result
 * - `hang` never answers; KILL ends it, and TiDB does some seconds after its client has left
 * - `drop` breaks the connection
 * - `delay` waits `delayMs` milliseconds: with `match` `information_schema\\.tables|SHOW BACKUP METADATA`, for example, it imitates a
 *   cluster of
 *   100,000 tables
 * - `move` moves the session to the next server of the cluster, as TiProxy does, outside a transaction: `when` is `before` the statement
 *   runs (the default) or `after` it has taken effect.
 */
export interface Fault {
  readonly match: string;
  readonly action: 'error' | 'hang' | 'drop' | 'delay' | 'move';
  readonly when?: 'before' | 'after';
  readonly times?: number;
  readonly errno?: number;
  readonly message?: string;
  readonly delayMs?: number;
}

/** Slows BACKUP and RESTORE down; by default they run at full speed. */
interface Throttle {
  readonly throttleMiBPerSecond: number;
}

/**
 * - `silent`: keeps running but does not answer the other servers: cluster tables leave it out with a warning, and KILL does not reach it
 * - `crashed`: is dead but still listed in `tidb_servers_info`, as for some minutes after a crash
 * - `gone`: is dead and no longer listed
 */
const SERVER_STATES = ['up', 'silent', 'crashed', 'gone'] as const;
export type ServerState = (typeof SERVER_STATES)[number];

/** The state of a server of the cluster; servers count from 0. */
interface ServerFault {
  readonly server: number;
  readonly is: ServerState;
}

/** A task that replicates the cluster: one of `br log start` or a changefeed of TiCDC. RESTORE refuses to run beside it; SQL shows neither. */
type ReplicationSetting = { readonly logBackupTask: string } | { readonly changefeed: string };

export type FaultSetting = Fault | Throttle | ServerFault | ReplicationSetting;

const BYTES_PER_MIB = 1024 * 1024;
const DEFAULT_ERRNO = 1105;

/** Thrown to break the connection without an answer. */
export class ConnectionDropped extends Error {
  override readonly name = 'ConnectionDropped';
}

/** What a fault can wait for or be interrupted by. */
interface Disturbed {
  readonly text: string;
  /** Aborted by KILL, or some time after the client has left. */
  readonly interrupted: AbortSignal;
}

export class FaultInjector {
  #faults: { readonly fault: Fault; readonly pattern: RegExp; left: number }[] = [];
  #bytesPerSecond: number | undefined;
  #servers: ReadonlyMap<number, ServerState> = new Map();
  #replication: Replication = { logBackupTask: undefined, changefeeds: [] };
  /** Called when the result of {@link stateOf} may have changed. */
  onServersChanged: () => void = () => {};

  /** Replaces all settings. Throws if one is malformed. */
  set(settings: readonly FaultSetting[]): void {
    const faults = settings.filter((setting) => 'match' in setting);
    const throttle = settings.find((setting) => 'throttleMiBPerSecond' in setting);
    this.#faults = faults.map((fault) => ({
      fault,
      pattern: new RegExp(fault.match, 'i'),
      left: fault.times ?? Number.POSITIVE_INFINITY,
    }));
    this.#bytesPerSecond = throttle && throttle.throttleMiBPerSecond * BYTES_PER_MIB;
    const servers = settings.filter((setting) => 'server' in setting);
    this.#servers = new Map(servers.map(({ server, is }) => [server, is]));
    this.onServersChanged();
    this.#replication = {
      logBackupTask: settings.find((setting) => 'logBackupTask' in setting)?.logBackupTask,
      changefeeds: settings.filter((setting) => 'changefeed' in setting).map(({ changefeed }) => changefeed),
    };
  }

  get replication(): Replication {
    return this.#replication;
  }

  stateOf(server: number): ServerState {
    return this.#servers.get(server) ?? 'up';
  }

  /** Bytes per second that BACKUP and RESTORE may move. */
  get bytesPerSecond(): number | undefined {
    return this.#bytesPerSecond;
  }

  /** Whether to move the session of the next statement. */
  movesSession(text: string): boolean {
    return this.#take(text, ({ action }) => action === 'move') !== undefined;
  }

  async apply(when: 'before' | 'after', disturbed: Disturbed): Promise<void> {
    const fault = this.#take(disturbed.text, (each) => each.action !== 'move' && (each.when ?? 'before') === when);
    switch (fault?.action) {
      case 'error':
        throw new SqlError(fault.errno ?? DEFAULT_ERRNO, fault.message ?? 'injected fault');
      case 'drop':
        throw new ConnectionDropped();
      case 'hang':
        return interruptible(undefined, disturbed.interrupted);
      case 'delay':
        return interruptible(fault.delayMs ?? 0, disturbed.interrupted);
    }
  }

  #take(text: string, isKind: (fault: Fault) => boolean): Fault | undefined {
    const due = this.#faults.find(({ fault, pattern, left }) => left > 0 && isKind(fault) && pattern.test(text));
    if (due !== undefined) due.left -= 1;
    return due?.fault;
  }
}

/** Why a statement was interrupted: a KILL, unless the signal says more. */
export function interruptionOf({ reason }: AbortSignal): SqlError {
  return reason instanceof SqlError ? reason : queryInterrupted();
}

/** Resolves after `millis`, or never for `undefined`; rejects with 1317 when interrupted. */
export function interruptible(millis: number | undefined, interrupted: AbortSignal): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const timer = millis === undefined ? undefined : setTimeout(resolve, millis);
  const stop = () => {
    clearTimeout(timer);
    reject(interruptionOf(interrupted));
  };
  if (interrupted.aborted) stop();
  else interrupted.addEventListener('abort', stop, { once: true });
  return promise.finally(() => interrupted.removeEventListener('abort', stop));
}

/** Parses the JSON of `SET GLOBAL sandbox_faults = '…'`; throws 1231 if it is not a list of settings. */
export function parseFaults(json: string): FaultSetting[] {
  try {
    const settings: unknown = JSON.parse(json);
    if (Array.isArray(settings) && settings.every(isSetting)) return settings;
  } catch (error) {
    throw new SqlError(1231, `Variable 'sandbox_faults' is not JSON: ${error instanceof Error ? error.message : ''}`);
  }
  throw new SqlError(
    1231,
    "Variable 'sandbox_faults' must be a list of {match, action, …}, {server, is}, {throttleMiBPerSecond}, {logBackupTask} or {changefeed}",
  );
}

function isSetting(value: unknown): value is FaultSetting {
  if (typeof value !== 'object' || value === null) return false;
  if ('throttleMiBPerSecond' in value) return typeof value.throttleMiBPerSecond === 'number';
  if ('logBackupTask' in value) return typeof value.logBackupTask === 'string';
  if ('changefeed' in value) return typeof value.changefeed === 'string';
  if ('server' in value) {
    return typeof value.server === 'number' && 'is' in value && SERVER_STATES.some((state) => state === value.is);
  }
  const actions = ['error', 'hang', 'drop', 'delay', 'move'];
  return (
    'match' in value && typeof value.match === 'string' && 'action' in value && actions.includes(String(value.action))
  );
}
