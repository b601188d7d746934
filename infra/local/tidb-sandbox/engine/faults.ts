import { SqlError } from '../sql/errors.ts';

/**
 * A disturbance that a test orders, to see how a client copes. The first fault whose `match` (a regular expression, without regard to
 * case) finds something in the statement's text is applied; `times` limits how often, else always.
 * - `error` answers `errno` and `message` instead of the statement's result
 * - `hang` never answers; KILL and the client's going away end it
 * - `drop` breaks the connection
 * - `delay` waits `delayMs` milliseconds
 * `when` is `before` the statement runs (the default) or `after` it has taken effect.
 */
export interface Fault {
  readonly match: string;
  readonly action: 'error' | 'hang' | 'drop' | 'delay';
  readonly when?: 'before' | 'after';
  readonly times?: number;
  readonly errno?: number;
  readonly message?: string;
  readonly delayMs?: number;
}

/** Slows BACKUP and RESTORE down; unset, they run as fast as the machine does. */
interface Throttle {
  readonly throttleMiBPerSecond: number;
}

export type FaultSetting = Fault | Throttle;

const BYTES_PER_MIB = 1024 * 1024;
const DEFAULT_ERRNO = 1105;

/** Thrown where the connection has to break without an answer. */
export class ConnectionDropped extends Error {
  override readonly name = 'ConnectionDropped';
}

/** What a fault can wait for or be cut short by. */
interface Disturbed {
  readonly text: string;
  /** Aborted by KILL or when the client is gone. */
  readonly interrupted: AbortSignal;
}

export class FaultInjector {
  #faults: { readonly fault: Fault; readonly pattern: RegExp; left: number }[] = [];
  #bytesPerSecond: number | undefined;

  /** Replaces all settings. Throws where one is not well formed. */
  set(settings: readonly FaultSetting[]): void {
    const faults = settings.filter((setting) => 'match' in setting);
    const throttle = settings.find((setting) => 'throttleMiBPerSecond' in setting);
    this.#faults = faults.map((fault) => ({
      fault,
      pattern: new RegExp(fault.match, 'i'),
      left: fault.times ?? Number.POSITIVE_INFINITY,
    }));
    this.#bytesPerSecond = throttle && throttle.throttleMiBPerSecond * BYTES_PER_MIB;
  }

  /** Bytes per second that BACKUP and RESTORE may move. */
  get bytesPerSecond(): number | undefined {
    return this.#bytesPerSecond;
  }

  async apply(when: 'before' | 'after', disturbed: Disturbed): Promise<void> {
    const due = this.#faults.find(
      ({ fault, pattern, left }) => left > 0 && (fault.when ?? 'before') === when && pattern.test(disturbed.text),
    );
    if (!due) return;
    due.left -= 1;
    const { fault } = due;
    switch (fault.action) {
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
}

/** Resolves after `millis`, or never for undefined; rejects with 1317 when interrupted. */
export function interruptible(millis: number | undefined, interrupted: AbortSignal): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const timer = millis === undefined ? undefined : setTimeout(resolve, millis);
  const stop = () => {
    clearTimeout(timer);
    reject(new SqlError(1317, 'Query execution was interrupted'));
  };
  if (interrupted.aborted) stop();
  else interrupted.addEventListener('abort', stop, { once: true });
  return promise.finally(() => interrupted.removeEventListener('abort', stop));
}

/** Reads the JSON of `SET GLOBAL sandbox_faults = '…'`; throws 1231 where it is not a list of settings. */
export function parseFaults(json: string): FaultSetting[] {
  try {
    const settings: unknown = JSON.parse(json);
    if (Array.isArray(settings) && settings.every(isSetting)) return settings;
  } catch (error) {
    throw new SqlError(1231, `Variable 'sandbox_faults' is no JSON: ${error instanceof Error ? error.message : ''}`);
  }
  throw new SqlError(
    1231,
    "Variable 'sandbox_faults' has to be a list of {match, action, …} or {throttleMiBPerSecond}",
  );
}

function isSetting(value: unknown): value is FaultSetting {
  if (typeof value !== 'object' || value === null) return false;
  if ('throttleMiBPerSecond' in value) return typeof value.throttleMiBPerSecond === 'number';
  const actions = ['error', 'hang', 'drop', 'delay'];
  return (
    'match' in value && typeof value.match === 'string' && 'action' in value && actions.includes(String(value.action))
  );
}
