import * as z from 'zod/mini';
import { backupMode, backupType, decimal64 } from '../../domain/backup/backup-record.ts';
import { described, published } from '../../domain/shared/described.ts';
import { identifier } from '../../domain/shared/identifiers.ts';
import { object } from '../../domain/shared/object.ts';
import type { Decision } from '../../domain/strategy/retention.ts';
import type { RetentionRule } from '../../domain/strategy/retention-rule.ts';
import { queryNumber, time } from './wire-format.ts';

/** The fields of a rule: the largest number, and the meaning. */
const FIELDS = {
  keepLast: [1_000, 'Keep this many of the newest automatic backups'],
  keepDaily: [1_000, 'Keep the newest backup of each of this many latest days with backups'],
  keepWeekly: [1_000, 'Keep the newest backup of each of this many latest ISO weeks with backups'],
  keepMonthly: [1_000, 'Keep the newest backup of each of this many latest months with backups'],
  keepYearly: [1_000, 'Keep the newest backup of each of this many latest years with backups'],
  maxAgeDays: [
    36_500,
    'Remove backups that are older, even if another field keeps them; without other fields, keep all younger ones',
  ],
} as const;
type Field = keyof typeof FIELDS;

const FIELD_NAMES = Object.keys(FIELDS) as Field[];

const must = (field: Field) => `must be a whole number from 1 to ${FIELDS[field][0]}`;

const count = (field: Field) =>
  described(
    z.optional(z.int(must(field)).check(z.gte(1, must(field)), z.lte(FIELDS[field][0], must(field)))),
    FIELDS[field][1],
  );

const shape = {
  keepLast: count('keepLast'),
  keepDaily: count('keepDaily'),
  keepWeekly: count('keepWeekly'),
  keepMonthly: count('keepMonthly'),
  keepYearly: count('keepYearly'),
  maxAgeDays: count('maxAgeDays'),
};

/** A rule in an answer. */
export const retentionJson = z.object(shape);

const isSaid = (rule: RetentionRule): boolean => FIELD_NAMES.some((field) => rule[field] !== undefined);

/** A rule in a request. */
export const retentionRequest = published(
  z.object(shape).check(z.refine(isSaid, `must have at least one of ${FIELD_NAMES.join(', ')}`)),
  { minProperties: 1 },
);

const asked = (field: Field) => described(z.optional(queryNumber(1, FIELDS[field][0])), FIELDS[field][1]);

/** A rule in a query. */
export const retentionQuery = {
  keepLast: asked('keepLast'),
  keepDaily: asked('keepDaily'),
  keepWeekly: asked('keepWeekly'),
  keepMonthly: asked('keepMonthly'),
  keepYearly: asked('keepYearly'),
  maxAgeDays: asked('maxAgeDays'),
};

/** `undefined` if the query proposes none. */
export const proposedRule = (rule: RetentionRule): RetentionRule | undefined => (isSaid(rule) ? rule : undefined);

export const retentionDecisionJson = object(() => ({
  backupId: identifier,
  backupType,
  backupMode,
  status: z.enum(['Initializing', 'Processing', 'Finished', 'Failed', 'Canceled']),
  createTime: time,
  sizeBytes: decimal64,
  action: z.enum(['keep', 'remove']),
  reasons: described(z.array(z.string()), 'For people; the wording may change'),
})).register(z.globalRegistry, { id: 'RetentionDecision' });

export function toRetentionDecisionJson({ backup, action, reasons }: Decision): z.infer<typeof retentionDecisionJson> {
  const { backupId, backupType: type, backupMode: mode, status, createTime, sizeBytes = '0' } = backup;
  return { backupId, backupType: type, backupMode: mode, status, createTime, sizeBytes, action, reasons: [...reasons] };
}
