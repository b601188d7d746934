import { Duration } from 'aws-cdk-lib';
import { Schedule } from 'aws-cdk-lib/aws-events';
import { Construct } from 'constructs';
import { ACTIVE_INDEX, listIndexName, UNSETTLED_INDEX } from '../../../functions/adapters/dynamodb/tables.ts';
import { type FAIL_FUNCTIONS, SWEEP_MINUTES } from '../../../functions/environment.ts';
import { findExecutions, invokeFunctions, startExecutions, stopExecutions } from '../../iam/executions.ts';
import { removeSecrets } from '../../iam/secrets.ts';
import { queryIndexes, tableItems } from '../../iam/table-items.ts';
import type { Deployment } from '../function/deployment.ts';
import { ServiceFunction } from '../function/service-function.ts';
import { type StateMachines, stateMachineVariables } from '../workflows/state-machines.ts';
import { invokeByRule } from './invoke-by-rule.ts';

interface RepairProps {
  readonly deployment: Deployment;
  readonly stateMachines: StateMachines;
  /** The `fail` nodes, by the variables with their ARNs. */
  readonly failNodes: Readonly<Record<(typeof FAIL_FUNCTIONS)[keyof typeof FAIL_FUNCTIONS], ServiceFunction>>;
}

/** Within two periods nothing is stuck (invariant 2). */
const EVERY = Duration.minutes(SWEEP_MINUTES.reconcile);

/** The next sweep covers what comes later. */
const MAX_EVENT_AGE = EVERY;

/**
 * Cleans up after crashes: `execution-ended`, as soon as Step Functions reports one, and `reconcile`, which searches by
 * itself. Neither has access to TiDB or to files: the `fail` nodes do the work.
 */
export class Repair extends Construct {
  readonly functions: readonly ServiceFunction[];

  constructor(scope: Construct, id: string, props: RepairProps) {
    super(scope, id);
    const { deployment, failNodes } = props;
    const { settings, tables, ownSecretArns, deadLetters } = deployment;
    const { BackupCluster: backup, DeleteBackup: deletion } = props.stateMachines;
    const stateMachines = Object.values(props.stateMachines);
    const endWithFailNodes = invokeFunctions(Object.values(failNodes).map(({ lambda }) => lambda));
    const environment = {
      ...deployment.environment,
      BACKUP_FAIL_FUNCTION_ARN: failNodes.BACKUP_FAIL_FUNCTION_ARN.lambda.functionArn,
      RESTORE_FAIL_FUNCTION_ARN: failNodes.RESTORE_FAIL_FUNCTION_ARN.lambda.functionArn,
      NEW_CLUSTER_FAIL_FUNCTION_ARN: failNodes.NEW_CLUSTER_FAIL_FUNCTION_ARN.lambda.functionArn,
      CHECK_FAIL_FUNCTION_ARN: failNodes.CHECK_FAIL_FUNCTION_ARN.lambda.functionArn,
      ...stateMachineVariables(props.stateMachines),
    };

    const reconcile = new ServiceFunction(this, { name: 'reconcile', settings, environment });
    reconcile.grant(
      queryIndexes(tables.clusters, ACTIVE_INDEX.name),
      queryIndexes(tables.workflows, listIndexName(['status'])),
      queryIndexes(tables.backups, UNSETTLED_INDEX.name),
      // `remove` finishes a removal, and rolls back the start of a backup or of a restore into a new cluster.
      ...[tables.clusters, tables.backups, tables.workflows].map((table) =>
        tableItems(table, 'read', 'update', 'remove'),
      ),
      // The backups to delete with a cluster.
      queryIndexes(tables.backups, listIndexName(['clusterId']), listIndexName(['clusterId', 'backupMode'])),
      removeSecrets(ownSecretArns),
      findExecutions(...stateMachines),
      startExecutions(deletion),
      // A backup that had to wait past its window.
      stopExecutions(backup),
      endWithFailNodes,
    );
    reconcile.letContinue();
    invokeByRule(this, 'Reconcile', {
      rule: { description: 'Ends what nobody works on any more', schedule: Schedule.rate(EVERY) },
      target: reconcile,
      maxEventAge: MAX_EVENT_AGE,
      retryAttempts: 0,
      deadLetters,
    });

    const ended = new ServiceFunction(this, { name: 'executionEnded', settings, environment });
    ended.grant(
      tableItems(tables.clusters, 'read', 'update'),
      // `remove` finishes a deletion that has succeeded.
      tableItems(tables.backups, 'read', 'update', 'remove'),
      tableItems(tables.workflows, 'read', 'update'),
      endWithFailNodes,
    );
    invokeByRule(this, 'ExecutionEnded', {
      rule: {
        description: 'Ends what a workflow left behind that could not end it itself',
        eventPattern: {
          source: ['aws.states'],
          detailType: ['Step Functions Execution Status Change'],
          detail: {
            status: ['FAILED', 'TIMED_OUT', 'ABORTED'],
            stateMachineArn: stateMachines.map(({ stateMachineArn }) => stateMachineArn),
          },
        },
      },
      target: ended,
      maxEventAge: MAX_EVENT_AGE,
      retryAttempts: 2,
      deadLetters,
    });
    this.functions = [reconcile, ended];
  }
}
