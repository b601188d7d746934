import { Duration } from 'aws-cdk-lib';
import type { FunctionName } from '../../../functions/environment.ts';
import type { TenantConfig } from '../../tenant-config.ts';

export interface FunctionDefinition {
  /** Path from the repository's root; exports `handler`. */
  readonly entry: string;
  readonly timeout: Duration;
  /**
   * `node` if it connects to TiDB or its storage and so belongs in the tenant's VPC; `api` if it uses only AWS's public
   * APIs.
   */
  readonly room: 'api' | 'node';
  /** Its reserved concurrency in the tenant file. Defaults to none. */
  readonly reserve?: keyof TenantConfig['reservedConcurrency'];
}

/**
 * One second less than an HTTP API waits for its integration (30 s), so that the caller gets our answer, not the
 * gateway's.
 */
const API_TIMEOUT = Duration.seconds(29);

/** Lambda's maximum: `BACKUP` and `RESTORE` end with the connection that sent them. */
const SQL_TIMEOUT = Duration.minutes(15);

/** For nodes that only write a few items, or ask TiDB something and continue without an answer. */
const BOOKKEEPING_TIMEOUT = Duration.seconds(60);

/**
 * The provisioner answers within 60 s (`functions/domain/provisioning/provisioner.ts`); connecting to its cluster may
 * take as long.
 */
const PROVISIONER_TIMEOUT = Duration.seconds(90);

/** Ends a statement that outlived its node, trying every server of the cluster; removes files, 1,000 per call. */
const CLEANUP_TIMEOUT = Duration.minutes(5);

/** A store that does not answer is given up after two minutes, including retries. */
const CHECK_TIMEOUT = Duration.minutes(5);

/** Removes millions of files, 1,000 per two calls; the next run removes the rest. */
const FILES_TIMEOUT = Duration.minutes(15);

/** Less than the five minutes between two sweeps, so that they do not overlap. */
const SWEEP_TIMEOUT = Duration.minutes(4);

/** A batch of 100 records takes about twenty calls of some milliseconds each. */
const TELL_TIMEOUT = Duration.seconds(60);

/** Sweeps may overlap; the next one does what one has no time for. */
const RECONCILE_TIMEOUT = Duration.minutes(15);

/** The next sweep does what one has no time for; concurrent ones start nothing twice. */
const RETENTION_TIMEOUT = Duration.minutes(15);

/** A bit longer than the `fail` node that it waits for. */
const REPAIR_TIMEOUT = CLEANUP_TIMEOUT.plus(Duration.seconds(30));

export const FUNCTION_DEFINITIONS: Readonly<Record<FunctionName, FunctionDefinition>> = {
  query: { entry: 'functions/api/query.ts', timeout: API_TIMEOUT, room: 'api', reserve: 'api' },
  command: { entry: 'functions/api/command.ts', timeout: API_TIMEOUT, room: 'api', reserve: 'api' },
  autoBackup: { entry: 'functions/triggers/auto-backup.ts', timeout: SWEEP_TIMEOUT, room: 'api' },
  reconcile: { entry: 'functions/triggers/reconcile.ts', timeout: RECONCILE_TIMEOUT, room: 'api', reserve: 'repair' },
  executionEnded: {
    entry: 'functions/triggers/execution-ended.ts',
    timeout: REPAIR_TIMEOUT,
    room: 'api',
    reserve: 'repair',
  },
  orphanedFiles: { entry: 'functions/triggers/orphaned-files.ts', timeout: FILES_TIMEOUT, room: 'node' },
  recordChanged: { entry: 'functions/triggers/record-changed.ts', timeout: TELL_TIMEOUT, room: 'api' },
  backupManifests: { entry: 'functions/triggers/backup-manifests.ts', timeout: CLEANUP_TIMEOUT, room: 'node' },
  retention: { entry: 'functions/triggers/retention.ts', timeout: RETENTION_TIMEOUT, room: 'api' },
  recount: { entry: 'functions/triggers/recount.ts', timeout: FILES_TIMEOUT, room: 'api' },
  drills: { entry: 'functions/triggers/drills.ts', timeout: SWEEP_TIMEOUT, room: 'api' },
  backupAges: { entry: 'functions/triggers/backup-ages.ts', timeout: SWEEP_TIMEOUT, room: 'api' },
  copies: { entry: 'functions/triggers/copies.ts', timeout: FILES_TIMEOUT, room: 'api' },
  chooseExecutor: {
    entry: 'functions/workflow/backup/choose-executor.lambda.ts',
    timeout: BOOKKEEPING_TIMEOUT,
    room: 'node',
  },
  backup: { entry: 'functions/workflow/backup/backup.lambda.ts', timeout: SQL_TIMEOUT, room: 'node' },
  updateBackupRecord: {
    entry: 'functions/workflow/backup/update-backup-record.lambda.ts',
    timeout: BOOKKEEPING_TIMEOUT,
    room: 'node',
  },
  backupEnd: { entry: 'functions/workflow/backup/backup-end.lambda.ts', timeout: BOOKKEEPING_TIMEOUT, room: 'node' },
  backupFail: {
    entry: 'functions/workflow/backup/backup-fail.lambda.ts',
    timeout: CLEANUP_TIMEOUT,
    room: 'node',
    reserve: 'failNodes',
  },
  restoreFromSrcCluster: {
    entry: 'functions/workflow/restore/restore-from-src-cluster.lambda.ts',
    timeout: SQL_TIMEOUT,
    room: 'node',
  },
  restoreEnd: { entry: 'functions/workflow/restore/restore-end.lambda.ts', timeout: BOOKKEEPING_TIMEOUT, room: 'node' },
  createCluster: {
    entry: 'functions/workflow/new-cluster/create-cluster.lambda.ts',
    timeout: PROVISIONER_TIMEOUT,
    room: 'node',
  },
  waitClusterReady: {
    entry: 'functions/workflow/new-cluster/wait-cluster-ready.lambda.ts',
    timeout: PROVISIONER_TIMEOUT,
    room: 'node',
  },
  restoreNewCluster: {
    entry: 'functions/workflow/new-cluster/restore-new-cluster.lambda.ts',
    timeout: SQL_TIMEOUT,
    room: 'node',
  },
  newClusterEnd: {
    entry: 'functions/workflow/new-cluster/new-cluster-end.lambda.ts',
    timeout: BOOKKEEPING_TIMEOUT,
    room: 'node',
  },
  verifyRestore: { entry: 'functions/workflow/drill/verify-restore.lambda.ts', timeout: SQL_TIMEOUT, room: 'node' },
  importBackups: {
    entry: 'functions/workflow/import/import-backups.lambda.ts',
    timeout: FILES_TIMEOUT,
    room: 'node',
  },
  checkCluster: { entry: 'functions/workflow/check/check-cluster.lambda.ts', timeout: CHECK_TIMEOUT, room: 'node' },
  checkConfig: { entry: 'functions/workflow/check/check-config.lambda.ts', timeout: CHECK_TIMEOUT, room: 'node' },
  checkScratch: { entry: 'functions/workflow/check/check-scratch.lambda.ts', timeout: SQL_TIMEOUT, room: 'node' },
  checkFail: {
    entry: 'functions/workflow/check/check-fail.lambda.ts',
    timeout: CLEANUP_TIMEOUT,
    room: 'node',
    reserve: 'failNodes',
  },
  drillEnd: { entry: 'functions/workflow/drill/drill-end.lambda.ts', timeout: PROVISIONER_TIMEOUT, room: 'node' },
  newClusterFail: {
    entry: 'functions/workflow/new-cluster/new-cluster-fail.lambda.ts',
    timeout: CLEANUP_TIMEOUT,
    room: 'node',
    reserve: 'failNodes',
  },
  restoreFail: {
    entry: 'functions/workflow/restore/restore-fail.lambda.ts',
    timeout: CLEANUP_TIMEOUT,
    room: 'node',
    reserve: 'failNodes',
  },
  deleteBackupFiles: {
    entry: 'functions/workflow/deletion/delete-backup-files.lambda.ts',
    timeout: FILES_TIMEOUT,
    room: 'node',
  },
  undeleteBackup: {
    entry: 'functions/workflow/undelete/undelete-backup.lambda.ts',
    timeout: FILES_TIMEOUT,
    room: 'node',
  },
  undeleteFail: {
    entry: 'functions/workflow/undelete/undelete-fail.lambda.ts',
    timeout: BOOKKEEPING_TIMEOUT,
    room: 'node',
    reserve: 'failNodes',
  },
  deletionEnd: {
    entry: 'functions/workflow/deletion/deletion-end.lambda.ts',
    timeout: BOOKKEEPING_TIMEOUT,
    room: 'node',
  },
  deletionFail: {
    entry: 'functions/workflow/deletion/deletion-fail.lambda.ts',
    timeout: BOOKKEEPING_TIMEOUT,
    room: 'node',
    reserve: 'failNodes',
  },
};
