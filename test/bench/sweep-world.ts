import {
  DUE_INDEX,
  DUE_INDEXES,
  dueShard,
  FINISHED_INDEX,
  finishedOf,
  RETAINED_INDEX,
} from '../../functions/adapters/dynamodb/tables.ts';
import type { FinishedBackup } from '../../functions/domain/backup/backup-record.ts';
import type { Cluster } from '../../functions/domain/cluster/cluster.ts';
import type { Strategy } from '../../functions/domain/strategy/strategy.ts';
import { createEngineTables, type EngineTables } from '../support/engine-tables.ts';
import { aCluster, aFinishedBackup } from '../support/records.ts';

const MONDAY = Date.UTC(2026, 2, 2);
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Of every sweep at {@link NOW}; the others are in six days. */
export const DUE = 1_000;

/** Within Monday's windows, and within a day after Sunday's. */
export const NOW = MONDAY + 9 * HOUR;

const at = (time: number) => new Date(time).toISOString();

/**
 * As many clusters, each with a strategy and a finished backup; those that are due have an older one that may go. What is
 * not due has only what places it in the indexes, which is quicker to write: a sweep that read it would fail.
 */
export async function createSweepWorld(clusters: number): Promise<EngineTables> {
  const tables = await createEngineTables();
  await tables.fill('clusters', clusters, (number) => ({
    ...(number < DUE && dueCluster(number)),
    ...placesOfCluster(number),
  }));
  const [newest, older] = [MONDAY - HOUR, MONDAY - 6 * HOUR];
  await tables.fill('backups', clusters, (number) => ({
    ...(number < DUE && finishedBackup(number, newest)),
    ...placesOfBackup(number, newest),
  }));
  await tables.fill('backups', DUE, (number) => ({
    ...finishedBackup(number, older),
    ...placesOfBackup(number, older),
  }));
  // Without a limit: all due backups start.
  await tables.stores.config.write('maxConcurrentAutoBackups', '0', at(MONDAY));
  return tables;
}

function dueCluster(number: number): Cluster {
  const strategy: Strategy = {
    weekdays: ['Monday'],
    period: { start: 9 * 60, end: 11 * 60 },
    timezone: 'Europe/Berlin',
    paused: false,
    maxBackupAgeHours: 48,
    retention: { keepLast: 1 },
    drill: { weekdays: ['Sunday'], assertions: [], parameters: {} },
  };
  return aCluster({ clusterId: clusterId(number), strategy });
}

function placesOfCluster(number: number): Record<string, string> {
  const shard = dueShard(clusterId(number));
  const dueAt = at(number < DUE ? MONDAY + 8 * HOUR : MONDAY + 6 * DAY);
  const places = [DUE_INDEX, ...Object.values(DUE_INDEXES)].map(({ partitionKey, sortKey }) => ({
    [partitionKey]: shard,
    [sortKey]: dueAt,
  }));
  return Object.assign({ clusterId: clusterId(number) }, ...places);
}

function finishedBackup(number: number, time: number): FinishedBackup {
  return aFinishedBackup({
    ...{ clusterId: clusterId(number), backupId: backupId(number, time), backupMode: 'auto' },
    ...{ startTime: at(time), updateTime: at(time + MINUTE), checksums: { tables: 1 } },
  });
}

function placesOfBackup(number: number, time: number): Record<string, string> {
  return {
    backupId: backupId(number, time),
    [RETAINED_INDEX.partitionKey]: clusterId(number),
    [RETAINED_INDEX.sortKey]: at(time),
    [FINISHED_INDEX.partitionKey]: finishedOf(clusterId(number), undefined),
    [FINISHED_INDEX.sortKey]: at(time + MINUTE),
  };
}

function clusterId(number: number): string {
  return `cluster-${number}`;
}

function backupId(number: number, time: number): string {
  return `backup-${number}-${time}`;
}
