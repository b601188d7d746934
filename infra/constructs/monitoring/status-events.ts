import { Duration, Stack } from 'aws-cdk-lib';
import { EventSourceMapping, FilterCriteria, FilterRule, StartingPosition } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { sendDeadLetters } from '../../iam/dead-letters.ts';
import { putEvents } from '../../iam/events.ts';
import { readStreams, streamArn } from '../../iam/streams.ts';
import type { ServedTable } from '../data/tables.ts';
import type { Deployment } from '../function/deployment.ts';
import { ServiceFunction } from '../function/service-function.ts';

interface StatusEventsProps {
  readonly deployment: Deployment;
}

/**
 * For so long a record that cannot be told of is tried again, alone, while those behind it wait: an event bus that is away for a night
 * loses nothing. Then its place in the stream is among the dead letters, and the record for the rest of its day in the stream.
 */
const MAX_RECORD_AGE = Duration.hours(6);

/** The function tells ten changes a call. */
const BATCH_SIZE = 100;

/** Statuses of an item at which its operation has ended. */
const ENDS = {
  backups: ['Finished', 'Failed', 'Canceled', 'Deleting'],
  workflows: ['Finished', 'Error', 'Canceled'],
} as const;

/** Tells of every change of a status, by the streams of the tables in which they are written: no writer can forget to. */
export class StatusEvents extends Construct {
  readonly recordChanged: ServiceFunction<'recordChanged'>;

  constructor(scope: Construct, id: string, { deployment }: StatusEventsProps) {
    super(scope, id);
    const { settings, environment, tables, deadLetters } = deployment;
    this.recordChanged = new ServiceFunction(this, { name: 'recordChanged', settings, environment });
    this.recordChanged.grant(
      ...readStreams(tables.backups.table, tables.workflows.table),
      putEvents(Stack.of(this)),
      ...sendDeadLetters(deadLetters.changes, deadLetters.key),
    );
    for (const name of ['backups', 'workflows'] as const) this.follow(name, tables[name], deployment);
  }

  private follow(name: keyof typeof ENDS, { table }: ServedTable, { deadLetters }: Deployment): void {
    new EventSourceMapping(this, name.charAt(0).toUpperCase() + name.slice(1), {
      target: this.recordChanged.lambda,
      eventSourceArn: streamArn(table),
      // What was written before the mapping was there is told too.
      startingPosition: StartingPosition.TRIM_HORIZON,
      batchSize: BATCH_SIZE,
      bisectBatchOnError: true,
      maxRecordAge: MAX_RECORD_AGE,
      onFailure: { bind: () => ({ destination: deadLetters.changes.queueArn }) },
      filters: newsOf(ENDS[name]),
    });
  }
}

/** An item that is new, gone, begun or ended. The progress that is written every few seconds never wakes the function. */
function newsOf(ends: readonly string[]) {
  const modified = (images: object) =>
    FilterCriteria.filter({ eventName: FilterRule.isEqual('MODIFY'), dynamodb: images });
  return [
    FilterCriteria.filter({ eventName: FilterRule.or('INSERT', 'REMOVE') }),
    modified({ OldImage: { status: { S: FilterRule.isEqual('Initializing') } } }),
    modified({ NewImage: { status: { S: FilterRule.or(...ends) } } }),
  ];
}
