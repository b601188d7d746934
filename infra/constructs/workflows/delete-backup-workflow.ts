import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { removeBackupFiles } from '../../iam/backup-files.ts';
import { removeImports } from '../../iam/import-buckets.ts';
import { readSecrets } from '../../iam/secrets.ts';
import { tableItems } from '../../iam/table-items.ts';
import type { Deployment } from '../function/deployment.ts';
import { ServiceFunction } from '../function/service-function.ts';
import { Workflow } from './workflow.ts';

/** The deletion of a backup: its three nodes, their rights, and its state machine. */
export class DeleteBackupWorkflow extends Construct {
  readonly stateMachine: StateMachine;

  constructor(scope: Construct, id: string, { settings, environment, tables, storage, secrets }: Deployment) {
    super(scope, id);

    const files = new ServiceFunction(this, { name: 'deleteBackupFiles', settings, environment });
    files.grant(
      tableItems(tables.clusters, 'read', 'update'),
      // `update` releases the hold of a deleted backup on its base.
      tableItems(tables.backups, 'read', 'update'),
      tableItems(tables.workflows, 'read', 'create', 'update'),
      // For the location of a store's keys.
      tableItems(tables.config, 'read'),
      // The store's keys; the account, to end a BACKUP that outlived its node and is still writing.
      ...readSecrets(this, secrets),
      ...removeBackupFiles(storage),
      ...removeImports(storage),
    );

    const end = new ServiceFunction(this, { name: 'deletionEnd', settings, environment });
    end.grant(
      tableItems(tables.clusters, 'update'),
      // `update` releases the base.
      tableItems(tables.backups, 'read', 'update', 'remove'),
      tableItems(tables.workflows, 'update'),
    );

    const fail = new ServiceFunction(this, { name: 'deletionFail', settings, environment });
    fail.grant(
      tableItems(tables.clusters, 'update'),
      // `remove` finishes a deletion that has succeeded.
      tableItems(tables.backups, 'read', 'update', 'remove'),
      tableItems(tables.workflows, 'read', 'update'),
    );

    const workflow = new Workflow(this, 'Workflow', {
      definitionFile: 'delete-backup.asl.json',
      nodes: [files, end, fail],
      logs: settings.logs,
    });
    this.stateMachine = workflow.stateMachine;
  }
}
