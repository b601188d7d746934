import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { verifyRestores } from '../../iam/nodes.ts';
import { invokeProvisioner } from '../../iam/provisioner.ts';
import { removeSecrets } from '../../iam/secrets.ts';
import { tableItems } from '../../iam/table-items.ts';
import { ServiceFunction } from '../function/service-function.ts';
import type { SqlDeployment } from './executor-choice.ts';
import type { RestoreNewClusterWorkflow } from './restore-new-cluster-workflow.ts';
import { Workflow } from './workflow.ts';

interface RestoreDrillProps {
  readonly deployment: SqlDeployment;
  readonly restoreNew: RestoreNewClusterWorkflow;
}

/** The drill: a restore into a new cluster by the same functions, the comparison, and an end that leaves nothing. */
export class RestoreDrillWorkflow extends Construct {
  readonly stateMachine: StateMachine;
  /** Also cleans up after workflows that did not. */
  readonly fail: ServiceFunction<'newClusterFail'>;

  constructor(scope: Construct, id: string, { deployment, restoreNew }: RestoreDrillProps) {
    super(scope, id);
    const { settings, environment, tables, ownSecretArns, worker } = deployment;

    const verify = new ServiceFunction(this, { name: 'verifyRestore', settings, environment });
    verify.grant(...verifyRestores(this, deployment));

    const end = new ServiceFunction(this, { name: 'drillEnd', settings, environment });
    end.grant(
      tableItems(tables.clusters, 'read', 'remove'),
      tableItems(tables.backups, 'read', 'update'),
      tableItems(tables.workflows, 'update'),
      removeSecrets(ownSecretArns),
      ...invokeProvisioner(environment.PROVISIONER_ARN),
    );

    this.fail = restoreNew.fail;
    this.stateMachine = new Workflow(this, 'Workflow', {
      definitionFile: 'restore-drill.asl.json',
      nodes: [...restoreNew.restoring, verify, end, this.fail],
      worker,
      logs: settings.logs,
    }).stateMachine;
  }
}
