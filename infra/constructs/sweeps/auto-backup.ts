import { Duration, Stack } from 'aws-cdk-lib';
import { Schedule } from 'aws-cdk-lib/aws-events';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { ACTIVE_INDEX, DUE_INDEX, FINISHED_INDEX } from '../../../functions/adapters/dynamodb/tables.ts';
import { SWEEP_MINUTES } from '../../../functions/environment.ts';
import { putEvents } from '../../iam/events.ts';
import { findExecutions, startExecutions } from '../../iam/executions.ts';
import { queryIndexes, tableItems } from '../../iam/table-items.ts';
import type { Deployment } from '../function/deployment.ts';
import { ServiceFunction } from '../function/service-function.ts';
import { stateMachineVariables } from '../workflows/state-machines.ts';
import { invokeByRule } from './invoke-by-rule.ts';

interface AutoBackupProps {
  readonly deployment: Deployment;
  readonly backup: StateMachine;
}

/** A sweep every five minutes. A late one would judge windows by a time in the past, so the next one runs instead. */
const EVERY = Duration.minutes(SWEEP_MINUTES.autoBackup);
const MAX_EVENT_AGE = Duration.minutes(1);

/** The rule that starts `auto-backup`, and the function. */
export class AutoBackup extends Construct {
  readonly sweep: ServiceFunction<'autoBackup'>;

  constructor(scope: Construct, id: string, { deployment, backup }: AutoBackupProps) {
    super(scope, id);
    const { settings, tables, environment, deadLetters } = deployment;

    this.sweep = new ServiceFunction(this, {
      name: 'autoBackup',
      settings,
      environment: { ...environment, ...stateMachineVariables({ BackupCluster: backup }) },
    });
    this.sweep.grant(
      queryIndexes(tables.clusters, DUE_INDEX.name, ACTIVE_INDEX.name),
      tableItems(tables.clusters, 'read', 'update'),
      // `remove` undoes a start that failed half-way; `update` holds the base of an incremental backup.
      tableItems(tables.backups, 'read', 'create', 'update', 'remove'),
      tableItems(tables.workflows, 'read', 'create', 'remove'),
      queryIndexes(tables.backups, FINISHED_INDEX.name),
      tableItems(tables.config, 'read'),
      startExecutions(backup),
      findExecutions(backup),
      putEvents(Stack.of(this)),
    );
    this.sweep.letContinue();
    invokeByRule(this, 'Rule', {
      rule: {
        description: 'Starts the automatic backups whose windows are open',
        schedule: Schedule.rate(EVERY),
      },
      target: this.sweep,
      maxEventAge: MAX_EVENT_AGE,
      retryAttempts: 0,
      deadLetters,
    });
  }
}
