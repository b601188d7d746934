import { Duration } from 'aws-cdk-lib';
import { Schedule } from 'aws-cdk-lib/aws-events';
import { Construct } from 'constructs';
import { FINISHED_INDEX, listIndexName, VERIFIED_INDEX } from '../../../functions/adapters/dynamodb/tables.ts';
import { manyItems, queryIndexes } from '../../iam/table-items.ts';
import type { Deployment } from '../function/deployment.ts';
import { ServiceFunction } from '../function/service-function.ts';
import { invokeByRule } from './invoke-by-rule.ts';

interface BackupAgesProps {
  readonly deployment: Deployment;
}

/** Limits are in hours. */
const EVERY = Duration.minutes(15);

/** Measures the age of the newest backup of each cluster. */
export class BackupAges extends Construct {
  readonly sweep: ServiceFunction<'backupAges'>;

  constructor(scope: Construct, id: string, { deployment }: BackupAgesProps) {
    super(scope, id);
    const { settings, tables, environment, deadLetters } = deployment;
    this.sweep = new ServiceFunction(this, { name: 'backupAges', settings, environment });
    this.sweep.grant(
      queryIndexes(tables.clusters, listIndexName([])),
      manyItems(tables.clusters),
      queryIndexes(tables.backups, FINISHED_INDEX.name, VERIFIED_INDEX.name),
    );
    invokeByRule(this, 'Rule', {
      rule: {
        description: 'Measures the age of the newest backup of each cluster',
        schedule: Schedule.rate(EVERY),
      },
      target: this.sweep,
      maxEventAge: EVERY,
      retryAttempts: 2,
      deadLetters,
    });
  }
}
