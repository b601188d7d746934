import * as z from 'zod/mini';
import { importCounts, importEntry, importRequest, NO_COUNTS } from '../../domain/backup/import-job.ts';
import { described } from '../../domain/shared/described.ts';
import { identifier } from '../../domain/shared/identifiers.ts';
import { workflowStatus } from '../../domain/workflow/workflow.ts';
import {
  type ImportBackupsDeps,
  importBackups,
  type ListImportDeps,
  listImport,
} from '../../operations/backup/import-backups.ts';
import { route } from '../http/route.ts';
import { queryFlag, queryNumber } from '../json/wire-format.ts';
import { BACKUP_ID, CLUSTER_ID, IMPORT_ID } from '../openapi/examples.ts';

export const postImport = route({
  operation: 'backup/import',
  summary: 'Create the records of backups that have none, from their files; or only plan to',
  scope: 'backup:admin',
  errors: [
    'TIEM_BACKUP_SYSTEM_CONFIG_NOT_FOUND',
    'TIEM_BACKUP_SYSTEM_CONFIG_INVAILD',
    'TIEM_WORKFLOW_CREATE_FAILED',
    'TIEM_WORKFLOW_START_FAILED',
  ],
  example: { body: { path: 'example-backups/tidb' }, data: { workFlowId: IMPORT_ID } },
  query: z.object({
    plan: described(
      z.optional(queryFlag),
      'true: only list what would be imported. The plan is a workflow too, because the API cannot reach files',
    ),
  }),
  body: z.optional(importRequest),
  data: z.object({ workFlowId: identifier }),
  handle: async ({ query, body }, deps: ImportBackupsDeps) => ({
    data: await importBackups(body ?? {}, query.plan ?? false, deps),
  }),
});

export const getImport = route({
  operation: 'workflow/import',
  summary: 'The results of an import or its plan: each folder, and its outcome',
  scope: 'backup:read',
  errors: ['TIEM_WORKFLOW_DETAIL_FAILED'],
  example: {
    params: { workFlowId: IMPORT_ID },
    data: {
      ...{ status: 'Finished', isPlan: false, pages: 1, counts: { imported: 1, present: 0, skipped: 1 } },
      entries: [
        {
          path: `s3://example-backups/tidb/${CLUSTER_ID}/${BACKUP_ID}`,
          ...{ backupId: BACKUP_ID, clusterId: CLUSTER_ID, result: 'imported', backupTso: '449765340201287681' },
        },
        {
          path: 's3://example-backups/tidb/old',
          ...{ result: 'skipped', reason: 'its backupmeta cannot be read: it is damaged, or br has encrypted it' },
        },
      ],
    },
  },
  params: z.object({ workFlowId: identifier }),
  query: z.object({
    page: described(z.optional(queryNumber(1, 1_000_000)), 'Page of the list; defaults to the first'),
  }),
  data: z.object({
    status: workflowStatus,
    isPlan: z.boolean(),
    pages: described(z.int(), 'Number of pages of the list so far'),
    counts: importCounts,
    entries: described(z.array(importEntry), 'The entries of the page, kept for 30 days'),
  }),
  async handle({ params, query }, deps: ListImportDeps) {
    const { workflow, job, entries } = await listImport({ ...params, page: query.page ?? 1 }, deps);
    const { isPlan, pages = 0, counts = NO_COUNTS } = job;
    return { data: { status: workflow.status, isPlan, pages, counts, entries } };
  },
});
