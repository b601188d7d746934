import { Duration } from 'aws-cdk-lib';
import { Schedule } from 'aws-cdk-lib/aws-events';
import { Construct } from 'constructs';
import { COPYING_INDEX } from '../../../functions/adapters/dynamodb/tables.ts';
import { SWEEP_MINUTES } from '../../../functions/environment.ts';
import { compareListings } from '../../iam/second-copy.ts';
import { queryIndexes, tableItems } from '../../iam/table-items.ts';
import type { SecondCopy } from '../../tenant-config.ts';
import type { Deployment } from '../function/deployment.ts';
import { ServiceFunction } from '../function/service-function.ts';
import { invokeByRule } from './invoke-by-rule.ts';

interface CopiesProps {
  readonly deployment: Deployment;
  readonly secondCopy: SecondCopy;
}

/** S3 replicates most files within 15 minutes. */
const EVERY = Duration.minutes(SWEEP_MINUTES.copies);

/** Checks for second copies that have arrived. */
export class Copies extends Construct {
  readonly sweep: ServiceFunction<'copies'>;

  constructor(scope: Construct, id: string, { deployment, secondCopy }: CopiesProps) {
    super(scope, id);
    const { settings, tables, storage, environment, deadLetters } = deployment;
    this.sweep = new ServiceFunction(this, {
      name: 'copies',
      settings,
      environment: { ...environment, COPY_LATE_HOURS: String(secondCopy.lateHours) },
    });
    this.sweep.grant(
      queryIndexes(tables.backups, COPYING_INDEX.name),
      tableItems(tables.backups, 'read', 'update'),
      ...compareListings(storage),
    );
    this.sweep.letContinue();
    invokeByRule(this, 'Rule', {
      rule: {
        description: 'Checks for second copies of backups that have arrived',
        schedule: Schedule.rate(EVERY),
      },
      target: this.sweep,
      maxEventAge: EVERY,
      retryAttempts: 2,
      deadLetters,
    });
  }
}
