import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { restoreBackups } from '../../iam/nodes.ts';
import { readSecrets } from '../../iam/secrets.ts';
import { tableItems } from '../../iam/table-items.ts';
import { ServiceFunction } from '../function/service-function.ts';
import type { SqlDeployment } from './executor-choice.ts';
import { Workflow } from './workflow.ts';

/** TiEM's FlowRestoreExistCluster: its three nodes, their rights, and its state machine. */
export class RestoreExistClusterWorkflow extends Construct {
  readonly stateMachine: StateMachine;
  /** Also cleans up after workflows that did not. */
  readonly fail: ServiceFunction<'restoreFail'>;

  constructor(scope: Construct, id: string, deployment: SqlDeployment) {
    super(scope, id);
    const { settings, environment, tables, secrets, chooseExecutor, worker } = deployment;

    const restore = new ServiceFunction(this, { name: 'restoreFromSrcCluster', settings, environment });
    restore.grant(...restoreBackups(this, deployment));

    const end = new ServiceFunction(this, { name: 'restoreEnd', settings, environment });
    end.grant(
      tableItems(tables.clusters, 'update'),
      // `read` finds its bases, which are held as well.
      tableItems(tables.backups, 'read', 'update'),
      tableItems(tables.workflows, 'update'),
    );

    this.fail = new ServiceFunction(this, { name: 'restoreFail', settings, environment });
    this.fail.grant(
      tableItems(tables.clusters, 'read', 'update'),
      tableItems(tables.backups, 'read', 'update'),
      tableItems(tables.workflows, 'read', 'update'),
      // The account, to end a RESTORE that is still running.
      ...readSecrets(this, secrets),
    );

    const workflow = new Workflow(this, 'Workflow', {
      definitionFile: 'restore-exist-cluster.asl.json',
      nodes: [chooseExecutor, restore, end, this.fail],
      worker,
      logs: settings.logs,
    });
    this.stateMachine = workflow.stateMachine;
  }
}
