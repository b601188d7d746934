import { Duration, Stack } from 'aws-cdk-lib';
import { EventSourceMapping, FilterCriteria, FilterRule, StartingPosition } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { sendDeadLetters } from '../../iam/dead-letters.ts';
import { putEvents } from '../../iam/events.ts';
import { readStreams, streamArn } from '../../iam/streams.ts';
import { tableItems } from '../../iam/table-items.ts';
import type { ServedTable } from '../data/tables.ts';
import type { Deployment } from '../function/deployment.ts';
import { ServiceFunction } from '../function/service-function.ts';

interface StatusEventsProps {
  readonly deployment: Deployment;
}

/**
 * A record that cannot be published is retried this long, alone, while later ones wait: an event bus that is down for a
 * night loses nothing. Then its position in the stream goes to the dead letters, and the record stays for the rest of
 * its day in the stream.
 */
const MAX_RECORD_AGE = Duration.hours(6);

/** The function publishes ten changes per call. */
const BATCH_SIZE = 100;

/** Statuses of an item whose operation has ended. */
const ENDS = {
  backups: ['Finished', 'Failed', 'Canceled', 'Deleting'],
  workflows: ['Finished', 'Error', 'Canceled'],
} as const;

/**
 * Publishes every change of a status, and counts the records, from the streams of the tables, so that no writer can forget
 * to. One function does both, because a shard of a stream serves two readers, and the manifests have the other.
 */
export class StatusEvents extends Construct {
  readonly recordChanged: ServiceFunction<'recordChanged'>;

  constructor(scope: Construct, id: string, { deployment }: StatusEventsProps) {
    super(scope, id);
    const { settings, environment, tables, deadLetters } = deployment;
    this.recordChanged = new ServiceFunction(this, { name: 'recordChanged', settings, environment });
    this.recordChanged.grant(
      // Which clusters sweeps are to look at.
      tableItems(tables.clusters, 'update'),
      ...readStreams(tables.backups.table, tables.workflows.table),
      tableItems(tables.counters, 'read', 'create'),
      putEvents(Stack.of(this)),
      ...sendDeadLetters(deadLetters.changes, deadLetters.key),
    );
    for (const name of ['backups', 'workflows'] as const) this.follow(name, tables[name], deployment);
  }

  private follow(name: keyof typeof ENDS, { table }: ServedTable, { deadLetters }: Deployment): void {
    new EventSourceMapping(this, name.charAt(0).toUpperCase() + name.slice(1), {
      target: this.recordChanged.lambda,
      eventSourceArn: streamArn(table),
      // Also publishes what was written before the mapping existed.
      startingPosition: StartingPosition.TRIM_HORIZON,
      batchSize: BATCH_SIZE,
      bisectBatchOnError: true,
      maxRecordAge: MAX_RECORD_AGE,
      onFailure: { bind: () => ({ destination: deadLetters.changes.queueArn }) },
      filters: newsOf(ENDS[name]),
    });
  }
}

/** An item that is new, removed, started or ended. Progress, written every few seconds, never invokes the function. */
function newsOf(ends: readonly string[]) {
  const modified = (images: object) =>
    FilterCriteria.filter({ eventName: FilterRule.isEqual('MODIFY'), dynamodb: images });
  return [
    FilterCriteria.filter({ eventName: FilterRule.or('INSERT', 'REMOVE') }),
    modified({ OldImage: { status: { S: FilterRule.isEqual('Initializing') } } }),
    modified({ NewImage: { status: { S: FilterRule.or(...ends) } } }),
  ];
}
