import { mutantsOf } from '../mutant.ts';

const UNIT = 'test/unit/workflow';

export const WORKFLOW = [
  ...mutantsOf(
    'functions/workflow/restore/restore-link.ts',
    [`${UNIT}/restore/restore.test.ts`],
    ['contents.databases) : { scope };', 'contents.databases) : {};'],
    ['if (objects.scope?.databases?.length === 0) return', "if (record.backupId === '') return"],
  ),
  ...mutantsOf(
    'functions/workflow/restore/restore-from-src-cluster.ts',
    [`${UNIT}/restore/restore.test.ts`, `${UNIT}/restore/restore-interrupted.test.ts`],
    ['if (earlier === undefined) assertInTime', 'assertInTime'],
    ['restoring(at + 1,', 'restoring(at,'],
    ['wasShown ||= progress !== undefined;', 'wasShown = true;'],
  ),
  ...mutantsOf(
    'functions/workflow/new-cluster/new-cluster-fail.ts',
    [`${UNIT}/new-cluster/new-cluster.test.ts`],
    ['else if (!hasSucceeded) await', 'else await'],
    ['if (hasSucceeded && input.drill === undefined) {', 'if (hasSucceeded) {'],
    ["(provisioner === 'lambda' && error.Error === NOT_EMPTY)", 'error.Error === NOT_EMPTY'],
  ),
  ...mutantsOf(
    'functions/workflow/deletion/delete-backup-files.ts',
    [`${UNIT}/deletion/delete-backup-files.test.ts`],
    ["[{ kind: 'BACKUP', backupId }]", '[]'],
    ['if (leftover !== undefined) throw', 'if (leftover === undefined) throw'],
    ['if (!imported?.isFlat) return;', ''],
  ),
  ...mutantsOf(
    'functions/workflow/backup/backup-fail.ts',
    [`${UNIT}/backup/backup-fail.test.ts`],
    ['if (mayHaveFiles && hasEnded) await end', 'void hasEnded;\n  if (mayHaveFiles) await end'],
    ["record?.status === 'Canceled' ||", ''],
  ),
  ...mutantsOf(
    'functions/workflow/backup/backup.ts',
    [`${UNIT}/backup/backup.test.ts`],
    ['Math.max(noted.progress, percent)', 'percent || noted.progress'],
  ),
  ...mutantsOf(
    'functions/workflow/backup/choose-executor.ts',
    [`${UNIT}/backup/choose-executor.test.ts`],
    ['JSON.stringify(JSON.stringify(input)).length', 'JSON.stringify(input).length'],
  ),
  ...mutantsOf(
    'functions/workflow/deletion/delete-backup-files.ts',
    [`${UNIT}/deletion/delete-backup-files.test.ts`],
    ['isEndedDeletion(holder.operationId, record)', "isEndedDeletion !== undefined && holder.status === 'Deleting'"],
  ),
  ...mutantsOf(
    'functions/workflow/deletion/delete-backup-files.ts',
    ['test/integration/workflow/locked-files.test.ts'],
    ['if (lockedUntil !== record.lockedUntil) {', 'if (false as boolean) {'],
    [
      '    await freeCluster(input, deps);\n    return { areGone: false, ...untilNextRun',
      '    return { areGone: false, ...untilNextRun',
    ],
  ),
  ...mutantsOf(
    'functions/domain/workflow/end-operation.ts',
    [`${UNIT}/shared/end.test.ts`],
    [
      '  await freeCluster(input, deps);\n  await endWorkflow(input, flowName, status, deps);',
      '  await endWorkflow(input, flowName, status, deps);\n  await freeCluster(input, deps);',
    ],
  ),
  ...mutantsOf(
    'functions/workflow/shared/record-verdict.ts',
    [`${UNIT}/shared/record-verdict.test.ts`],
    ['unlessRecorded: true', 'unlessRecorded: false'],
  ),
  ...mutantsOf(
    'functions/workflow/restore/look-before-restore.ts',
    [`${UNIT}/restore/look-before-restore.test.ts`],
    ['links.flatMap(({ contents }) => contents.tables)', 'links.slice(-1).flatMap(({ contents }) => contents.tables)'],
    [
      'held.tables.filter((table) => isInScope(scope, table))',
      'held.tables.filter((table) => scope === undefined || isInScope(scope, table) !== undefined)',
    ],
  ),
  ...mutantsOf(
    'functions/workflow/restore/stop-restores.ts',
    [`${UNIT}/shared/stop-statements.test.ts`],
    ['const ids = await chainIds(backupId, deps.backups);', 'const ids = [backupId];\n  void chainIds;'],
  ),
  ...mutantsOf(
    'functions/workflow/shared/stop-statements.ts',
    [`${UNIT}/shared/stop-statements.test.ts`],
    ['of running) await control.kill', 'of running.slice(0, 1)) await control.kill'],
  ),
];
