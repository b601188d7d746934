import * as z from 'zod/mini';
import { decimal64 } from '../../domain/backup-record.ts';
import { described } from '../../domain/described.ts';
import type { Decision } from '../../domain/retention.ts';
import { type PreviewRetentionDeps, previewRetention } from '../../operations/preview-retention.ts';
import { BACKUP_ID, CLUSTER_ID, RUNNING_BACKUP_ID } from '../examples.ts';
import {
  proposedRule,
  retentionDecisionJson,
  retentionJson,
  retentionQuery,
  toRetentionDecisionJson,
} from '../retention-json.ts';
import { route } from '../route.ts';
import { clusterIdParam, listAnswer, pageQuery, timeZone } from '../wire-format.ts';

export const getRetentionPreview = route({
  operation: 'backup/preview_retention',
  summary: "What a cluster's retention would remove now and what it would keep, and why; or what a proposed rule would",
  scope: 'backup:read',
  errors: ['TIEM_CLUSTER_NOT_FOUND', 'TIEM_BACKUP_STRATEGY_QUERY_FAILED', 'TIEM_BACKUP_RECORD_QUERY_FAILED'],
  example: {
    params: { clusterId: CLUSTER_ID },
    query: { keepLast: '1', keepMonthly: '12', timezone: 'Europe/Berlin' },
    data: {
      retention: { keepLast: 1, keepMonthly: 12 },
      timezone: 'Europe/Berlin',
      paused: false,
      toRemove: 1,
      toKeep: 1,
      bytesToRemove: '1611137024',
      decisions: [
        {
          ...{ backupId: BACKUP_ID, backupType: 'full', backupMode: 'auto', status: 'Finished' },
          ...{ createTime: '2026-03-01T07:00:00.000Z', sizeBytes: '1611137024' },
          ...{ action: 'remove', reasons: ['kept by none of the rule'] },
        },
        {
          ...{ backupId: RUNNING_BACKUP_ID, backupType: 'full', backupMode: 'auto', status: 'Finished' },
          ...{ createTime: '2026-03-02T07:00:00.000Z', sizeBytes: '1611137024' },
          ...{ action: 'keep', reasons: ['the newest finished backup', 'last 1 of 1', 'monthly 2026-03'] },
        },
      ],
    },
  },
  params: clusterIdParam,
  query: z.object({
    ...retentionQuery,
    timezone: described(z.optional(timeZone), "Whose days count, for a proposed rule; absent: the strategy's"),
    ...pageQuery,
  }),
  data: z.object({
    retention: described(z.optional(retentionJson), 'Absent: there is none, and none was proposed'),
    timezone: z.string(),
    paused: described(z.boolean(), 'Whether the strategy is: then the rule rests'),
    toRemove: z.number(),
    toKeep: z.number(),
    bytesToRemove: decimal64,
    decisions: described(
      z.array(retentionDecisionJson),
      'First what goes, then what stays, each newest first. What is being deleted already is not among them',
    ),
  }),
  async handle({ params, query: { timezone, page, pageSize, ...rule } }, deps: PreviewRetentionDeps) {
    const proposed = { rule: proposedRule(rule), timezone };
    const { retention, decisions } = await previewRetention(params.clusterId, proposed, deps);
    const { remove = [], keep = [] } = Object.groupBy(decisions, ({ action }) => action);
    const listed = [...remove, ...keep];
    const items = listed.slice((page - 1) * pageSize, page * pageSize);
    const list = listAnswer('decisions', { items, total: listed.length }, { page, pageSize }, toRetentionDecisionJson);
    return {
      data: {
        ...(retention.rule && { retention: retention.rule }),
        timezone: retention.timezone,
        paused: retention.paused,
        toRemove: remove.length,
        toKeep: keep.length,
        bytesToRemove: String(remove.reduce((sum, { backup }: Decision) => sum + BigInt(backup.sizeBytes ?? 0), 0n)),
        ...list.data,
      },
      page: list.page,
    };
  },
});
