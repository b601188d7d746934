import { type IManagedPolicy, ManagedPolicy } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { copyBackupFiles, foldersOf, letRolesCopy } from '../../iam/backup-files.ts';
import { listCopies, readCopies } from '../../iam/second-copy.ts';
import { giveReasons } from '../../iam/wildcard-statement.ts';
import type { DatabaseRole } from '../../tenant-config.ts';
import type { BackupStorage } from './backup-storage.ts';

interface DatabaseNodesProps {
  readonly storage: BackupStorage;
  /**
   * Roles of the TiDB servers, which write `backupmeta` and find the bucket's region, and of the TiKV nodes, which copy
   * the data.
   */
  readonly roles: readonly DatabaseRole[];
}

/**
 * The roles that copy backups belong to the tenant's clusters, not to this stack. The bucket and the key let them in,
 * and the tenant attaches the policy to them, because naming their account leaves the decision to that account. The
 * policy is the same for all roles; the bucket's own denies each role other clusters' backups.
 */
export class DatabaseNodes extends Construct {
  readonly policy: IManagedPolicy;

  constructor(scope: Construct, id: string, { storage, roles }: DatabaseNodesProps) {
    super(scope, id);
    letRolesCopy(storage, roles);
    const folders = foldersOf(roles);
    const statements = [
      ...copyBackupFiles(storage, folders),
      // For restores from the second copy.
      ...listCopies(storage),
      ...readCopies(storage, ...(folders ?? []).map((folder) => `${folder}*`)),
    ];
    this.policy = new ManagedPolicy(this, 'Policy', {
      description: 'What TiDB servers and TiKV nodes need to back up into the bucket and restore from it',
      statements,
    });
    giveReasons(this, statements);
  }
}
