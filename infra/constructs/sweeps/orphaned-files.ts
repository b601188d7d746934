import { Duration, Stack } from 'aws-cdk-lib';
import { Schedule } from 'aws-cdk-lib/aws-events';
import { Construct } from 'constructs';
import { SWEEP_MINUTES } from '../../../functions/environment.ts';
import { listBackupFiles, removeBackupFiles } from '../../iam/backup-files.ts';
import { putEvents } from '../../iam/events.ts';
import { readSecrets } from '../../iam/secrets.ts';
import { manyItems, scanItems, tableItems } from '../../iam/table-items.ts';
import type { Deployment } from '../function/deployment.ts';
import { ServiceFunction } from '../function/service-function.ts';
import { invokeByRule } from './invoke-by-rule.ts';

interface OrphanedFilesProps {
  readonly deployment: Deployment;
  /** Whether to remove them, or only report them. */
  readonly remove: boolean;
}

/** A failed sweep that is retried later than this may overlap the next one. */
const MAX_EVENT_AGE = Duration.hours(1);

/** The daily search for files that finished backups lack, and for backup files without a record. */
export class OrphanedFiles extends Construct {
  readonly sweep: ServiceFunction<'orphanedFiles'>;

  constructor(scope: Construct, id: string, { deployment, remove }: OrphanedFilesProps) {
    super(scope, id);
    const { settings, tables, storage, ownSecretArns, environment, deadLetters } = deployment;

    this.sweep = new ServiceFunction(this, {
      name: 'orphanedFiles',
      settings,
      environment: { ...environment, ...(remove && { REMOVE_ORPHANED_FILES: 'true' }) },
    });
    this.sweep.grant(
      manyItems(tables.backups),
      // Which backups are finished, and whether one still is.
      scanItems(tables.backups),
      tableItems(tables.backups, 'read'),
      // Which manifests are to be written.
      tableItems(tables.backups, 'update'),
      tableItems(tables.config, 'read'),
      // The keys of a store that needs some.
      ...readSecrets(this, { arns: ownSecretArns, keyArns: [] }),
      ...listBackupFiles(storage),
      ...(remove ? removeBackupFiles(storage) : []),
      putEvents(Stack.of(this)),
    );
    this.sweep.letContinue();
    invokeByRule(this, 'Rule', {
      rule: {
        description: 'Reports backup files without a record',
        schedule: Schedule.rate(Duration.minutes(SWEEP_MINUTES.orphanedFiles)),
      },
      target: this.sweep,
      maxEventAge: MAX_EVENT_AGE,
      retryAttempts: 2,
      deadLetters,
    });
  }
}
