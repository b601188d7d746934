import { mutantsOf } from '../mutant.ts';

const TESTS = ['test/unit/state-machines.test.ts'];

/** The order of the nodes, and where each of them leads. */
export const STATE_MACHINES = [
  ...mutantsOf(
    'statemachines/backup-cluster.asl.json',
    TESTS,
    ['"Next": "end"', '"Next": "fail"'],
    ['"StringEquals": "fargate"', '"StringEquals": "lambda"'],
    ['{ "ErrorEquals": ["OutOfTime"], "ResultPath": null, "Next": "backupOnWorker" },', ''],
    ['"HeartbeatSeconds": 300', '"HeartbeatSeconds": 3000'],
    ['RetryUntilDone', 'RetryDefault'],
    ['RetryWorkerNotStarted', 'RetryWorkerInterrupted'],
    ['"NODE", "Value": "backup"', '"NODE", "Value": "restoreFromSrcCluster"'],
  ),
  ...mutantsOf(
    'statemachines/delete-backup.asl.json',
    TESTS,
    ['"Default": "deleteBackupFiles"', '"Default": "end"'],
    ['"IsPresent": true, "Next": "filesAreLocked"', '"IsPresent": true, "Next": "end"'],
    [
      '"TimestampPath": "$.files.waitUntil",\n      "Next": "deleteBackupFiles"',
      '"TimestampPath": "$.files.waitUntil",\n      "Next": "end"',
    ],
    ['RetryClusterBusy', 'RetryFunctionCrashed'],
  ),
  ...mutantsOf(
    'statemachines/restore-drill.asl.json',
    TESTS,
    ['"Next": "verifyRestore"\n', '"Next": "end"\n'],
    ['"Next": "verifyRestoreOnWorker"\n', '"Next": "verifyRestore"\n'],
    ['"Next": "waitClusterReady"', '"Next": "chooseExecutor"'],
  ),
  ...mutantsOf(
    'statemachines/restore-new-cluster.asl.json',
    TESTS,
    ['"Next": "waitClusterReady"', '"Next": "chooseExecutor"'],
    ['"Next": "forgetParameters"', '"Next": "chooseExecutor"'],
    ['"Default": "restoreNewCluster"', '"Default": "restoreNewClusterOnWorker"'],
  ),
  ...mutantsOf(
    'statemachines/restore-exist-cluster.asl.json',
    TESTS,
    ['"Default": "restoreFromSrcCluster"', '"Default": "end"'],
    ['"StringEquals": "fargate"', '"StringEquals": "lambda"'],
  ),
  ...mutantsOf(
    'statemachines/check-cluster.asl.json',
    TESTS,
    ['"BooleanEquals": true', '"BooleanEquals": false'],
    ['"Default": "checked"', '"Default": "checkScratch"'],
  ),
];
