import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { restoreBackups } from '../../iam/nodes.ts';
import { invokeProvisioner } from '../../iam/provisioner.ts';
import { readSecrets, removeSecrets } from '../../iam/secrets.ts';
import { tableItems } from '../../iam/table-items.ts';
import { ServiceFunction } from '../function/service-function.ts';
import type { SqlDeployment } from './executor-choice.ts';
import { Workflow } from './workflow.ts';

/** The restore into a new cluster: its five nodes, their rights, and its state machine. */
export class RestoreNewClusterWorkflow extends Construct {
  readonly stateMachine: StateMachine;
  /** The nodes before its end, which a drill shares. */
  readonly restoring: readonly ServiceFunction[];
  /** Also cleans up after workflows that did not. */
  readonly fail: ServiceFunction<'newClusterFail'>;

  constructor(scope: Construct, id: string, deployment: SqlDeployment) {
    super(scope, id);
    const { settings, environment, tables, secrets, ownSecretArns, chooseExecutor, worker } = deployment;
    const askProvisioner = invokeProvisioner(environment.PROVISIONER_ARN);

    const create = new ServiceFunction(this, { name: 'createCluster', settings, environment });
    create.grant(
      tableItems(tables.backups, 'read', 'update'),
      tableItems(tables.workflows, 'update'),
      ...askProvisioner,
    );

    const wait = new ServiceFunction(this, { name: 'waitClusterReady', settings, environment });
    wait.grant(tableItems(tables.clusters, 'read', 'create'), ...readSecrets(this, secrets), ...askProvisioner);

    const restore = new ServiceFunction(this, { name: 'restoreNewCluster', settings, environment });
    restore.grant(...restoreBackups(this, deployment));

    const end = new ServiceFunction(this, { name: 'newClusterEnd', settings, environment });
    end.grant(
      // `read` finds its bases, which are held as well.
      tableItems(tables.backups, 'read', 'update'),
      tableItems(tables.clusters, 'update'),
      tableItems(tables.workflows, 'update'),
    );

    this.fail = new ServiceFunction(this, { name: 'newClusterFail', settings, environment });
    this.fail.grant(
      // `remove` removes the registration of an abandoned cluster.
      tableItems(tables.clusters, 'read', 'update', 'remove'),
      tableItems(tables.backups, 'read', 'update'),
      tableItems(tables.workflows, 'read', 'update'),
      // The account, to end a RESTORE that is still running.
      ...readSecrets(this, secrets),
      removeSecrets(ownSecretArns),
      ...askProvisioner,
    );

    this.restoring = [create, wait, chooseExecutor, restore];
    const workflow = new Workflow(this, 'Workflow', {
      definitionFile: 'restore-new-cluster.asl.json',
      nodes: [...this.restoring, end, this.fail],
      worker,
      logs: settings.logs,
    });
    this.stateMachine = workflow.stateMachine;
  }
}
