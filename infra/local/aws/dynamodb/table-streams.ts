import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import * as z from 'zod';
import type { Stack, StackResource } from '../../template/stack.ts';

/** An item as DynamoDB's API writes it: `{"status": {"S": "Finished"}}`. */
export type Image = Readonly<Record<string, unknown>>;

/** A stream record of one changed item, as Lambda passes it to a function. */
export interface StreamRecord {
  readonly eventID: string;
  readonly eventName: 'INSERT' | 'MODIFY' | 'REMOVE';
  readonly eventVersion: '1.1';
  readonly eventSource: 'aws:dynamodb';
  readonly awsRegion: string;
  readonly dynamodb: {
    /** Epoch seconds. */
    readonly ApproximateCreationDateTime: number;
    readonly Keys: Image;
    readonly NewImage?: Image;
    readonly OldImage?: Image;
    /** Decimal; later records of a shard have greater ones. */
    readonly SequenceNumber: string;
    readonly SizeBytes: number;
    readonly StreamViewType: ViewType;
  };
  readonly eventSourceARN: string;
}

const viewType = z.enum(['KEYS_ONLY', 'NEW_IMAGE', 'OLD_IMAGE', 'NEW_AND_OLD_IMAGES']);
type ViewType = z.output<typeof viewType>;

const tableSchema = z.object({ StreamSpecification: z.object({ StreamViewType: viewType }).optional() });

/** One write: the item before (unset if it did not exist) and after (unset if it was deleted). */
export interface ItemChange {
  readonly keys: Image;
  readonly before: Image | undefined;
  readonly after: Image | undefined;
}

/** The stream of one table: a single shard that passes its records on as they arrive; readers keep them. */
export class TableStream {
  readonly arn: string;
  readonly #region: string;
  readonly #viewType: ViewType;
  readonly #readers: ((record: StreamRecord) => void)[] = [];
  #lastSequenceNumber = 0;

  constructor(arn: string, region: string, viewType: ViewType) {
    this.arn = arn;
    this.#region = region;
    this.#viewType = viewType;
  }

  subscribe(read: (record: StreamRecord) => void): void {
    this.#readers.push(read);
  }

  /** A write that changes nothing produces no record: DynamoDB guide, "Change data capture for DynamoDB Streams". */
  append({ keys, before, after }: ItemChange): void {
    if (isDeepStrictEqual(before, after)) return;
    const viewed = {
      ...(after !== undefined && this.#viewType.startsWith('NEW') && { NewImage: after }),
      ...(before !== undefined && this.#viewType.includes('OLD') && { OldImage: before }),
    };
    this.#lastSequenceNumber += 1;
    const record: StreamRecord = {
      eventID: randomUUID().replaceAll('-', ''),
      eventName: before === undefined ? 'INSERT' : after === undefined ? 'REMOVE' : 'MODIFY',
      eventVersion: '1.1',
      eventSource: 'aws:dynamodb',
      awsRegion: this.#region,
      dynamodb: {
        ApproximateCreationDateTime: Math.floor(Date.now() / 1000),
        Keys: keys,
        ...viewed,
        SequenceNumber: String(this.#lastSequenceNumber).padStart(21, '0'),
        SizeBytes: Buffer.byteLength(JSON.stringify({ keys, ...viewed })),
        StreamViewType: this.#viewType,
      },
      eventSourceARN: this.arn,
    };
    for (const read of this.#readers) read(record);
  }
}

/** The streams of the template's tables. */
export class TableStreams {
  readonly #byTable = new Map<string, TableStream>();
  readonly #region: string;

  constructor(stack: Stack) {
    this.#region = stack.environment.region;
    for (const table of stack.resourcesOf('AWS::DynamoDB::Table')) {
      const { StreamSpecification } = tableSchema.parse(table.properties);
      if (StreamSpecification === undefined) continue;
      const stream = new TableStream(streamArn(table), stack.environment.region, StreamSpecification.StreamViewType);
      this.#byTable.set(table.ref, stream);
    }
  }

  /** The table has been deleted: readers get no more records. */
  end(tableName: string): void {
    this.#byTable.delete(tableName);
  }

  /** Replaces an ended stream by one without readers. @returns its ARN */
  begin(tableName: string, tableArn: string): string {
    const label = new Date().toISOString().replace('Z', '');
    const stream = new TableStream(`${tableArn}/stream/${label}`, this.#region, 'NEW_AND_OLD_IMAGES');
    this.#byTable.set(tableName, stream);
    return stream.arn;
  }

  ofTable(tableName: string): TableStream | undefined {
    return this.#byTable.get(tableName);
  }

  /** Throws if the template's table has no stream. */
  get(arn: string): TableStream {
    const found = [...this.#byTable.values()].find((stream) => stream.arn === arn);
    if (found === undefined) throw new Error(`no table of the template has the stream ${arn}`);
    return found;
  }
}

function streamArn({ logicalId, attributes }: StackResource): string {
  const { StreamArn } = attributes;
  if (StreamArn === undefined) throw new Error(`table ${logicalId} has no stream ARN`);
  return StreamArn;
}
