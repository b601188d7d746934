import * as z from 'zod/mini';
import { assertions } from '../../domain/backup/assertion.ts';
import { backupScope } from '../../domain/backup/backup-scope.ts';
import type { Cluster } from '../../domain/cluster/cluster.ts';
import { givenParameters, provisionerParameters } from '../../domain/provisioning/provisioner-parameters.ts';
import { described, published } from '../../domain/shared/described.ts';
import { identifier } from '../../domain/shared/identifiers.ts';
import { object } from '../../domain/shared/object.ts';
import { sourceRequest } from '../../domain/storage/second-copy.ts';
import {
  formatPeriod,
  formatWeekdays,
  PERIOD_PATTERN,
  parsePeriod,
  parseWeekdays,
  WEEKDAYS_PATTERN,
} from '../../domain/strategy/backup-window.ts';
import { missedWindow, nextStarts, type Strategy } from '../../domain/strategy/strategy.ts';
import { executor } from '../../domain/workflow/executor.ts';
import { READ_ONLY, withReadOnly } from './read-only.ts';
import { retentionJson, retentionRequest } from './retention-json.ts';
import { time, timeZone } from './wire-format.ts';

/** Text that `parse` accepts. */
const parsed = <T>(parse: (text: string) => T | undefined, pattern: string, must: string) =>
  z.pipe(
    published(z.string(), { pattern, description: must.replace(/^must be /, '') }),
    z.transform((text: string, context) => {
      const value = parse(text);
      if (value !== undefined) return value;
      context.issues.push({ code: 'custom', message: must, input: text });
      return z.NEVER;
    }),
  );

const MAX_AGE_HOURS = 8_784;
const ageMust = `must be a whole number of hours, from 1 to ${MAX_AGE_HOURS} (366 days)`;

const hours = (description: string) =>
  described(z.optional(z.int(ageMust).check(z.gte(1, ageMust), z.lte(MAX_AGE_HOURS, ageMust))), description);

const maxBackupAgeHours = hours(
  'Raises an alarm if the newest finished backup, automatic or not, is older, even while the strategy is paused; omit for no alarm',
);

const maxVerifiedAgeHours = hours(
  'Raises an alarm if the newest backup that a drill has verified is older, even while the strategy is paused; omit for no alarm',
);

const backupDate = parsed(
  parseWeekdays,
  WEEKDAYS_PATTERN,
  'must be comma-separated English weekday names, such as "Monday,Friday"',
);

const drillExecutor = described(
  z.optional(executor),
  'Where it restores and compares; by default, chosen from the estimated duration',
);

const drillRequest = z.pipe(
  object(() => ({
    backupDate,
    assertions: z.optional(assertions),
    parameters: z.optional(givenParameters),
    executor: drillExecutor,
    ...sourceRequest,
  })).check(z.refine((drill) => drill.backupDate.length > 0, { path: ['backupDate'], error: 'must name a weekday' })),
  z.transform(({ backupDate: weekdays, assertions: wanted = [], parameters = {}, executor: pinned, source }) => ({
    weekdays,
    assertions: wanted,
    parameters,
    ...(pinned && { executor: pinned }),
    ...(source && { source }),
  })),
);

/** Fields shared by requests and answers. */
const common = {
  fallbackToFull: described(
    z.optional(z.boolean()),
    'Whether to take a full backup if TiDB no longer knows the changes since the last one; otherwise the backup fails',
  ),
  scope: described(z.optional(backupScope), 'What is backed up; defaults to the whole cluster'),
};

const FULL_BACKUP_DATE =
  'Days of `backupDate` on which the backup is full; on the others it is incremental. If empty or omitted, always full';
const RETENTION = 'Which of the automatic backups stay; defaults to all of them';
const DRILL = 'Weekdays after whose windows the newest finished backup is drilled; omit for no automatic drills';

const READ_ONLY_FIELDS = ['clusterId', 'nextRuns', 'lastMissed', 'lastCanceled'];

/**
 * A strategy in a request. The answer for a cluster without a strategy (no weekday, `"0:00-0:00"`) may be sent back,
 * and disables automatic backups.
 */
export const strategyRequest = z.pipe(
  withReadOnly(
    object(() => ({
      backupDate,
      period: parsed(
        parsePeriod,
        PERIOD_PATTERN,
        'must be "H:MM-H:MM", such as "7:00-9:00", or "22:00-2:00" across midnight',
      ),
      timezone: described(
        z.optional(timeZone),
        "Time zone of the weekdays and hours; by default it follows the cluster's. An answer sent back with its `nextRuns` keeps following the cluster if it did; without them, the zone becomes the strategy's own",
      ),
      paused: described(z._default(z.boolean(), false), 'Whether automatic backups are suspended'),
      fullBackupDate: described(z.optional(backupDate), FULL_BACKUP_DATE),
      ...common,
      maxBackupAgeHours,
      retention: described(z.optional(retentionRequest), RETENTION),
      drill: described(z.optional(drillRequest), DRILL),
      maxVerifiedAgeHours,
      nextRuns: described(
        z.optional(z.unknown()),
        'As returned by `GET`; only its presence matters, which shows that an answer is sent back',
      ),
    })).check(
      z.refine(({ backupDate, period: { start, end } }) => start !== end || (backupDate.length === 0 && start === 0), {
        path: ['period'],
        error: 'must not end when it starts',
      }),
      z.refine(({ backupDate, fullBackupDate = [] }) => fullBackupDate.every((day) => backupDate.includes(day)), {
        path: ['fullBackupDate'],
        error: 'must name days of backupDate',
      }),
    ),
    READ_ONLY_FIELDS,
  ),
  z.transform(({ backupDate, fullBackupDate = [], nextRuns, ...strategy }) => ({
    ...strategy,
    isSentBack: nextRuns !== undefined,
    weekdays: backupDate,
    ...(fullBackupDate.length > 0 && { fullWeekdays: fullBackupDate }),
  })),
);

/** TiEM's `BackupStrategy`, with our fields after `period`. */
export const strategyJson = object(() => ({
  clusterId: identifier,
  /** Monday first; empty disables automatic backups. */
  backupDate: z.string(),
  /** The window in which a backup may start. */
  period: z.string(),
  timezone: z.string(),
  paused: z.boolean(),
  fullBackupDate: described(z.optional(z.string()), FULL_BACKUP_DATE),
  ...common,
  maxBackupAgeHours,
  retention: described(z.optional(retentionJson), RETENTION),
  drill: described(
    z.optional(
      z.object({
        backupDate: z.string(),
        assertions: z.optional(assertions),
        parameters: z.optional(provisionerParameters),
        executor: drillExecutor,
        ...sourceRequest,
      }),
    ),
    DRILL,
  ),
  maxVerifiedAgeHours,
  /** The next three starts. */
  nextRuns: z.array(time),
  lastMissed: described(z.optional(missedWindow), 'The last window in which no backup was started, and why'),
  lastCanceled: described(
    z.optional(missedWindow),
    'The last open window that a change of the strategy ended before a backup was started',
  ),
}))
  .register(z.globalRegistry, { id: 'BackupStrategy' })
  .register(READ_ONLY, { fields: READ_ONLY_FIELDS });

const NEXT_RUNS = 3;

/** @param now milliseconds since 1970 */
export function toStrategyJson(
  { clusterId, timezone, strategy, lastMissed, lastCanceled }: Cluster,
  now: number,
): z.infer<typeof strategyJson> {
  const wanted: Strategy = strategy ?? { weekdays: [], period: { start: 0, end: 0 }, timezone, paused: false };
  return {
    clusterId,
    backupDate: formatWeekdays(wanted.weekdays),
    period: formatPeriod(wanted.period),
    timezone: wanted.timezone,
    paused: wanted.paused,
    ...(wanted.fullWeekdays && { fullBackupDate: formatWeekdays(wanted.fullWeekdays) }),
    ...(wanted.fallbackToFull !== undefined && { fallbackToFull: wanted.fallbackToFull }),
    ...(wanted.scope && { scope: wanted.scope }),
    ...(wanted.maxBackupAgeHours !== undefined && { maxBackupAgeHours: wanted.maxBackupAgeHours }),
    ...(wanted.retention && { retention: wanted.retention }),
    ...(wanted.drill && { drill: drillJson(wanted.drill) }),
    ...(wanted.maxVerifiedAgeHours !== undefined && { maxVerifiedAgeHours: wanted.maxVerifiedAgeHours }),
    nextRuns: nextStarts(wanted, now, NEXT_RUNS),
    ...(lastMissed && { lastMissed }),
    ...(lastCanceled && { lastCanceled }),
  };
}

function drillJson({ weekdays, assertions, parameters, executor, source }: NonNullable<Strategy['drill']>) {
  return {
    backupDate: formatWeekdays(weekdays),
    ...(assertions.length > 0 && { assertions }),
    ...(Object.keys(parameters).length > 0 && { parameters }),
    ...(executor && { executor }),
    ...(source && { source }),
  };
}
