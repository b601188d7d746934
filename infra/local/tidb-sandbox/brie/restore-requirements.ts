import { formatTidbVersion, parseTidbVersion } from '../tidb-version.ts';
import type { BackupIndex } from './backup-meta.ts';
import { BrError } from './brie-error.ts';
import { type BrieCluster, formatNewCollation } from './session.ts';

export function checkNoLogBackup({ replication: { logBackupTask } }: BrieCluster): void {
  if (logBackupTask === undefined) return;
  throw new Error(
    `failed to check task exists: log backup task is running: ${logBackupTask}, please stop the task before restore, and after PITR operation finished, create log-backup task again and create a full backup on this cluster`,
  );
}

/** Checks before anything is written that the backup fits the cluster (runSnapshotRestore in br/pkg/task/restore.go). */
export function checkRequirements(index: BackupIndex, cluster: BrieCluster): void {
  checkNoChangefeed(cluster);
  checkVersion(index, cluster);
  checkCollation(index, cluster);
}

/** checkIncompatibleChangefeed in br/pkg/task/stream.go */
function checkNoChangefeed({ replication: { changefeeds } }: BrieCluster): void {
  if (changefeeds.length === 0) return;
  throw new Error(
    `found CDC changefeed(s): cluster/namespace: default/default changefeed(s): [${changefeeds.join(' ')}], please remove changefeed(s) before restore`,
  );
}

/** CheckVersionForBackup in br/pkg/version/version.go: accepts one major release back, and a backup without a version. */
function checkVersion({ clusterVersion }: BackupIndex, cluster: BrieCluster): void {
  if (clusterVersion === '' || parseTidbVersion(clusterVersion).major - cluster.version.major <= 1) return;
  throw new BrError(
    `backup with cluster version ${clusterVersion} cannot be restored at cluster of version ${formatTidbVersion(cluster.version)}: major version mismatches`,
    'Common:ErrVersionMismatch',
  );
}

/** CheckNewCollationEnable in br/pkg/task/restore.go */
function checkCollation({ newCollation: upstream }: BackupIndex, cluster: BrieCluster): void {
  const name = 'new_collation_enabled';
  const downstream = formatNewCollation(cluster);
  if (upstream === downstream) return;
  const reason =
    upstream === ''
      ? `the value '${name}' not found in backupmeta. you can use "SELECT VARIABLE_VALUE FROM mysql.tidb WHERE VARIABLE_NAME='${name}';" to manually check the config. if you ensure the value '${name}' in backup cluster is as same as restore cluster, use --check-requirements=false to skip this check`
      : `the config '${name}' not match, upstream:${upstream}, downstream: ${downstream}`;
  throw new BrError(reason, 'Common:ErrUnknown');
}
