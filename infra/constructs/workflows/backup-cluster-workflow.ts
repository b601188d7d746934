import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { readBackupFiles, removeBackupFiles } from '../../iam/backup-files.ts';
import { takeBackups } from '../../iam/nodes.ts';
import { readSecrets } from '../../iam/secrets.ts';
import { tableItems } from '../../iam/table-items.ts';
import { ServiceFunction } from '../function/service-function.ts';
import type { SqlDeployment } from './executor-choice.ts';
import { Workflow } from './workflow.ts';

/** TiEM's FlowBackupCluster: its four nodes, their rights, and its state machine. */
export class BackupClusterWorkflow extends Construct {
  readonly stateMachine: StateMachine;
  /** Also cleans up after workflows that did not. */
  readonly fail: ServiceFunction<'backupFail'>;

  constructor(scope: Construct, id: string, deployment: SqlDeployment) {
    super(scope, id);
    const { settings, environment, tables, storage, secrets, chooseExecutor, worker } = deployment;

    const backup = new ServiceFunction(this, { name: 'backup', settings, environment });
    // For what an earlier run left.
    backup.grant(...takeBackups(this, deployment), ...removeBackupFiles(storage));

    const updateBackupRecord = new ServiceFunction(this, { name: 'updateBackupRecord', settings, environment });
    updateBackupRecord.grant(tableItems(tables.backups, 'read', 'update'), tableItems(tables.workflows, 'update'));

    const end = new ServiceFunction(this, { name: 'backupEnd', settings, environment });
    end.grant(tableItems(tables.clusters, 'update'), tableItems(tables.workflows, 'update'));

    this.fail = new ServiceFunction(this, { name: 'backupFail', settings, environment });
    this.fail.grant(
      tableItems(tables.clusters, 'read', 'update'),
      tableItems(tables.backups, 'read', 'update'),
      tableItems(tables.workflows, 'update'),
      // For the location of a store's keys.
      tableItems(tables.config, 'read'),
      // The account, to end a BACKUP that is still running, and the store's keys.
      ...readSecrets(this, secrets),
      // `backupmeta` shows whether a backup finished unreported.
      ...readBackupFiles(storage),
      ...removeBackupFiles(storage),
    );

    const workflow = new Workflow(this, 'Workflow', {
      definitionFile: 'backup-cluster.asl.json',
      nodes: [chooseExecutor, backup, updateBackupRecord, end, this.fail],
      worker,
      logs: settings.logs,
    });
    this.stateMachine = workflow.stateMachine;
  }
}
