import { mutantsOf } from '../mutant.ts';

const COUNTS = [
  'test/unit/domain/events/record-counts.test.ts',
  'test/unit/operations/status/recount-records.test.ts',
  'test/integration/adapters/dynamodb/counters.test.ts',
];
const DUE = [
  'test/unit/operations/status/index-clusters.test.ts',
  'test/integration/adapters/dynamodb/due-store.test.ts',
  'test/integration/triggers/due-clusters.test.ts',
];
const AGES = [...DUE, 'test/unit/operations/status/measure-backup-ages.test.ts'];
const RETENTION = ['test/unit/operations/retention/apply-retention.test.ts'];
const DRILLS = [...DUE, 'test/unit/operations/drill/start-due-drills.test.ts'];
const MANY_DUE = ['test/unit/adapters/step-functions/paced-starts.test.ts'];
const CONTINUED = ['test/unit/triggers/sweep-handler.test.ts'];

/** Counters, the indexes of what is due, and how sweeps start and continue. */
export const SWEEPS = [
  ...mutantsOf(
    'functions/domain/events/record-counts.ts',
    COUNTS,
    ['    if (known.has(tag)) continue;\n', ''],
    ['day >= oldest', 'day > oldest'],
    ['.sort((a, b) => isOfAll(a) - isOfAll(b))', ''],
    ['.slice(-MAX_TAGS * TAG_LENGTH)', '.slice(0, MAX_TAGS * TAG_LENGTH)'],
    ['[UNENDED, ...UNFINISHED].includes(status) ? UNENDED : status', 'status'],
    ['    if (before?.cell === after?.cell) return;\n', ''],
    ['Math.floor((to + 1) / DAY_MS)', 'Math.floor(to / DAY_MS)'],
    ['counts: withoutZeros(counts), taken', 'counts, taken'],
  ),
  ...mutantsOf(
    'functions/adapters/dynamodb/counters-store.ts',
    COUNTS,
    ['version = :former', 'version >= :former'],
    ['attribute_not_exists(version)', 'attribute_not_exists(nothing)'],
    ['      if (!isComplete) return undefined;\n', ''],
    ['      if (!isNothing) return await', '      return await'],
    ['if (known !== undefined) return known.since;', ''],
    ['#day BETWEEN :first AND :last', '#day BETWEEN :first AND :last AND :first <= :last'],
  ),
  ...mutantsOf(
    'functions/operations/status/recount-records.ts',
    COUNTS,
    ['await deps.wait(LAG_MS).then(() => compare(today, deps))', 'found'],
    ['if (since < today && recount.unsettled === 0)', 'if (recount.unsettled === 0)'],
    ['if (since < today && recount.unsettled === 0)', 'if (since < today)'],
    ['former.counter?.version === counter?.version && ', ''],
    ['filter(({ day }) => day < today)', 'filter(({ day }) => day <= today)'],
    ['taken: counter?.taken ?? {}', 'taken: {}'],
    ['day < yesterday', 'day <= yesterday'],
    ['await deps.counters.replace(counter, { ...counter, taken: {} }, counter);', 'void counter;'],
  ),
  ...mutantsOf(
    'functions/adapters/dynamodb/record-places.ts',
    COUNTS,
    ['createTime < day', 'createTime <= day || true'],
    ['delta: -1', 'delta: 0'],
  ),
  ...mutantsOf(
    'functions/adapters/dynamodb/due-store.ts',
    DUE,
    ['.999Z', '.000Z'],
    ['{ ...change, condition: is(sortKey, dueAt) }', 'change'],
    ['[overdue.sortKey]: at, ', ''],
    [', [retention.sortKey]: at', ''],
    ['remove.push(partitionKey, sortKey);', 'remove.push(sortKey);'],
    ["all(exists('clusterId'), exists('strategy'))", "exists('clusterId')"],
    ["{ set, condition: exists('clusterId') }", '{ set }'],
  ),
  ...mutantsOf(
    'functions/operations/status/look-again.ts',
    DUE,
    ['isGone || ', ''],
    ['isImported || ', ''],
    [' || isJudged', ''],
  ),
  ...mutantsOf(
    'functions/operations/status/index-clusters.ts',
    DUE,
    ['if (!hasTime()) return;', 'if (!hasTime()) break;'],
    [' || kinds.includes(kind)', ''],
  ),
  ...mutantsOf(
    'functions/domain/strategy/due-times.ts',
    DRILLS,
    [' || maxVerifiedAgeHours !== undefined', ''],
    ['window.end', 'window.start'],
  ),
  ...mutantsOf(
    'functions/operations/status/measure-backup-ages.ts',
    AGES,
    [' && !isOverdue && !isUnverified', ' && !isOverdue'],
    ['Math.min(...next)', 'Math.max(...next)'],
    ["record?.status === 'Finished' && isGood(record)", 'record !== undefined && isGood(record)'],
    ['({ verifiedAt }) => verifiedAt !== undefined', '() => true'],
  ),
  ...mutantsOf(
    'functions/domain/strategy/retention.ts',
    ['test/unit/domain/strategy/retention.test.ts'],
    ["  if (candidates.some(isInUse)) return 'soon';\n", ''],
    ['[lockedUntil, expireAt].flatMap', '[expireAt].flatMap'],
    ['Date.parse(createTime) + ageMs + 1', 'Date.parse(createTime) + ageMs'],
  ),
  ...mutantsOf('functions/operations/retention/apply-retention.ts', RETENTION, [
    'if (due === undefined || removals.length > 0) return;',
    'if (due === undefined) return;',
  ]),
  ...mutantsOf(
    'functions/operations/drill/start-due-drills.ts',
    DRILLS,
    ["if (status === 'Initializing') return;", ''],
    ['window.end + DAY_MS', 'window.end'],
    ['await moveOn();\n        return;', 'return;'],
  ),
  ...mutantsOf(
    'functions/adapters/step-functions/paced-starts.ts',
    MANY_DUE,
    ['PER_SECOND = 120', 'PER_SECOND = 160'],
    ['BURST = 600', 'BURST = 6_000'],
    [", 'ExecutionLimitExceeded'", ''],
    ['PATIENCE_MS = 45_000', 'PATIENCE_MS = 450_000'],
    [' * (0.5 + Math.random() / 2)', ' * 0'],
  ),
  ...mutantsOf(
    'functions/triggers/sweep-handler.ts',
    CONTINUED,
    ['rounds: rounds + 1, from', 'rounds, from'],
    ['rounds + 1 < MAX_ROUNDS && ', ''],
    ['if (!has) isCut = true;', ''],
  ),
  ...mutantsOf(
    'functions/adapters/lambda/invoke-later.ts',
    ['test/integration/adapters/lambda/invoke-later.test.ts'],
    ["InvocationType: 'Event', ", ''],
  ),
  ...mutantsOf(
    'infra/local/aws/lambda/lineage.ts',
    ['test/unit/local-cloud/lineage.test.ts', 'test/integration/local-cloud/functions.test.ts'],
    ['MAX_INVOCATIONS_IN_CHAIN = 16', 'MAX_INVOCATIONS_IN_CHAIN = 160'],
    ['countsIn(trace).set(', 'new Map<string, number>().set('],
  ),
  ...mutantsOf(
    'infra/constructs/function/bundle-plugins.ts',
    ['test/infra/constructs/function/bundles.test.ts'],
    ['[replaced, shakenSchemas, openApi]', '[shakenSchemas, openApi]'],
    ['[replaced, shakenSchemas, openApi]', '[replaced, openApi]'],
    ['[replaced, shakenSchemas, openApi]', '[replaced, shakenSchemas]'],
    ['constants.get(name) ?? key', 'name ?? key'],
  ),
];
