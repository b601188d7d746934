import * as z from 'zod/mini';
import { backupMode, backupType, decimal64 } from '../../domain/backup/backup-record.ts';
import type { PastBackup } from '../../domain/backup/cluster-history.ts';
import { type Cluster, maintenanceStatus, ownBackups } from '../../domain/cluster/cluster.ts';
import { described } from '../../domain/shared/described.ts';
import { identifier } from '../../domain/shared/identifiers.ts';
import { windowsEndingAfter } from '../../domain/strategy/backup-window.ts';
import { missedWindow } from '../../domain/strategy/strategy.ts';
import type { ClusterOverview } from '../../operations/status/query-overview.ts';
import { time } from './wire-format.ts';

const recentBackup = z.object({ backupId: identifier, backupType, endTime: time, sizeBytes: decimal64 });

const overdue = z.boolean();

export const clusterOverviewJson = z
  .object({
    clusterId: identifier,
    clusterName: z.string(),
    timezone: described(z.string(), "The strategy's, or without a strategy the cluster's"),
    maintenanceStatus: z.union([z.literal(''), maintenanceStatus]),
    operationId: described(z.optional(identifier), 'The backup or workflow that holds it; omitted if nothing does'),
    maintenanceSince: z.optional(time),
    progress: described(z.optional(z.number()), 'Progress of the backup that holds it, in percent'),
    step: described(z.optional(z.string()), 'What the operation is doing, in words for people'),
    recentBackups: described(z.array(recentBackup), 'Up to ten finished backups, newest first'),
    maxBackupAgeHours: described(z.optional(z.number()), "The strategy's limit; omitted if it has none"),
    isOverdue: described(overdue, 'Whether the newest finished backup is older than `maxBackupAgeHours`'),
    newestVerified: described(
      z.optional(z.object({ backupId: identifier, endTime: time })),
      'The newest backup that a drill has verified',
    ),
    maxVerifiedAgeHours: described(z.optional(z.number()), "The strategy's limit; omitted if it has none"),
    isUnverified: described(overdue, 'Whether the newest verified backup is older than `maxVerifiedAgeHours`'),
    paused: described(z.optional(z.boolean()), 'Whether the strategy is paused; omitted if there is none'),
    nextWindow: described(
      z.optional(z.object({ start: time, end: time })),
      'The window that is open or opens next; omitted if there is none',
    ),
    lastMissed: described(z.optional(missedWindow), 'The last window in which no backup was started, and why'),
    lastFailed: described(
      z.optional(z.object({ backupId: identifier, endTime: time, error: z.string() })),
      'The newest backup if it failed, and why; omitted if one has finished since, or if its record was deleted',
    ),
    checkStatus: described(
      z.optional(z.enum(['passed', 'warning', 'failed'])),
      'The result of its last check; omitted if none has ended yet',
    ),
  })
  .register(z.globalRegistry, { id: 'ClusterOverview' });

const HOUR_MS = 3_600_000;

/** @param now milliseconds since 1970 */
export function toClusterOverviewJson(
  { cluster, recent, verified, lastFailed, running }: ClusterOverview,
  now: number,
): z.infer<typeof clusterOverviewJson> {
  const { maintenance, strategy, check, lastMissed } = cluster;
  const { since } = ownBackups(cluster);
  const isOlder = (endTime: string | undefined, hours: number | undefined) =>
    hours !== undefined && now - Date.parse(endTime ?? since) > hours * HOUR_MS;
  const nextWindow = windowOf(strategy, now);
  return {
    clusterId: cluster.clusterId,
    clusterName: cluster.clusterName,
    timezone: strategy?.timezone ?? cluster.timezone,
    maintenanceStatus: maintenance?.status ?? '',
    ...(maintenance && { operationId: maintenance.operationId, maintenanceSince: maintenance.since }),
    ...(running?.progress !== undefined && { progress: running.progress }),
    ...(running?.step !== undefined && { step: running.step }),
    recentBackups: recent.map(({ backupId, backupType, endTime, sizeBytes }) => ({
      ...{ backupId, backupType, endTime, sizeBytes },
    })),
    ...(strategy?.maxBackupAgeHours !== undefined && { maxBackupAgeHours: strategy.maxBackupAgeHours }),
    isOverdue: isOlder(recent[0]?.endTime, strategy?.maxBackupAgeHours),
    ...(verified && { newestVerified: verified }),
    ...(strategy?.maxVerifiedAgeHours !== undefined && { maxVerifiedAgeHours: strategy.maxVerifiedAgeHours }),
    isUnverified: isOlder(verified?.endTime, strategy?.maxVerifiedAgeHours),
    ...(strategy && { paused: strategy.paused }),
    ...(nextWindow && { nextWindow }),
    ...(lastMissed && { lastMissed }),
    ...(lastFailed && { lastFailed }),
    ...(check && { checkStatus: check.status }),
  };
}

function windowOf(strategy: Cluster['strategy'], now: number): { start: string; end: string } | undefined {
  if (strategy === undefined || strategy.paused) return undefined;
  const [window] = windowsEndingAfter(strategy, now, 1);
  return window && { start: new Date(window.start).toISOString(), end: new Date(window.end).toISOString() };
}

export const pastBackupJson = z
  .object({
    backupId: identifier,
    backupType,
    backupMode,
    status: z.enum(['Initializing', 'Processing', 'Finished', 'Failed', 'Canceled', 'Deleting']),
    createTime: time,
    baseBackupId: described(z.optional(identifier), 'The base of an incremental backup'),
    startTime: described(z.optional(time), 'For a finished backup: when its first attempt began'),
    endTime: described(z.optional(time), 'For a finished backup'),
    sizeBytes: described(z.optional(decimal64), 'For a finished backup'),
    recoverySeconds: described(
      z.optional(z.number()),
      'How long its last successful drill took; only for the newest 100',
    ),
  })
  .register(z.globalRegistry, { id: 'PastBackup' });

export function toPastBackupJson({
  finished,
  baseBackupId,
  recoverySeconds,
  ...backup
}: PastBackup): z.infer<typeof pastBackupJson> {
  return {
    ...backup,
    ...(baseBackupId !== undefined && { baseBackupId }),
    ...finished,
    ...(recoverySeconds !== undefined && { recoverySeconds }),
  };
}
