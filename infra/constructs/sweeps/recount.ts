import { Duration } from 'aws-cdk-lib';
import { Schedule } from 'aws-cdk-lib/aws-events';
import { Construct } from 'constructs';
import { PLACE_INDEXES } from '../../../functions/adapters/dynamodb/tables.ts';
import { SWEEP_MINUTES } from '../../../functions/environment.ts';
import { scanItems, scanKeys, tableItems } from '../../iam/table-items.ts';
import type { Deployment } from '../function/deployment.ts';
import { ServiceFunction } from '../function/service-function.ts';
import { invokeByRule } from './invoke-by-rule.ts';

interface RecountProps {
  readonly deployment: Deployment;
}

const MAX_EVENT_AGE = Duration.hours(1);

/** Checks the counters behind the totals of lists against the records, once a day. */
export class Recount extends Construct {
  readonly sweep: ServiceFunction<'recount'>;

  constructor(scope: Construct, id: string, { deployment }: RecountProps) {
    super(scope, id);
    const { settings, tables, environment, deadLetters } = deployment;
    this.sweep = new ServiceFunction(this, { name: 'recount', settings, environment });
    this.sweep.grant(
      scanKeys(tables.backups, PLACE_INDEXES.backups),
      scanKeys(tables.workflows, PLACE_INDEXES.workflows, PLACE_INDEXES.endedWorkflows),
      scanItems(tables.counters),
      tableItems(tables.counters, 'read', 'create', 'remove'),
    );
    invokeByRule(this, 'Rule', {
      rule: {
        description: 'Checks the counters behind the totals of lists',
        schedule: Schedule.rate(Duration.minutes(SWEEP_MINUTES.recount)),
      },
      target: this.sweep,
      maxEventAge: MAX_EVENT_AGE,
      retryAttempts: 2,
      deadLetters,
    });
  }
}
