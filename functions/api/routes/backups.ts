import * as z from 'zod/mini';
import { backupMode } from '../../domain/backup-record.ts';
import { identifier } from '../../domain/identifiers.ts';
import { type BackupClusterDeps, backupCluster } from '../../operations/backup-cluster.ts';
import { type QueryBackupRecordsDeps, queryBackupRecords } from '../../operations/query-backup-records.ts';
import { backupRecordJson, toBackupRecordJson } from '../backup-record-json.ts';
import { route } from '../route.ts';
import { listAnswer, pageQuery, queryNumber } from '../wire-format.ts';

export const postBackup = route({
  summary: 'Start a backup now',
  body: z.object({
    clusterId: identifier,
    backupType: z._default(z.literal('full'), 'full'),
    backupMode: z._default(backupMode, 'manual'),
  }),
  data: z.object({ workFlowId: identifier, backupId: identifier }),
  handle: async ({ body }, deps: BackupClusterDeps) => ({ data: await backupCluster(body, deps) }),
});

/** Unix seconds, up to the end of the year 9999. TiEM's clients send 0 for a time that is not set. */
const unixSeconds = z.optional(queryNumber(0, 253_402_300_799));

export const getBackups = route({
  summary: 'Backup records, newest first',
  query: z
    .object({
      clusterId: z.optional(identifier),
      backupId: z.optional(identifier),
      backupMode: z.optional(backupMode),
      startTime: unixSeconds,
      endTime: unixSeconds,
      ...pageQuery,
    })
    .check(
      z.refine(({ startTime, endTime }) => !startTime || !endTime || startTime <= endTime, {
        path: ['endTime'],
        error: 'must not be before startTime',
      }),
    ),
  data: z.object({ backupRecords: z.array(backupRecordJson) }),
  async handle({ query: { startTime, endTime, page, pageSize, ...filter } }, deps: QueryBackupRecordsDeps) {
    const created = {
      createdFrom: startTime ? startTime * 1_000 : undefined,
      // The whole of the last second: records know milliseconds.
      createdTo: endTime ? endTime * 1_000 + 999 : undefined,
    };
    const found = await queryBackupRecords({ ...filter, ...created }, { page, pageSize }, deps);
    return listAnswer('backupRecords', found, { page, pageSize }, toBackupRecordJson);
  },
});
