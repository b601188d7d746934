import type { OperationInput } from '../../functions/domain/workflow.ts';
import { contextWith, type NodeWorld } from './node-world.ts';

/** The real nodes of all workflows, by their state's name. */
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
    checkCluster,
    checkConfig,
    checkScratch,
    checkFail,
  ] = await Promise.all([
    import('../../functions/workflow/create-cluster.ts'),
    import('../../functions/workflow/wait-cluster-ready.ts'),
    import('../../functions/workflow/new-cluster-fail.ts'),
    import('../../functions/workflow/verify-restore.ts'),
    import('../../functions/workflow/drill-end.ts'),
    import('../../functions/workflow/delete-backup-files.ts'),
    import('../../functions/workflow/deletion-end.ts'),
    import('../../functions/workflow/deletion-fail.ts'),
    import('../../functions/workflow/check-cluster.ts'),
    import('../../functions/workflow/check-config.ts'),
    import('../../functions/workflow/check-scratch.ts'),
    import('../../functions/workflow/check-fail.ts'),
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
    'delete-backup.asl.json': {
      deleteBackupFiles: (input: unknown) => deleteBackupFiles.handler(input, contextWith()),
      end: deletionEnd.handler,
      fail: deletionFail.handler,
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
