import * as z from 'zod/mini';
import { decimal64 } from '../../domain/backup/backup-record.ts';
import { described } from '../../domain/shared/described.ts';
import { identifier } from '../../domain/shared/identifiers.ts';
import type { Page, PageRequest } from '../../domain/shared/page.ts';
import type { Decision } from '../../domain/strategy/retention.ts';
import { type PreviewRetentionDeps, previewRetention } from '../../operations/retention/preview-retention.ts';
import { type ListDeps, listAnswer, listed, ONE_POSITION, pageQuery } from '../http/paging.ts';
import { route } from '../http/route.ts';
import {
  proposedRule,
  retentionDecisionJson,
  retentionJson,
  retentionQuery,
  toRetentionDecisionJson,
} from '../json/retention-json.ts';
import { clusterIdParam, timeZone } from '../json/wire-format.ts';
import { BACKUP_ID, CLUSTER_ID, RUNNING_BACKUP_ID } from '../openapi/examples.ts';

export const getRetentionPreview = route({
  operation: 'backup/preview_retention',
  summary: "What a cluster's retention, or a proposed rule, would remove and keep now, and why",
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
          ...{ action: 'remove', reasons: ['not kept by any part of the rule'] },
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
  query: z
    .object({
      ...retentionQuery,
      timezone: described(
        z.optional(timeZone),
        "Time zone of the days, for a proposed rule; defaults to the strategy's",
      ),
      ...pageQuery,
    })
    .check(ONE_POSITION),
  data: z.object({
    retention: described(z.optional(retentionJson), 'Omitted if there is no rule, and none was proposed'),
    timezone: z.string(),
    paused: described(z.boolean(), 'Whether the strategy is paused, which suspends the rule'),
    toRemove: z.number(),
    toKeep: z.number(),
    bytesToRemove: decimal64,
    decisions: described(
      z.array(retentionDecisionJson),
      'Pages go from the newest backup to the oldest; each lists removals first, then what stays. Backups already being deleted are left out',
    ),
  }),
  async handle({ params, query }, deps: ListDeps & PreviewRetentionDeps) {
    const asked = { name: 'decisions', params, query, caller: deps.caller } as const;
    const { filters, page } = listed(asked);
    const { timezone, ...rule } = filters;
    const after = page.after === undefined ? undefined : cursor.parse(JSON.parse(page.after));
    const proposed = { rule: proposedRule(rule), timezone, asOf: after?.asOf };
    const { retention, decisions, asOf } = await previewRetention(params.clusterId, proposed, deps);
    const { remove, keep } = byAction(decisions);
    const list = listAnswer(asked, page, pageOf(decisions, page, { asOf, after }), toRetentionDecisionJson);
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

/**
 * The oldest backup of a page. All pages describe the same moment, that of the first one. A verdict may change between
 * two pages, so it is not part of the position: otherwise a backup might be skipped or repeated.
 */
const cursor = z.object({
  asOf: z.number(),
  createTime: z.iso.datetime(),
  backupId: identifier,
});
type Cursor = z.infer<typeof cursor>;

/** @param all newest first */
function pageOf(
  all: readonly Decision[],
  { page, pageSize }: PageRequest,
  { asOf, after }: { asOf: number; after: Cursor | undefined },
): Page<Decision> {
  const rest = after === undefined ? all.slice((page - 1) * pageSize) : all.filter((each) => isBehind(each, after));
  const found = rest.slice(0, pageSize);
  const { remove, keep } = byAction(found);
  const items = [...remove, ...keep];
  const last = found.at(-1);
  if (rest.length <= pageSize || last === undefined) return { items, total: all.length };
  const { createTime, backupId } = last.backup;
  const next: Cursor = { asOf, createTime, backupId };
  return { items, total: all.length, next: JSON.stringify(next) };
}

function byAction(decisions: readonly Decision[]): Record<Decision['action'], Decision[]> {
  const { remove = [], keep = [] } = Object.groupBy(decisions, ({ action }) => action);
  return { remove, keep };
}

function isBehind({ backup: { createTime, backupId } }: Decision, after: Cursor): boolean {
  return createTime === after.createTime ? backupId > after.backupId : createTime < after.createTime;
}
