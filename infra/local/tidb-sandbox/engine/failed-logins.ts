import { SqlError } from '../sql/errors.ts';

const DAY_MILLIS = 86_400_000;
const UNBOUNDED = -1;

/** Consecutive wrong passwords and the resulting locks. Counts only if both limits are set. */
export interface FailedLogins {
  readonly attempts: number;
  /** -1 for no end. */
  readonly lockDays: number;
  readonly count: number;
  /** Unix milliseconds; unset unless the account is blocked. */
  readonly blockedAt?: number;
}

export const NO_FAILED_LOGINS: FailedLogins = { attempts: 0, lockDays: 0, count: 0 };

/** Records another wrong password. */
export function afterFailure(failed: FailedLogins, now: number): FailedLogins {
  if (failed.attempts === 0 || failed.lockDays === 0) return failed;
  const count = failed.count + 1;
  return { ...failed, count, ...(count >= failed.attempts && { blockedAt: now }) };
}

/** Resets the count after a correct password or `ACCOUNT UNLOCK`. */
export function forgotten({ attempts, lockDays }: FailedLogins): FailedLogins {
  return { attempts, lockDays, count: 0 };
}

/** Throws 3955 while the account is blocked. Source: VerifyAccountAutoLockInMemory, pkg/privilege/privileges/privileges.go. */
export function blockedError(
  { attempts, lockDays, blockedAt }: FailedLogins,
  { user, host }: { readonly user: string; readonly host: string },
  now: number,
): SqlError | undefined {
  if (blockedAt === undefined) return undefined;
  const remaining = lockDays - (now - blockedAt) / DAY_MILLIS;
  if (lockDays !== UNBOUNDED && remaining < 0) return undefined;
  const [days, left] = lockDays === UNBOUNDED ? ['unlimited', 'unlimited'] : [lockDays, Math.ceil(remaining)];
  return new SqlError(
    3955,
    `Access denied for user '${user}'@'${host}'. Account is blocked for ${days} day(s) (${left} day(s) remaining) ` +
      `due to ${attempts} consecutive failed logins.`,
  );
}
