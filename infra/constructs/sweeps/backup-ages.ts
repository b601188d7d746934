import { Duration } from 'aws-cdk-lib';
import { Schedule } from 'aws-cdk-lib/aws-events';
import { Construct } from 'constructs';
import {
  DUE_INDEXES,
  FINISHED_INDEX,
  listIndexName,
  VERIFIED_INDEX,
} from '../../../functions/adapters/dynamodb/tables.ts';
import { SWEEP_MINUTES } from '../../../functions/environment.ts';
import { manyItems, queryIndexes, tableItems } from '../../iam/table-items.ts';
import type { Deployment } from '../function/deployment.ts';
import { ServiceFunction } from '../function/service-function.ts';
import { invokeByRule } from './invoke-by-rule.ts';

interface BackupAgesProps {
  readonly deployment: Deployment;
}

/** Limits are in hours. */
const EVERY = Duration.minutes(SWEEP_MINUTES.backupAges);

/** Finds the clusters whose newest backup is too old. */
export class BackupAges extends Construct {
  readonly sweep: ServiceFunction<'backupAges'>;

  constructor(scope: Construct, id: string, { deployment }: BackupAgesProps) {
    super(scope, id);
    const { settings, tables, environment, deadLetters } = deployment;
    this.sweep = new ServiceFunction(this, { name: 'backupAges', settings, environment });
    this.sweep.grant(
      // All clusters are listed after an upgrade, and for metrics by cluster.
      queryIndexes(tables.clusters, DUE_INDEXES.overdue.name, listIndexName([])),
      manyItems(tables.clusters),
      tableItems(tables.clusters, 'read', 'update'),
      manyItems(tables.backups),
      queryIndexes(tables.backups, FINISHED_INDEX.name, VERIFIED_INDEX.name),
    );
    this.sweep.letContinue();
    invokeByRule(this, 'Rule', {
      rule: {
        description: 'Finds the clusters whose newest backup is too old',
        schedule: Schedule.rate(EVERY),
      },
      target: this.sweep,
      maxEventAge: EVERY,
      retryAttempts: 2,
      deadLetters,
    });
  }
}
