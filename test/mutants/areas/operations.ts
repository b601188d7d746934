import { mutantsOf } from '../mutant.ts';

const RECONCILE = ['test/integration/triggers/reconcile.test.ts'];
const REPAIR = ['test/unit/operations/repair/repair-ended.test.ts'];

export const OPERATIONS = [
  ...mutantsOf(
    'functions/operations/strategy/save-backup-strategy.ts',
    ['test/unit/operations/strategy/save-backup-strategy.test.ts'],
    ['nextRunAt !== undefined && nextRunAt === lastCanceled?.start', 'nextRunAt === lastCanceled?.start'],
    ['isSentBack && followed && ', 'isSentBack && '],
    ['MAX_TRIES = 3', 'MAX_TRIES = 2'],
  ),
  ...mutantsOf(
    'functions/operations/config/update-config.ts',
    ['test/unit/operations/config/update-config.test.ts'],
    ['if (!kept.has(arn)) await', 'await'],
    [
      '    await leavePlace(stored, { ...stored, [key]: entry }, at, deps);\n    return await deps.config.write(key, entry, at);',
      '    await deps.config.write(key, entry, at);\n    return await leavePlace(stored, { ...stored, [key]: entry }, at, deps);',
    ],
  ),
  ...mutantsOf(
    'functions/operations/deletion/find-orphaned-files.ts',
    ['test/unit/operations/deletion/find-orphaned-files.test.ts'],
    ['isIdentifier(name) && name > after', 'name > after'],
    ['    timeIsUp.throwIfAborted();\n', ''],
    ['if (!(error instanceof FilesLocked)) throw error;', ''],
  ),
  ...mutantsOf(
    'functions/operations/restore/plan-restore.ts',
    ['test/unit/operations/restore/plan-restore.test.ts'],
    ['...(isPart && chain.length > 1', '...(chain.length > 1'],
    ['(scope ?? chain.at(-1)?.scope) !== undefined', 'scope !== undefined'],
    ['pinned: executor ?? cluster.executor', 'pinned: cluster.executor ?? executor'],
  ),
  ...mutantsOf(
    'functions/operations/strategy/auto-backup.ts',
    ['test/integration/triggers/auto-backup.test.ts'],
    ['missed.slice(-MAX_TOLD)', 'missed.slice(0, MAX_TOLD)'],
  ),
  ...mutantsOf(
    'functions/operations/deletion/delete-with-dependents.ts',
    ['test/unit/operations/deletion/delete-with-dependents.test.ts'],
    ['leavesFirst(await look.withoutStaleHolds(dependent), look)', 'leavesFirst(dependent, look)'],
  ),
  ...mutantsOf(
    'functions/operations/repair/settle-unfinished.ts',
    RECONCILE,
    ['if (lastTry < unlocked) return now >= unlocked;', ''],
    ['Math.max(Date.parse(since), unlocked)', 'Date.parse(since)'],
  ),
  ...mutantsOf(
    'functions/operations/repair/settle-unfinished.ts',
    ['test/unit/operations/repair/settle-unfinished.test.ts'],
    ["  if (now - Date.parse(cluster.maintenance.since) < GRACE_MS) return 'running';\n", ''],
  ),
  ...mutantsOf('functions/operations/repair/reconcile.ts', RECONCILE, [
    '(id) => !locked.has(',
    '(id) => id !== undefined || !locked.has(',
  ]),
  ...mutantsOf('functions/operations/repair/repair-ended.ts', REPAIR, [
    '  if (cluster?.maintenance?.operationId === workFlowId) return false;\n',
    '  void cluster;\n',
  ]),
  ...mutantsOf('functions/operations/repair/take-back-unstarted.ts', REPAIR, [
    ' && maintenance.since === createTime',
    '',
  ]),
  ...mutantsOf(
    'functions/operations/status/publish-status-changes.ts',
    ['test/unit/operations/status/publish-status-changes.test.ts'],
    ['before.verifiedAt === after.verifiedAt', 'before.verifiedAt !== undefined'],
  ),
  ...mutantsOf(
    'functions/operations/restore/restore-new-cluster.ts',
    ['test/unit/operations/restore/restore-new-cluster.test.ts'],
    [
      'if (!(await workflows.removeUnstarted(workFlowId))) return false;',
      'await workflows.removeUnstarted(workFlowId);',
    ],
  ),
];
