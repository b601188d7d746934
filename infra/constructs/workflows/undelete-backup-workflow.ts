import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { rewindBackupFiles } from '../../iam/backup-files.ts';
import { readSecrets } from '../../iam/secrets.ts';
import { tableItems } from '../../iam/table-items.ts';
import type { Deployment } from '../function/deployment.ts';
import { ServiceFunction } from '../function/service-function.ts';
import { Workflow } from './workflow.ts';

/** Recovers deleted and overwritten files of a backup: its two nodes, their rights, and its state machine. */
export class UndeleteBackupWorkflow extends Construct {
  readonly stateMachine: StateMachine;

  constructor(scope: Construct, id: string, { settings, environment, tables, storage, ownSecretArns }: Deployment) {
    super(scope, id);

    const files = new ServiceFunction(this, { name: 'undeleteBackup', settings, environment });
    files.grant(
      tableItems(tables.clusters, 'update'),
      tableItems(tables.backups, 'read', 'update'),
      tableItems(tables.workflows, 'read', 'update'),
      // For the location of a store's keys.
      tableItems(tables.config, 'read'),
      // The keys of a store that needs some.
      ...readSecrets(this, { arns: ownSecretArns, keyArns: [] }),
      ...rewindBackupFiles(storage),
    );

    const fail = new ServiceFunction(this, { name: 'undeleteFail', settings, environment });
    fail.grant(
      tableItems(tables.clusters, 'update'),
      tableItems(tables.backups, 'read', 'update'),
      tableItems(tables.workflows, 'read', 'update'),
    );

    const workflow = new Workflow(this, 'Workflow', {
      definitionFile: 'undelete-backup.asl.json',
      nodes: [files, fail],
      logs: settings.logs,
    });
    this.stateMachine = workflow.stateMachine;
  }
}
