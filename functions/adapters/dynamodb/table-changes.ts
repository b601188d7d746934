import { unmarshall } from '@aws-sdk/util-dynamodb';
import * as z from 'zod/mini';
import { backupRecord } from '../../domain/backup/backup-record.ts';
import type { RecordChanges } from '../../domain/events/record-change.ts';
import { workflow } from '../../domain/workflow/workflow.ts';
import { TABLES } from './tables.ts';

/** An item in DynamoDB's own JSON, `{"status": {"S": "Finished"}}`. */
const image = z.pipe(
  z.record(z.string(), z.any()),
  z.transform((item) => unmarshall(item)),
);

/**
 * The used fields of a batch: Lambda developer guide, "Using Lambda to process records from Amazon DynamoDB streams".
 */
const streamEvent = z.object({
  Records: z.array(
    z.object({
      eventID: z.string(),
      dynamodb: z.object({
        SequenceNumber: z.string(),
        /** Epoch seconds. */
        ApproximateCreationDateTime: z.number(),
        Keys: z.record(z.string(), z.unknown()),
        NewImage: z.optional(image),
        OldImage: z.optional(image),
      }),
    }),
  ),
});

/**
 * Parses a batch from the tables' streams.
 * @throws zod's error if it is none
 */
export function recordChangesOf(event: unknown): RecordChanges {
  const changes: RecordChanges = { backups: [], workflows: [] };
  for (const { eventID: changeId, dynamodb } of streamEvent.parse(event).Records) {
    const { SequenceNumber: sequence, ApproximateCreationDateTime: seconds, Keys, OldImage, NewImage } = dynamodb;
    const time = new Date(seconds * 1_000).toISOString();
    const between = <Item>(schema: z.ZodMiniType<Item>) => ({
      changeId,
      sequence,
      time,
      before: OldImage && schema.parse(OldImage),
      after: NewImage && schema.parse(NewImage),
    });
    if (TABLES.backups.partitionKey in Keys) changes.backups.push(between(backupRecord));
    else if (TABLES.workflows.partitionKey in Keys) changes.workflows.push(between(workflow));
    else throw new Error(`no streamed table has the key ${Object.keys(Keys).join()}`);
  }
  return changes;
}
