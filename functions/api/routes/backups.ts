import * as z from 'zod/mini';
import { assertions } from '../../domain/backup/assertion.ts';
import { backupMode, backupType } from '../../domain/backup/backup-record.ts';
import { backupScope } from '../../domain/backup/backup-scope.ts';
import { backupPlan, changePlan, deletionPlan, restorePlan, undeletePlan } from '../../domain/planning/plan.ts';
import { givenParameters } from '../../domain/provisioning/provisioner-parameters.ts';
import { described } from '../../domain/shared/described.ts';
import { identifier } from '../../domain/shared/identifiers.ts';
import { sourceRequest } from '../../domain/storage/second-copy.ts';
import { executor } from '../../domain/workflow/executor.ts';
import { type BackupClusterDeps, backupCluster } from '../../operations/backup/backup-cluster.ts';
import { type CancelBackupDeps, cancelBackup } from '../../operations/backup/cancel-backup.ts';
import { type PlanBackupDeps, planBackup } from '../../operations/backup/plan-backup.ts';
import { type QueryBackupRecordsDeps, queryBackupRecords } from '../../operations/backup/query-backup-records.ts';
import {
  type DeleteBackupRecordDeps,
  type DeleteBackupRecordsDeps,
  deleteBackupRecord,
  deleteBackupRecords,
} from '../../operations/deletion/delete-backup-records.ts';
import {
  type PlanDeletionDeps,
  type PlanDeletionsDeps,
  planDeletion,
  planDeletions,
} from '../../operations/deletion/plan-deletion.ts';
import { type DrillBackupDeps, drillBackup } from '../../operations/drill/drill-backup.ts';
import { type PlanCancelDeps, planCancel } from '../../operations/plan/plan-change.ts';
import { type PlanNewClusterRestoreDeps, planDrill } from '../../operations/restore/plan-restore.ts';
import {
  type PlanUndeleteDeps,
  planUndelete,
  type UndeleteBackupDeps,
  undeleteBackup,
} from '../../operations/undelete/undelete-backup.ts';
import { type ListDeps, listAnswer, listed, ONE_POSITION, pageQuery } from '../http/paging.ts';
import { route } from '../http/route.ts';
import { backupRecordJson, toBackupRecordJson } from '../json/backup-record-json.ts';
import {
  createdIn,
  emptyData,
  IN_ORDER,
  queryFlag,
  queryIdentifiers,
  repeatedIdentifier,
  time,
  timeRange,
} from '../json/wire-format.ts';
import { BACKUP_ID, BACKUP_RECORD, CLUSTER_ID, DRILL_ID, RUNNING_BACKUP_ID, UNDELETE_ID } from '../openapi/examples.ts';
import { BACKUP_PLAN, CANCEL_PLAN, DELETION_PLAN, DRILL_PLAN, UNDELETE_PLAN } from '../openapi/plan-examples.ts';

/** A Go client of TiEM sends every field of its struct, with empty values for unset ones. */
const unlessGiven = <Value extends string>(schema: z.ZodMiniType<Value, Value>, fallback: Value, must: string) =>
  z.pipe(
    // A union has no message of its own.
    z._default(z.union([schema, z.literal('')], must), ''),
    z.transform((given: Value | ''): Value => (given === '' ? fallback : given)),
  );

const EXPIRE_AT = 'must be a time in RFC 3339, such as "2027-01-31T12:00:00Z"';

/** Stored in UTC, up to the end of the year 9999: later times would break the text order. */
const expireAt = z.pipe(
  z.iso
    .datetime({ offset: true, error: EXPIRE_AT })
    .check(z.refine((text) => Date.parse(text) < Date.UTC(10_000, 0), EXPIRE_AT)),
  z.transform((text: string) => new Date(text).toISOString()),
);

export const postBackup = route({
  operation: 'backup/create',
  summary: 'Start a backup now',
  scope: 'backup:write',
  errors: [
    'TIEM_CLUSTER_NOT_FOUND',
    'TIEM_CLUSTER_MAINTENANCE_CONFLICT',
    'TIEM_BACKUP_SYSTEM_CONFIG_NOT_FOUND',
    'TIEM_BACKUP_SYSTEM_CONFIG_INVAILD',
    'TIEM_BACKUP_RECORD_CREATE_FAILED',
    'TIEM_BACKUP_RECORD_QUERY_FAILED',
    'TIEM_BACKUP_RECORD_INVALID',
    'TIEM_WORKFLOW_CREATE_FAILED',
    'TIEM_WORKFLOW_START_FAILED',
  ],
  example: {
    body: { clusterId: CLUSTER_ID, backupMode: 'manual', backupType: 'full', scope: { databases: ['shop'] } },
    data: { workFlowId: RUNNING_BACKUP_ID, backupId: RUNNING_BACKUP_ID },
  },
  body: z
    .object({
      clusterId: identifier,
      backupType: described(
        unlessGiven(backupType, 'full', 'must be "full" or "incr"'),
        'Incremental backups hold the changes since the newest finished backup of the same scope. Defaults to full, also if empty',
      ),
      backupMode: described(
        unlessGiven(backupMode, 'manual', 'must be "manual" or "auto"'),
        'Which retention applies to it. Defaults to manual, also if empty',
      ),
      scope: described(z.optional(backupScope), 'What to back up; defaults to the whole cluster'),
      executor: described(
        z.optional(executor),
        "Where to run it; defaults to the cluster's setting, then to a choice from the estimated duration",
      ),
      expireAt: described(z.optional(expireAt), 'For a manual backup: when retention removes it; omit to keep it'),
      checksums: described(
        z.optional(z.boolean()),
        'Whether to compute table checksums for drills to compare, which reads the data twice; defaults to true if the strategy of the cluster has drills',
      ),
    })
    .check(
      z.refine((wanted) => wanted.backupMode === 'manual' || wanted.expireAt === undefined, {
        path: ['expireAt'],
        error: 'is only for manual backups; automatic ones follow the retention of the strategy',
      }),
    ),
  data: z.object({ workFlowId: identifier, backupId: identifier }),
  handle: async ({ body }, deps: BackupClusterDeps & PlanBackupDeps) => ({ data: await backupCluster(body, deps) }),
  plan: { schema: backupPlan, example: BACKUP_PLAN, make: ({ body }, deps) => planBackup(body, deps) },
});

export const postCancel = route({
  operation: 'backup/cancel',
  summary: 'Cancel a running backup',
  scope: 'backup:write',
  errors: ['TIEM_BACKUP_RECORD_INVALID', 'TIEM_BACKUP_RECORD_CANCEL_FAILED', 'TIEM_BACKUP_RECORD_NOT_FOUND'],
  example: { body: { clusterId: CLUSTER_ID, backupId: RUNNING_BACKUP_ID }, data: {} },
  body: z.object({ clusterId: identifier, backupId: identifier }),
  data: emptyData,
  async handle({ body }, deps: CancelBackupDeps & PlanCancelDeps) {
    await cancelBackup(body, deps);
    return { data: {} };
  },
  plan: { schema: changePlan, example: CANCEL_PLAN, make: ({ body }, deps) => planCancel(body, deps) },
});

export const postDrill = route({
  operation: 'backup/drill',
  summary: 'Restore a finished backup into a throwaway cluster, compare it with its checksums, and keep the evidence',
  scope: 'backup:restore',
  errors: [
    'TIEM_BACKUP_SYSTEM_CONFIG_INVAILD',
    'TIEM_BACKUP_RECORD_QUERY_FAILED',
    'TIEM_BACKUP_RECORD_INVALID',
    'TIEM_BACKUP_RECORD_NOT_FOUND',
    'TIEM_WORKFLOW_CREATE_FAILED',
    'TIEM_WORKFLOW_START_FAILED',
  ],
  example: {
    params: { backupId: BACKUP_ID },
    body: { assertions: ['SELECT COUNT(*) > 0 FROM shop.orders'] },
    data: { workFlowId: DRILL_ID },
  },
  params: z.object({ backupId: identifier }),
  body: z.object({
    assertions: z.optional(assertions),
    parameters: z.optional(givenParameters),
    ...sourceRequest,
    executor: described(
      z.optional(executor),
      'Where to restore and compare; by default, chosen from the estimated duration',
    ),
  }),
  data: z.object({ workFlowId: identifier }),
  handle: async ({ params, body }, deps: DrillBackupDeps & PlanNewClusterRestoreDeps) => ({
    data: await drillBackup({ ...params, ...body }, deps),
  }),
  plan: {
    schema: restorePlan,
    example: DRILL_PLAN,
    make: ({ params, body: { executor, source } }, deps) => planDrill({ ...params, executor, source }, deps),
  },
});

export const postUndelete = route({
  operation: 'backup/undelete',
  summary:
    'Recover the files of a finished backup that somebody else deleted or overwrote, from the versions that its bucket keeps, and prove that it is complete',
  scope: 'backup:write',
  errors: [
    'TIEM_BACKUP_RECORD_QUERY_FAILED',
    'TIEM_BACKUP_RECORD_INVALID',
    'TIEM_BACKUP_RECORD_NOT_FOUND',
    'TIEM_WORKFLOW_CREATE_FAILED',
    'TIEM_WORKFLOW_START_FAILED',
  ],
  example: { params: { backupId: BACKUP_ID }, data: { workFlowId: UNDELETE_ID } },
  params: z.object({ backupId: identifier }),
  data: z.object({ workFlowId: identifier }),
  handle: async ({ params }, deps: UndeleteBackupDeps & PlanUndeleteDeps) => ({
    data: await undeleteBackup(params, deps),
  }),
  plan: { schema: undeletePlan, example: UNDELETE_PLAN, make: ({ params }, deps) => planUndelete(params, deps) },
});

/** What TiEM's clients send when they delete a backup: each field is empty, or must match the backup. */
const tiemDeletion = z.optional(
  z.object({
    clusterId: described(z.optional(z.union([identifier, z.literal('')])), 'The cluster of the backup, or empty'),
    backupMode: described(z.optional(z.union([backupMode, z.literal('')])), 'The mode of the backup, or empty'),
    backupId: repeatedIdentifier,
    excludeBackupId: described(z.nullish(z.array(z.never())), 'Must be empty; TiEM uses it for deletions by condition'),
  }),
);

export const deleteBackup = route({
  operation: 'backup/delete',
  summary:
    'Delete a backup record and its files, once they are unlocked. With force, also delete the incremental backups that build on it',
  scope: 'backup:write',
  errors: [
    'TIEM_BACKUP_RECORD_DELETE_FAILED',
    'TIEM_BACKUP_RECORD_INVALID',
    'TIEM_BACKUP_RECORD_NOT_FOUND',
    'TIEM_WORKFLOW_START_FAILED',
  ],
  example: {
    params: { backupId: BACKUP_ID },
    query: { force: 'true' },
    data: { deletedBackupIds: [BACKUP_ID] },
  },
  params: z.object({ backupId: identifier }),
  query: z.object({
    force: described(z.optional(queryFlag), 'true: delete the incremental backups that build on it too'),
  }),
  body: tiemDeletion,
  data: z.object({
    lockedUntil: described(z.optional(time), 'The record stays `Deleting` until its files can be deleted'),
    deletedBackupIds: described(
      z.optional(z.array(identifier)),
      'With `force`: all deleted backups, from the end of the chain',
    ),
  }),
  handle: async ({ params, query, body }, deps: DeleteBackupRecordDeps & PlanDeletionDeps) => ({
    data: await deleteBackupRecord({ ...body, ...params, ...query }, deps),
  }),
  plan: {
    schema: deletionPlan,
    example: DELETION_PLAN,
    make: ({ params, query, body }, deps) => planDeletion({ ...body, ...params, ...query }, deps),
  },
});

export const deleteBackups = route({
  operation: 'backup/delete_many',
  summary: 'Delete the backup records of a cluster and their files, except those in use and their bases',
  scope: 'backup:write',
  errors: ['TIEM_BACKUP_RECORD_DELETE_FAILED'],
  example: {
    query: { clusterId: CLUSTER_ID, backupMode: 'manual', excludeBackupId: RUNNING_BACKUP_ID },
    data: {},
  },
  query: z.object({
    clusterId: identifier,
    backupMode: z.optional(backupMode),
    excludeBackupId: described(z.optional(queryIdentifiers), 'A backup of the cluster; may be given several times'),
  }),
  data: emptyData,
  async handle(
    { query: { excludeBackupId: excludedIds, ...query } },
    deps: DeleteBackupRecordsDeps & PlanDeletionsDeps,
  ) {
    await deleteBackupRecords({ ...query, excludedIds }, deps);
    return { data: {} };
  },
  plan: {
    schema: deletionPlan,
    example: DELETION_PLAN,
    make: ({ query: { excludeBackupId: excludedIds, ...query } }, deps) =>
      planDeletions({ ...query, excludedIds }, deps),
  },
});

export const getBackups = route({
  operation: 'backup/query',
  summary: 'Backup records, newest first',
  scope: 'backup:read',
  errors: ['TIEM_BACKUP_RECORD_QUERY_FAILED'],
  example: {
    query: { clusterId: CLUSTER_ID, backupMode: 'manual', startTime: '1772323200', endTime: '1772409599' },
    data: { backupRecords: [BACKUP_RECORD] },
  },
  query: z
    .object({
      clusterId: z.optional(identifier),
      backupId: z.optional(identifier),
      backupMode: z.optional(backupMode),
      ...timeRange,
      ...pageQuery,
    })
    .check(ONE_POSITION, IN_ORDER),
  data: z.object({ backupRecords: z.array(backupRecordJson) }),
  async handle({ query }, deps: ListDeps & QueryBackupRecordsDeps) {
    const asked = { name: 'backupRecords', query, caller: deps.caller } as const;
    const { filters, page } = listed(asked);
    const { startTime, endTime, ...filter } = filters;
    const found = await queryBackupRecords({ ...filter, ...createdIn({ startTime, endTime }) }, page, deps);
    return listAnswer(asked, page, found, toBackupRecordJson);
  },
});
