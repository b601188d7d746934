import { Duration } from 'aws-cdk-lib';
import { Schedule } from 'aws-cdk-lib/aws-events';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import {
  DUE_INDEXES,
  EXPIRING_INDEX,
  FINISHED_INDEX,
  RETAINED_INDEX,
} from '../../../functions/adapters/dynamodb/tables.ts';
import { SWEEP_MINUTES } from '../../../functions/environment.ts';
import { findExecutions, startExecutions } from '../../iam/executions.ts';
import { manyItems, queryIndexes, tableItems } from '../../iam/table-items.ts';
import type { Deployment } from '../function/deployment.ts';
import { ServiceFunction } from '../function/service-function.ts';
import { stateMachineVariables } from '../workflows/state-machines.ts';
import { invokeByRule } from './invoke-by-rule.ts';

interface RetentionProps {
  readonly deployment: Deployment;
  readonly deletion: StateMachine;
}

/** Retention is in days. */
const EVERY = Duration.minutes(SWEEP_MINUTES.retention);

/** Finds the backups that retention no longer keeps, and starts their deletion. It has no access to files. */
export class Retention extends Construct {
  readonly sweep: ServiceFunction<'retention'>;

  constructor(scope: Construct, id: string, { deployment, deletion }: RetentionProps) {
    super(scope, id);
    const { settings, tables, environment, deadLetters } = deployment;
    this.sweep = new ServiceFunction(this, {
      name: 'retention',
      settings,
      environment: { ...environment, ...stateMachineVariables({ DeleteBackup: deletion }) },
    });
    this.sweep.grant(
      queryIndexes(tables.clusters, DUE_INDEXES.retention.name),
      tableItems(tables.clusters, 'read', 'update'),
      queryIndexes(tables.backups, EXPIRING_INDEX.name, RETAINED_INDEX.name, FINISHED_INDEX.name),
      manyItems(tables.backups),
      tableItems(tables.backups, 'read', 'update'),
      // To see whether a restore that holds one has ended.
      tableItems(tables.workflows, 'read'),
      startExecutions(deletion),
      findExecutions(deletion),
    );
    this.sweep.letContinue();
    invokeByRule(this, 'Rule', {
      rule: {
        description: 'Removes the backups that retention does not keep any more',
        schedule: Schedule.rate(EVERY),
      },
      target: this.sweep,
      maxEventAge: EVERY,
      retryAttempts: 2,
      deadLetters,
    });
  }
}
