import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { probeBackupFiles } from '../iam/backup-files.ts';
import { readSecrets } from '../iam/secrets.ts';
import { tableItems } from '../iam/table-items.ts';
import type { Deployment } from './deployment.ts';
import { ServiceFunction } from './service-function.ts';
import { Workflow } from './workflow.ts';

/** The checks of a cluster and of the configuration: a state machine each, and the one node that ends what failed of either. */
export class Checks extends Construct {
  readonly cluster: StateMachine;
  readonly config: StateMachine;
  /** Also ends what the workflows themselves did not. */
  readonly fail: ServiceFunction<'checkFail'>;

  constructor(scope: Construct, id: string, { settings, environment, tables, storage, secrets }: Deployment) {
    super(scope, id);

    const checkCluster = new ServiceFunction(this, { name: 'checkCluster', settings, environment });
    checkCluster.grant(
      tableItems(tables.clusters, 'read', 'update'),
      tableItems(tables.workflows, 'update'),
      tableItems(tables.config, 'read'),
      // The account, and the keys of a store that has its own.
      ...readSecrets(this, secrets),
      ...probeBackupFiles(storage),
    );

    const checkConfig = new ServiceFunction(this, { name: 'checkConfig', settings, environment });
    checkConfig.grant(
      tableItems(tables.workflows, 'update'),
      tableItems(tables.config, 'read', 'update'),
      ...readSecrets(this, secrets),
      ...probeBackupFiles(storage),
    );

    this.fail = new ServiceFunction(this, { name: 'checkFail', settings, environment });
    this.fail.grant(tableItems(tables.clusters, 'update'), tableItems(tables.workflows, 'update'));

    this.cluster = new Workflow(new Construct(this, 'CheckCluster'), 'Workflow', {
      definitionFile: 'check-cluster.asl.json',
      nodes: [checkCluster, this.fail],
      logs: settings.logs,
    }).stateMachine;
    this.config = new Workflow(new Construct(this, 'CheckConfig'), 'Workflow', {
      definitionFile: 'check-config.asl.json',
      nodes: [checkConfig, this.fail],
      logs: settings.logs,
    }).stateMachine;
  }
}
