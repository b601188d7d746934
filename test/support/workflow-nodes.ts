import type { OperationInput } from '../../functions/domain/workflow/workflow.ts';
import { contextWith, type NodeWorld } from './node-world.ts';

/** The real nodes of all workflows, by state name. */
export async function loadNodes({ handlers }: NodeWorld) {
  const [
    create,
    wait,
    newClusterFail,
    verify,
    drillEnd,
    deleteBackupFiles,
    deletionEnd,
    deletionFail,
    undeleteBackup,
    undeleteFail,
    checkCluster,
    checkConfig,
    checkScratch,
    checkFail,
    importBackups,
  ] = await Promise.all([
    import('../../functions/workflow/new-cluster/create-cluster.lambda.ts'),
    import('../../functions/workflow/new-cluster/wait-cluster-ready.lambda.ts'),
    import('../../functions/workflow/new-cluster/new-cluster-fail.lambda.ts'),
    import('../../functions/workflow/drill/verify-restore.lambda.ts'),
    import('../../functions/workflow/drill/drill-end.lambda.ts'),
    import('../../functions/workflow/deletion/delete-backup-files.lambda.ts'),
    import('../../functions/workflow/deletion/deletion-end.lambda.ts'),
    import('../../functions/workflow/deletion/deletion-fail.lambda.ts'),
    import('../../functions/workflow/undelete/undelete-backup.lambda.ts'),
    import('../../functions/workflow/undelete/undelete-fail.lambda.ts'),
    import('../../functions/workflow/check/check-cluster.lambda.ts'),
    import('../../functions/workflow/check/check-config.lambda.ts'),
    import('../../functions/workflow/check/check-scratch.lambda.ts'),
    import('../../functions/workflow/check/check-fail.lambda.ts'),
    import('../../functions/workflow/import/import-backups.lambda.ts'),
  ]);
  return {
    'backup-cluster.asl.json': {
      chooseExecutor: handlers.chooseExecutor,
      backup: (input: OperationInput) => handlers.backup(input, contextWith()),
      updateBackupRecord: handlers.updateBackupRecord,
      end: handlers.backupEnd,
      fail: handlers.backupFail,
    },
    'restore-exist-cluster.asl.json': {
      chooseExecutor: handlers.chooseExecutor,
      restoreFromSrcCluster: (input: OperationInput) => handlers.restoreFromSrcCluster(input, contextWith()),
      end: handlers.restoreEnd,
      fail: handlers.restoreFail,
    },
    'restore-new-cluster.asl.json': {
      createCluster: create.handler,
      waitClusterReady: wait.handler,
      fail: newClusterFail.handler,
    },
    'restore-drill.asl.json': {
      createCluster: create.handler,
      waitClusterReady: wait.handler,
      verifyRestore: (input: unknown) => verify.handler(input, contextWith()),
      end: drillEnd.handler,
      fail: newClusterFail.handler,
    },
    'import-backups.asl.json': {
      importBackups: (input: unknown) => importBackups.handler(input, contextWith()),
      fail: (input: unknown) => checkFail.handler(input, contextWith(300_000)),
    },
    'delete-backup.asl.json': {
      deleteBackupFiles: (input: unknown) => deleteBackupFiles.handler(input, contextWith()),
      end: deletionEnd.handler,
      fail: deletionFail.handler,
    },
    'undelete-backup.asl.json': {
      undeleteBackup: (input: unknown) => undeleteBackup.handler(input, contextWith()),
      fail: undeleteFail.handler,
    },
    'check-cluster.asl.json': {
      checkCluster: checkCluster.handler,
      checkScratch: (input: unknown) => checkScratch.handler(input, contextWith()),
      fail: (input: unknown) => checkFail.handler(input, contextWith(300_000)),
    },
    'check-config.asl.json': {
      checkConfig: checkConfig.handler,
      fail: (input: unknown) => checkFail.handler(input, contextWith(300_000)),
    },
  };
}
