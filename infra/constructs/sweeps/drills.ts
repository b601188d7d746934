import { Duration } from 'aws-cdk-lib';
import { Schedule } from 'aws-cdk-lib/aws-events';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { DUE_INDEXES, FINISHED_INDEX } from '../../../functions/adapters/dynamodb/tables.ts';
import { SWEEP_MINUTES } from '../../../functions/environment.ts';
import { findExecutions, startExecutions } from '../../iam/executions.ts';
import { manyItems, queryIndexes, tableItems } from '../../iam/table-items.ts';
import type { Deployment } from '../function/deployment.ts';
import { ServiceFunction } from '../function/service-function.ts';
import { stateMachineVariables } from '../workflows/state-machines.ts';
import { invokeByRule } from './invoke-by-rule.ts';

interface DrillsProps {
  readonly deployment: Deployment;
  readonly drill: StateMachine;
}

/** Drills are due on days. */
const EVERY = Duration.minutes(SWEEP_MINUTES.drills);

/** Starts the drills that are due by their strategies. */
export class Drills extends Construct {
  readonly sweep: ServiceFunction<'drills'>;

  constructor(scope: Construct, id: string, { deployment, drill }: DrillsProps) {
    super(scope, id);
    const { settings, tables, environment, deadLetters } = deployment;
    this.sweep = new ServiceFunction(this, {
      name: 'drills',
      settings,
      environment: { ...environment, ...stateMachineVariables({ RestoreDrill: drill }) },
    });
    this.sweep.grant(
      queryIndexes(tables.clusters, DUE_INDEXES.drill.name),
      manyItems(tables.clusters),
      tableItems(tables.clusters, 'update'),
      queryIndexes(tables.backups, FINISHED_INDEX.name),
      manyItems(tables.backups),
      // `remove` undoes a start that failed half-way.
      tableItems(tables.workflows, 'read', 'create', 'remove'),
      manyItems(tables.workflows),
      startExecutions(drill),
      findExecutions(drill),
    );
    this.sweep.letContinue();
    invokeByRule(this, 'Rule', {
      rule: { description: 'Starts the drills that strategies have due', schedule: Schedule.rate(EVERY) },
      target: this.sweep,
      maxEventAge: EVERY,
      retryAttempts: 2,
      deadLetters,
    });
  }
}
