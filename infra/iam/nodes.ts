import type { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import type { Deployment } from '../constructs/function/deployment.ts';
import { abortUploads, readBackupFiles, readBackupMeta, writeTableNotes } from './backup-files.ts';
import { readSecrets } from './secrets.ts';
import { tableItems } from './table-items.ts';

type Needed = Pick<Deployment, 'tables' | 'storage' | 'secrets'>;

/** The node `backup`, in a function or on the worker. */
export function takeBackups(scope: Construct, { tables, storage, secrets }: Needed): PolicyStatement[] {
  return [
    ...operate(tables),
    // Which TiDB it is, as the backup found.
    tableItems(tables.clusters, 'update'),
    // The account, and the keys of a store that needs some.
    ...readSecrets(scope, secrets),
    // `backupmeta` shows whether a backup whose connection was lost is complete.
    ...readBackupFiles(storage),
    ...abortUploads(storage),
    // Table checksums, for drills to compare.
    ...writeTableNotes(storage),
  ];
}

/** The nodes `restoreFromSrcCluster` and `restoreNewCluster`, in a function or on the worker. */
export function restoreBackups(scope: Construct, { tables, storage, secrets }: Needed): PolicyStatement[] {
  return [
    ...operate(tables),
    ...readSecrets(scope, secrets),
    // `backupmeta`: whether it is complete, and on old releases what the backup holds.
    ...readBackupMeta(storage),
  ];
}

/** The node `verifyRestore`, in a function or on the worker. */
export function verifyRestores(scope: Construct, { tables, storage, secrets }: Needed): PolicyStatement[] {
  return [
    tableItems(tables.clusters, 'read'),
    tableItems(tables.backups, 'read', 'update'),
    // The assertions, and the success of the drill.
    tableItems(tables.workflows, 'read', 'update'),
    // For the location of a store's keys.
    tableItems(tables.config, 'read'),
    // The account of the throwaway cluster, and the keys of a store that needs some.
    ...readSecrets(scope, secrets),
    // The table checksums.
    ...readBackupFiles(storage),
  ];
}

/** Records progress, and sees a request to stop. */
function operate(tables: Needed['tables']): PolicyStatement[] {
  return [
    tableItems(tables.clusters, 'read'),
    tableItems(tables.backups, 'read', 'update'),
    tableItems(tables.workflows, 'update'),
    tableItems(tables.config, 'read'),
  ];
}
