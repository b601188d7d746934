import * as z from 'zod/mini';
import { backupMode, backupType, decimal64 } from '../../domain/backup/backup-record.ts';
import { described, published } from '../../domain/shared/described.ts';
import { identifier } from '../../domain/shared/identifiers.ts';
import type { Decision } from '../../domain/strategy/retention.ts';
import type { RetentionRule } from '../../domain/strategy/retention-rule.ts';
import { queryNumber, time } from './wire-format.ts';

/** What a rule may say: the greatest number, and what it means. */
const FIELDS = {
  keepLast: [1_000, 'The newest so many automatic backups'],
  keepDaily: [1_000, 'The newest of each of the last so many days that have one'],
  keepWeekly: [1_000, 'The newest of each of the last so many ISO weeks that have one'],
  keepMonthly: [1_000, 'The newest of each of the last so many months that have one'],
  keepYearly: [1_000, 'The newest of each of the last so many years that have one'],
  maxAgeDays: [36_500, 'What is older goes, whatever keeps it; alone, everything younger stays'],
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

/** A rule as it is answered. */
export const retentionJson = z.object(shape);

const isSaid = (rule: RetentionRule): boolean => FIELD_NAMES.some((field) => rule[field] !== undefined);

/** A rule as it is saved. */
export const retentionRequest = published(
  z.object(shape).check(z.refine(isSaid, `must say at least one of ${FIELD_NAMES.join(', ')}`)),
  { minProperties: 1 },
);

const asked = (field: Field) => described(z.optional(queryNumber(1, FIELDS[field][0])), FIELDS[field][1]);

/** A rule as a query asks for it. */
export const retentionQuery = {
  keepLast: asked('keepLast'),
  keepDaily: asked('keepDaily'),
  keepWeekly: asked('keepWeekly'),
  keepMonthly: asked('keepMonthly'),
  keepYearly: asked('keepYearly'),
  maxAgeDays: asked('maxAgeDays'),
};

/** Undefined: the query proposes none. */
export const proposedRule = (rule: RetentionRule): RetentionRule | undefined => (isSaid(rule) ? rule : undefined);

export const retentionDecisionJson = z
  .object({
    backupId: identifier,
    backupType,
    backupMode,
    status: z.enum(['Initializing', 'Processing', 'Finished', 'Failed', 'Canceled']),
    createTime: time,
    sizeBytes: decimal64,
    action: z.enum(['keep', 'remove']),
    reasons: described(z.array(z.string()), 'For people; their words may change'),
  })
  .register(z.globalRegistry, { id: 'RetentionDecision' });

export function toRetentionDecisionJson({ backup, action, reasons }: Decision): z.infer<typeof retentionDecisionJson> {
  const { backupId, backupType: type, backupMode: mode, status, createTime, sizeBytes = '0' } = backup;
  return { backupId, backupType: type, backupMode: mode, status, createTime, sizeBytes, action, reasons: [...reasons] };
}
