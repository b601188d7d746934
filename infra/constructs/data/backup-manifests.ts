import { Duration } from 'aws-cdk-lib';
import { EventSourceMapping, FilterCriteria, FilterRule, StartingPosition } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { writeManifests } from '../../iam/backup-files.ts';
import { sendDeadLetters } from '../../iam/dead-letters.ts';
import { readSecrets } from '../../iam/secrets.ts';
import { readStreams, streamArn } from '../../iam/streams.ts';
import { tableItems } from '../../iam/table-items.ts';
import type { Deployment } from '../function/deployment.ts';
import { ServiceFunction } from '../function/service-function.ts';

interface BackupManifestsProps {
  readonly deployment: Deployment;
}

/** A store that is down for a night loses no manifest. */
const MAX_RECORD_AGE = Duration.hours(6);

/** A batch is written in parallel; each manifest is one small file. */
const BATCH_SIZE = 25;

/**
 * Writes a manifest beside each finished backup, triggered by the stream of the records, so that no writer of a record
 * has to think of it.
 */
export class BackupManifests extends Construct {
  readonly write: ServiceFunction<'backupManifests'>;

  constructor(scope: Construct, id: string, { deployment }: BackupManifestsProps) {
    super(scope, id);
    const { settings, environment, tables, storage, ownSecretArns, deadLetters } = deployment;
    this.write = new ServiceFunction(this, { name: 'backupManifests', settings, environment });
    this.write.grant(
      ...readStreams(tables.backups.table),
      // To read the current record.
      tableItems(tables.backups, 'read', 'update'),
      tableItems(tables.config, 'read'),
      // The keys of a store that needs some.
      ...readSecrets(this, { arns: ownSecretArns, keyArns: [] }),
      ...writeManifests(storage),
      ...sendDeadLetters(deadLetters.changes, deadLetters.key),
    );
    const { table } = tables.backups;
    new EventSourceMapping(this, 'Backups', {
      target: this.write.lambda,
      eventSourceArn: streamArn(table),
      startingPosition: StartingPosition.TRIM_HORIZON,
      batchSize: BATCH_SIZE,
      // A store that does not answer blocks a tenth of the backups, not all of them.
      parallelizationFactor: 10,
      bisectBatchOnError: true,
      maxRecordAge: MAX_RECORD_AGE,
      onFailure: { bind: () => ({ destination: deadLetters.changes.queueArn }) },
      filters: [FilterCriteria.filter({ dynamodb: { NewImage: { status: { S: FilterRule.isEqual('Finished') } } } })],
    });
  }
}
