import * as z from 'zod/mini';
import { drillTables } from '../../domain/backup/verification.ts';
import { monthlyUsdOf } from '../../domain/planning/paid-files.ts';
import { type Clock, timestamp } from '../../domain/shared/clock.ts';
import { described } from '../../domain/shared/described.ts';
import { identifier } from '../../domain/shared/identifiers.ts';
import {
  type QueryEvidenceDeps,
  queryBackupEvidence,
  queryClusterEvidence,
} from '../../operations/backup/query-evidence.ts';
import { cursorPage, type ListDeps, listed, pageQuery } from '../http/paging.ts';
import { route } from '../http/route.ts';
import { CSV, evidenceCsv } from '../json/evidence-csv.ts';
import {
  type BackupEvidenceJson,
  backupEvidenceJson,
  type MissedWindowJson,
  missedWindowJson,
  toBackupEvidenceJson,
} from '../json/evidence-json.ts';
import { clusterIdParam, createdIn, IN_ORDER, time, timeRange } from '../json/wire-format.ts';
import { BACKUP_EVIDENCE, BACKUP_ID, CLUSTER_ID, MISSED_WINDOW } from '../openapi/examples.ts';

const format = described(
  z._default(z.enum(['json', 'csv'], 'must be json or csv'), 'json'),
  'csv: a file with a header and a row for each backup and missed window (RFC 4180); defaults to json',
);

const asOf = described(time, 'Time of this answer');

export const getBackupEvidence = route({
  operation: 'backup/evidence',
  summary: 'Evidence for a backup, for auditors: what was backed up when, its chain, location, lock and last drill',
  scope: 'backup:read',
  errors: ['TIEM_BACKUP_RECORD_QUERY_FAILED', 'TIEM_BACKUP_RECORD_NOT_FOUND'],
  example: {
    params: { backupId: BACKUP_ID },
    data: {
      ...{ asOf: '2026-04-01T08:00:00.000Z', evidence: BACKUP_EVIDENCE, perMonthUsd: 0.034511 },
      drillTables: {
        tables: [
          {
            ...{ database: 'shop', table: 'orders', outcome: 'equal', rows: '481516', keyValues: '963032' },
            ...{ checksum: '1034065912370921', detail: 'its TTL is off (TTL_ENABLE)' },
          },
        ],
      },
    },
  },
  csv: evidenceCsv(CLUSTER_ID, [BACKUP_EVIDENCE]),
  params: z.object({ backupId: identifier }),
  query: z.object({ format }),
  data: z.object({
    asOf,
    evidence: backupEvidenceJson,
    perMonthUsd: described(
      z.optional(z.number()),
      'What its files now cost a month on S3, with a second copy, at the list prices of plans; omitted if it has not finished, or lies elsewhere',
    ),
    drillTables: described(
      z.optional(drillTables),
      'What `evidence.drill` compared, table by table; omitted if nothing was compared, or by a release that kept no list',
    ),
  }),
  async handle({ params, query }, deps: QueryEvidenceDeps & { clock: Pick<Clock, 'now'> }) {
    const found = await queryBackupEvidence(params.backupId, deps);
    const evidence = toBackupEvidenceJson(found);
    const { record, drillTables } = found;
    const data = { asOf: timestamp(deps.clock), evidence, perMonthUsd: monthlyUsdOf(record, deps.clock), drillTables };
    if (query.format === 'json') return { data };
    const text = evidenceCsv(evidence.clusterId, [evidence]);
    return { data, file: { type: CSV, name: `evidence-of-backup-${params.backupId}.csv`, text } };
  },
});

export const getClusterEvidence = route({
  operation: 'cluster/evidence',
  summary: "Evidence for a cluster's backups in a time range, for auditors, with the missed windows; newest first",
  scope: 'backup:read',
  errors: ['TIEM_CLUSTER_NOT_FOUND', 'TIEM_BACKUP_RECORD_QUERY_FAILED'],
  example: {
    params: { clusterId: CLUSTER_ID },
    query: { startTime: '1772323200', endTime: '1775001599' },
    data: { asOf: '2026-04-01T08:00:00.000Z', backups: [BACKUP_EVIDENCE], missedWindows: [MISSED_WINDOW] },
  },
  csv: evidenceCsv(CLUSTER_ID, [MISSED_WINDOW, BACKUP_EVIDENCE]),
  params: clusterIdParam,
  query: z
    .object({ format, ...timeRange, pageSize: pageQuery.pageSize, pageToken: pageQuery.pageToken })
    .check(IN_ORDER),
  data: z.object({
    asOf,
    backups: described(z.array(backupEvidenceJson), 'By `createTime`; deleted records are not included'),
    missedWindows: described(
      z.array(missedWindowJson),
      'By `start`. A page holds `pageSize` backups and windows in total',
    ),
  }),
  async handle({ params, query }, deps: ListDeps & QueryEvidenceDeps & { clock: Pick<Clock, 'now'> }) {
    const { clusterId } = params;
    const asked = { name: 'evidence', params, query, caller: deps.caller } as const;
    const { filters, page } = listed(asked);
    const { entries, next } = await queryClusterEvidence(clusterId, createdIn(filters), page, deps);
    const shown = entries.map((entry) => ('missed' in entry ? entry.missed : toBackupEvidenceJson(entry)));
    const answer = {
      data: {
        asOf: timestamp(deps.clock),
        backups: shown.filter(isBackup),
        missedWindows: shown.filter((entry) => !isBackup(entry)),
      },
      page: cursorPage(asked, page, next),
    };
    if (filters.format === 'json') return answer;
    const file = { type: CSV, name: `evidence-of-${clusterId}.csv`, text: evidenceCsv(clusterId, shown) };
    return { ...answer, file };
  },
});

function isBackup(entry: BackupEvidenceJson | MissedWindowJson): entry is BackupEvidenceJson {
  return 'backupId' in entry;
}
