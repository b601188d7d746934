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

/** A store that is away for a night loses no manifest. */
const MAX_RECORD_AGE = Duration.hours(6);

/** One batch is written in parallel; each manifest is one small file. */
const BATCH_SIZE = 25;

/** Writes a manifest beside each finished backup, by the stream of the records: whoever changes a record need not think of it. */
export class BackupManifests extends Construct {
  readonly write: ServiceFunction<'backupManifests'>;

  constructor(scope: Construct, id: string, { deployment }: BackupManifestsProps) {
    super(scope, id);
    const { settings, environment, tables, storage, ownSecretArns, deadLetters } = deployment;
    this.write = new ServiceFunction(this, { name: 'backupManifests', settings, environment });
    this.write.grant(
      ...readStreams(tables.backups.table),
      // What the record says by now.
      tableItems(tables.backups, 'read', 'update'),
      tableItems(tables.config, 'read'),
      // The keys of a store that has its own.
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
      // A store that does not answer keeps a tenth of the backups waiting, not all of them.
      parallelizationFactor: 10,
      bisectBatchOnError: true,
      maxRecordAge: MAX_RECORD_AGE,
      onFailure: { bind: () => ({ destination: deadLetters.changes.queueArn }) },
      filters: [FilterCriteria.filter({ dynamodb: { NewImage: { status: { S: FilterRule.isEqual('Finished') } } } })],
    });
  }
}
