import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { listBackupFiles, probeBackupFiles } from '../../iam/backup-files.ts';
import { findExecutions, startExecutions } from '../../iam/executions.ts';
import { takeBackups } from '../../iam/nodes.ts';
import { readSecrets } from '../../iam/secrets.ts';
import { tableItems } from '../../iam/table-items.ts';
import type { Deployment } from '../function/deployment.ts';
import { ServiceFunction } from '../function/service-function.ts';
import { stateMachineVariables } from './state-machines.ts';
import { Workflow } from './workflow.ts';

interface ChecksProps {
  readonly deployment: Deployment;
  /** Removes the files of a scratch backup. */
  readonly deletion: StateMachine;
}

/**
 * The checks of a cluster and of the configuration: a state machine each, and a common node that cleans up after
 * failures.
 */
export class Checks extends Construct {
  readonly cluster: StateMachine;
  readonly config: StateMachine;
  /** Also cleans up after workflows that did not. */
  readonly fail: ServiceFunction<'checkFail'>;

  constructor(scope: Construct, id: string, { deployment, deletion }: ChecksProps) {
    super(scope, id);
    const { settings, tables, storage, secrets } = deployment;
    const environment = { ...deployment.environment, ...stateMachineVariables({ DeleteBackup: deletion }) };

    const checkCluster = new ServiceFunction(this, { name: 'checkCluster', settings, environment });
    checkCluster.grant(
      tableItems(tables.clusters, 'read', 'update'),
      tableItems(tables.workflows, 'update'),
      tableItems(tables.config, 'read'),
      // The account, and the keys of a store that needs some.
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

    const checkScratch = new ServiceFunction(this, { name: 'checkScratch', settings, environment });
    checkScratch.grant(
      ...takeBackups(this, deployment),
      // The result, and the end of the operation.
      tableItems(tables.clusters, 'update'),
      // The record covers everything that is created, until its deletion has removed it.
      tableItems(tables.backups, 'create'),
      startExecutions(deletion),
      findExecutions(deletion),
    );

    this.fail = new ServiceFunction(this, { name: 'checkFail', settings, environment });
    this.fail.grant(
      tableItems(tables.clusters, 'read', 'update'),
      tableItems(tables.backups, 'read', 'update'),
      tableItems(tables.workflows, 'update'),
      // For the location of a store's keys, and the limits of a resumed RESTORE.
      tableItems(tables.config, 'read'),
      // The account, to remove what a scratch backup left in TiDB, and the store's keys.
      ...readSecrets(this, secrets),
      // Whether there is a backup, whose RESTORE may have been interrupted.
      ...listBackupFiles(storage),
      startExecutions(deletion),
      findExecutions(deletion),
    );

    this.cluster = new Workflow(new Construct(this, 'CheckCluster'), 'Workflow', {
      definitionFile: 'check-cluster.asl.json',
      nodes: [checkCluster, checkScratch, this.fail],
      logs: settings.logs,
    }).stateMachine;
    this.config = new Workflow(new Construct(this, 'CheckConfig'), 'Workflow', {
      definitionFile: 'check-config.asl.json',
      nodes: [checkConfig, this.fail],
      logs: settings.logs,
    }).stateMachine;
  }
}
