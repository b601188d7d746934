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
    // Which TiDB it is, as the backup tells.
    tableItems(tables.clusters, 'update'),
    // The account, and the keys of a store that has its own.
    ...readSecrets(scope, secrets),
    // `backupmeta`, which tells a backup whose connection was lost from one that is whole.
    ...readBackupFiles(storage),
    ...abortUploads(storage),
    // What the tables hold, for a drill to compare.
    ...writeTableNotes(storage),
  ];
}

/** The nodes `restoreFromSrcCluster` and `restoreNewCluster`, in a function or on the worker. */
export function restoreBackups(scope: Construct, { tables, storage, secrets }: Needed): PolicyStatement[] {
  return [
    ...operate(tables),
    ...readSecrets(scope, secrets),
    // `backupmeta`: whether it is whole, and on old releases what the backup holds.
    ...readBackupMeta(storage),
  ];
}

/** The node `verifyRestore`, in a function or on the worker. */
export function verifyRestores(scope: Construct, { tables, storage, secrets }: Needed): PolicyStatement[] {
  return [
    tableItems(tables.clusters, 'read'),
    tableItems(tables.backups, 'read', 'update'),
    // The assertions, and that the drill has succeeded.
    tableItems(tables.workflows, 'read', 'update'),
    // Where the keys of a store are.
    tableItems(tables.config, 'read'),
    // The account of the throwaway cluster, and the keys of a store that has its own.
    ...readSecrets(scope, secrets),
    // What was noted of the tables.
    ...readBackupFiles(storage),
  ];
}

/** Notes how far the operation is, and sees whether it is to stop. */
function operate(tables: Needed['tables']): PolicyStatement[] {
  return [
    tableItems(tables.clusters, 'read'),
    tableItems(tables.backups, 'read', 'update'),
    tableItems(tables.workflows, 'update'),
    tableItems(tables.config, 'read'),
  ];
}
