import { mutantsOf } from '../mutant.ts';

const RECONCILE = ['test/integration/triggers/reconcile.test.ts'];
const REPAIR = ['test/unit/operations/repair/repair-ended.test.ts'];

export const OPERATIONS = [
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
