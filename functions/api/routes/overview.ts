import * as z from 'zod/mini';
import { type Clock, timestamp } from '../../domain/shared/clock.ts';
import { described } from '../../domain/shared/described.ts';
import {
  type QueryProblemsDeps,
  queryClusterHistory,
  queryOverview,
  queryProblems,
} from '../../operations/status/query-overview.ts';
import { type ListDeps, listAnswer, listed, ONE_POSITION, pageQuery } from '../http/paging.ts';
import { route } from '../http/route.ts';
import { missedWindowJson } from '../json/evidence-json.ts';
import { clusterOverviewJson, pastBackupJson, toClusterOverviewJson, toPastBackupJson } from '../json/overview-json.ts';
import { clusterIdParam, createdIn, IN_ORDER, queryFlag, time, timeRange } from '../json/wire-format.ts';
import { BACKUP_ID, BACKUP_RECORD, CLUSTER_ID, MISSED_WINDOW } from '../openapi/examples.ts';

export const getOverview = route({
  operation: 'cluster/overview',
  summary: 'The state of each cluster: its newest backups against their limits, the running operation, the next window',
  scope: 'backup:read',
  errors: [],
  example: {
    query: { pageSize: '100' },
    data: {
      asOf: '2026-03-01T08:00:00.000Z',
      clusters: [
        {
          ...{ clusterId: CLUSTER_ID, clusterName: 'Orders', timezone: 'Europe/Berlin', maintenanceStatus: '' },
          recentBackups: [
            { backupId: BACKUP_ID, backupType: 'full', endTime: BACKUP_RECORD.endTime, sizeBytes: '1611137024' },
          ],
          ...{ maxBackupAgeHours: 26, isOverdue: false, isUnverified: false, paused: false },
          nextWindow: { start: '2026-03-02T06:00:00.000Z', end: '2026-03-02T08:00:00.000Z' },
          checkStatus: 'passed',
        },
      ],
    },
  },
  query: z
    .object({
      ...pageQuery,
      problems: described(
        z.optional(queryFlag),
        'true: only clusters that are overdue or unverified, or whose backup failed within seven days; longest overdue first. Of the failures, the newest 100 of all clusters count. Costs the same however many clusters there are',
      ),
    })
    .check(ONE_POSITION),
  data: z.object({
    asOf: described(time, 'Time of this answer'),
    clusters: described(
      z.array(clusterOverviewJson),
      'As `GET /clusters` lists them, newest first. With `problems`, a page may hold fewer than `pageSize`',
    ),
  }),
  async handle({ query }, deps: ListDeps & QueryProblemsDeps & { clock: Pick<Clock, 'now'> }) {
    const asked = { name: 'clusters', query, caller: deps.caller } as const;
    const { page, filters } = listed(asked);
    const now = deps.clock.now();
    const found = await (filters.problems ? queryProblems(page, now, deps) : queryOverview(page, deps));
    const list = listAnswer(asked, page, found, (cluster) => toClusterOverviewJson(cluster, now));
    const { clusters } = list.data;
    const shown = filters.problems ? clusters.filter(hasIndexedProblem) : clusters;
    return { ...list, data: { asOf: timestamp(deps.clock), clusters: shown } };
  },
});

/** The indexes are ahead of sweeps, and may name a cluster that has recovered. */
function hasIndexedProblem({ isOverdue, isUnverified, lastFailed }: z.infer<typeof clusterOverviewJson>): boolean {
  return isOverdue || isUnverified || lastFailed !== undefined;
}

export const getClusterHistory = route({
  operation: 'cluster/history',
  summary: "A cluster's backups and missed windows in a time range, for charts and timelines; newest first",
  scope: 'backup:read',
  errors: ['TIEM_CLUSTER_NOT_FOUND', 'TIEM_BACKUP_RECORD_QUERY_FAILED'],
  example: {
    params: { clusterId: CLUSTER_ID },
    query: { startTime: '1772323200', endTime: '1775001599' },
    data: {
      backups: [
        {
          ...{ backupId: BACKUP_ID, backupType: 'full', backupMode: 'manual', status: 'Finished' },
          ...{ createTime: BACKUP_RECORD.createTime, startTime: BACKUP_RECORD.startTime },
          ...{ endTime: BACKUP_RECORD.endTime, sizeBytes: BACKUP_RECORD.sizeBytes, recoverySeconds: 312 },
        },
      ],
      missedWindows: [MISSED_WINDOW],
    },
  },
  params: clusterIdParam,
  query: z.object(timeRange).check(IN_ORDER),
  data: z.object({
    backups: described(z.array(pastBackupJson), 'By `createTime`, 1,000 at most'),
    missedWindows: described(z.array(missedWindowJson), 'By `start`, 100 at most'),
    since: described(
      z.optional(time),
      'Set if the range holds more: the answer is complete from this time on. Request the rest with an earlier `endTime`',
    ),
  }),
  async handle({ params, query }, deps: Parameters<typeof queryClusterHistory>[2]) {
    const { backups, ...rest } = await queryClusterHistory(params.clusterId, createdIn(query), deps);
    return { data: { backups: backups.map(toPastBackupJson), ...rest } };
  },
});
