import { Duration, Stack } from 'aws-cdk-lib';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { Construct } from 'constructs';
import { listBackupFiles, removeBackupFiles } from '../iam/backup-files.ts';
import { putEvents } from '../iam/events.ts';
import { readSecrets } from '../iam/secrets.ts';
import { manyItems, tableItems } from '../iam/table-items.ts';
import type { Deployment } from './deployment.ts';
import { ServiceFunction } from './service-function.ts';

interface OrphanedFilesProps {
  readonly deployment: Deployment;
  /** Whether they are removed, or only told of. */
  readonly remove: boolean;
}

/** The daily look for backup files that no record tells of. */
export class OrphanedFiles extends Construct {
  constructor(scope: Construct, id: string, { deployment, remove }: OrphanedFilesProps) {
    super(scope, id);
    const { settings, tables, storage, ownSecretArns, environment } = deployment;

    const sweep = new ServiceFunction(this, {
      name: 'orphanedFiles',
      settings,
      environment: { ...environment, ...(remove && { REMOVE_ORPHANED_FILES: 'true' }) },
    });
    sweep.grant(
      manyItems(tables.backups),
      tableItems(tables.config, 'read'),
      // The keys of a store that has its own.
      readSecrets(ownSecretArns),
      ...listBackupFiles(storage),
      ...(remove ? removeBackupFiles(storage) : []),
      putEvents(Stack.of(this)),
    );
    new Rule(this, 'Rule', {
      description: 'Tells of backup files that no record tells of',
      schedule: Schedule.rate(Duration.days(1)),
      targets: [new LambdaFunction(sweep.lambda)],
    });
  }
}
