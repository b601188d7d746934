import { mutantsOf } from '../mutant.ts';

const UNIT = 'test/unit/domain';

export const DOMAIN = [
  ...mutantsOf(
    'functions/domain/tidb/ddl-since-base.ts',
    ['test/unit/domain/tidb/ddl-since-base.test.ts'],
    ['? EARLIER_TABLE : undefined', '? undefined : undefined'],
    ['position > at &&', ''],
    ['why !== NOT_REPEATED || ', ''],
    ["change.effect !== 'truncates') return TWICE", "change.effect !== 'creates') return TWICE"],
    [
      'tables.filter(({ name }) => isInScope(scope, name))',
      'tables.filter(({ name }) => scope !== undefined || isInScope(scope, name))',
    ],
  ),
  ...mutantsOf(
    'functions/domain/tidb/ddl-repetitions.ts',
    ['test/unit/domain/tidb/ddl-since-base.test.ts'],
    ["effect === 'createsMany' ? [] : [", "effect === 'breaks' ? [] : ["],
  ),
  ...mutantsOf(
    'functions/domain/strategy/backup-window.ts',
    [`${UNIT}/strategy/backup-window.test.ts`],
    ['endMinute > 59', 'endMinute > 60'],
    ['start >= MINUTES_A_DAY', 'start > MINUTES_A_DAY'],
  ),
  ...mutantsOf(
    'functions/domain/strategy/retention.ts',
    [`${UNIT}/strategy/retention.test.ts`, `${UNIT}/strategy/retention-laws.test.ts`],
    ['timezone: strategy?.timezone ?? timezone', 'timezone'],
    ['Date.parse(lockedUntil) > now', 'Date.parse(lockedUntil) > now + 86_400_000'],
  ),
  ...mutantsOf(
    'functions/domain/backup/backup-chain.ts',
    [`${UNIT}/backup/backup-chain.test.ts`],
    ['if (record !== undefined && needsBase(record, base.backupId)) return;', ''],
  ),
  ...mutantsOf(
    'functions/domain/planning/estimate.ts',
    [`${UNIT}/planning/estimate.test.ts`],
    ['Math.ceil(scans * MARGIN)', 'Math.ceil(scans)'],
    ['const RUNS_CONSIDERED = 5', 'const RUNS_CONSIDERED = 1'],
  ),
  ...mutantsOf(
    'functions/domain/backup/backup-record.ts',
    [`${UNIT}/backup/backup-record.test.ts`],
    ['parts.at(-2) === clusterId && ', ''],
    [' && parts.at(-1) === backupId', ''],
    ['/^attempt-(\\d{1,9})$/', '/^attempt-(\\d{1,9})/'],
    ['/^(.+)-delete-\\d+$/', '/^(.+)-delete-\\d$/'],
  ),
  ...mutantsOf(
    'functions/domain/backup/assertion.ts',
    [`${UNIT}/backup/assertion.test.ts`],
    ['number !== 0', 'number > 0'],
  ),
  ...mutantsOf(
    'functions/domain/storage/storage-class.ts',
    [`${UNIT}/storage/storage-class.test.ts`],
    ['ageMs >= transition.afterDays', 'ageMs > transition.afterDays'],
    ['const DAY_MS = 24', 'const DAY_MS = 25'],
  ),
  ...mutantsOf(
    'functions/domain/planning/cost.ts',
    [`${UNIT}/planning/cost.test.ts`, `${UNIT}/storage/storage-class.test.ts`],
    ["'s3IaGbMonth', 's3OneZoneIaGbMonth'", "'s3OneZoneIaGbMonth'"],
    ['[unit, -quantity]', '[unit, quantity]'],
    ['const REPLICAS = 3', 'const REPLICAS = 1'],
  ),
  ...mutantsOf(
    'functions/domain/events/metrics.ts',
    ['test/unit/operations/status/measure-backup-ages.test.ts'],
    ['dimensions === BY_CLUSTER && !byCluster', 'false'],
  ),
];
