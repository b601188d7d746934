import { setTimeout as delay } from 'node:timers/promises';
import * as z from 'zod';
import type { Stack } from '../../template/stack.ts';
import type { StreamRecord, TableStreams } from '../dynamodb/table-streams.ts';
import { compilePattern } from '../events/event-pattern.ts';
import type { RoleUse } from '../iam/role-use.ts';
import type { FunctionDirectory } from './function-directory.ts';
import type { LambdaFunction } from './lambda-function.ts';
import type { OnFailure } from './on-failure.ts';
import { retryPause } from './retry-pace.ts';

/** Seconds between attempts at a batch: AWS doubles them and documents no more. */
const FIRST_WAIT = 1;
const LONGEST_WAIT = 60;

/** AWS polls a stream four times a second. */
const POLL_MS = 250;

const UNLIMITED = -1;

/** Lambda guide, "Lambda parameters for Amazon DynamoDB event source mappings"; any other parameter is an error. */
const mappingSchema = z.strictObject({
  EventSourceArn: z.string(),
  FunctionName: z.string(),
  Enabled: z.boolean().default(true),
  // Everything written since the mapping was created, which here is everything.
  StartingPosition: z.enum(['TRIM_HORIZON', 'LATEST']),
  BatchSize: z.int().min(1).default(100),
  MaximumBatchingWindowInSeconds: z.literal(0, 'the local cloud delivers records at once').optional(),
  // One shard, as for a small table: several readers of a shard keep the order per item.
  ParallelizationFactor: z.int().min(1).max(10).default(1),
  MaximumRetryAttempts: z.int().min(UNLIMITED).default(UNLIMITED),
  MaximumRecordAgeInSeconds: z.int().min(UNLIMITED).default(UNLIMITED),
  BisectBatchOnFunctionError: z.boolean().default(false),
  FunctionResponseTypes: z.array(z.literal('ReportBatchItemFailures')).default([]),
  FilterCriteria: z.strictObject({ Filters: z.array(z.strictObject({ Pattern: z.string() })) }).optional(),
  DestinationConfig: z.strictObject({ OnFailure: z.strictObject({ Destination: z.string() }) }).optional(),
  Tags: z.unknown().optional(),
});
type MappingProperties = z.output<typeof mappingSchema>;

const batchFailuresSchema = z.object({
  batchItemFailures: z.array(z.object({ itemIdentifier: z.string() })).nullish(),
});

/** The rights with which a mapping reads, its destination for abandoned batches, and the metric of its lag. */
interface Surroundings {
  readonly roleUse: RoleUse;
  readonly onFailure: OnFailure;
  /** Called for each batch with the age of its last record, in milliseconds. */
  readonly onRead: (functionName: string, age: number) => void;
}

/** The event source mappings; only table streams can be sources. */
export interface EventSourceMappings {
  /** Like `CreateEventSourceMapping`; parameters are named as in a template. */
  create(properties: unknown): void;
  /** Stops delivery. */
  stop(): void;
}

/** Connects the template's mappings. */
export function mappingsOf(
  stack: Stack,
  { streams, functions, ...surroundings }: { streams: TableStreams; functions: FunctionDirectory } & Surroundings,
): EventSourceMappings {
  const mappings: EventSourceMapping[] = [];
  const create = (properties: unknown): void => {
    const parsed = mappingSchema.parse(properties);
    const mapping = new EventSourceMapping(parsed, functions.get(parsed.FunctionName), surroundings);
    if (parsed.Enabled) streams.get(parsed.EventSourceArn).subscribe((record) => mapping.accept(record));
    mappings.push(mapping);
  };
  for (const { properties } of stack.resourcesOf('AWS::Lambda::EventSourceMapping')) create(properties);
  return {
    create,
    stop() {
      for (const mapping of mappings) mapping.stop();
    },
  };
}

/** Records that go to the function together, and what has been tried with them. */
interface Batch {
  readonly records: readonly StreamRecord[];
  readonly attempts: number;
}

/**
 * Passes a stream's records to a function in order, batch by batch. A failed batch is retried, whole or in halves, until it succeeds or
 * runs out of attempts or age; then the on-failure destination learns its position in the stream.
 */
class EventSourceMapping {
  readonly #properties: MappingProperties;
  readonly #target: LambdaFunction;
  readonly #surroundings: Surroundings;
  readonly #matches: (record: StreamRecord) => boolean;
  readonly #stopped = new AbortController();
  readonly #waiting: StreamRecord[] = [];
  #isReading = false;
  /** Seconds that AWS would have waited longer than this machine. */
  #waitedSeconds = 0;

  constructor(properties: MappingProperties, target: LambdaFunction, surroundings: Surroundings) {
    this.#properties = properties;
    this.#target = target;
    this.#surroundings = surroundings;
    const filters = properties.FilterCriteria?.Filters.map(({ Pattern }) => compilePattern(JSON.parse(Pattern)));
    this.#matches = (record) => filters?.some((matches) => matches(record)) ?? true;
  }

  accept(record: StreamRecord): void {
    if (this.#stopped.signal.aborted || !this.#matches(record)) return;
    this.#waiting.push(record);
    if (!this.#isReading) void this.#read();
  }

  /** Stops delivery. */
  stop(): void {
    this.#stopped.abort();
  }

  async #read(): Promise<void> {
    this.#isReading = true;
    // Records written meanwhile form one batch.
    await delay(POLL_MS, undefined, { ref: false });
    const { roleUse } = this.#surroundings;
    if (!(await roleUse.mayRead(this.#target.logicalId, this.#properties.EventSourceArn))) this.stop();
    while (this.#waiting.length > 0 && !this.#stopped.signal.aborted) {
      this.#waitedSeconds = 0;
      await this.#process({ records: this.#waiting.splice(0, this.#properties.BatchSize), attempts: 0 });
    }
    this.#isReading = false;
  }

  async #process(first: Batch): Promise<void> {
    // The batch, then what is left of it, in stream order.
    const todo: Batch[] = [first];
    for (let batch = todo.shift(); batch !== undefined; batch = todo.shift()) {
      this.#surroundings.onRead(this.#target.name, ageOf(batch.records.at(-1)) * 1000);
      const result = await this.#target.invoke(JSON.stringify({ Records: batch.records }));
      if (this.#stopped.signal.aborted) return;
      const remaining = result.ok ? this.#unprocessed(batch.records, result.payload) : batch.records;
      if (remaining.length === 0) continue;
      const isRefused = 'refused' in result;
      const attempts = isRefused ? batch.attempts : remaining.length < batch.records.length ? 1 : batch.attempts + 1;
      if (!result.ok && !isRefused && this.#properties.BisectBatchOnFunctionError && remaining.length > 1) {
        const half = Math.ceil(remaining.length / 2);
        // A split uses up no attempt.
        todo.unshift(
          { records: remaining.slice(0, half), attempts: batch.attempts },
          { records: remaining.slice(half), attempts: batch.attempts },
        );
        continue;
      }
      const condition = this.#exhausted(remaining, attempts);
      if (condition !== undefined) {
        await this.#discard(remaining, { condition, attempts, requestId: result.requestId, failed: !result.ok });
        continue;
      }
      todo.unshift({ records: remaining, attempts });
      const wait = Math.min(FIRST_WAIT * 2 ** (attempts - 1), LONGEST_WAIT);
      this.#waitedSeconds += wait;
      if (!(await retryPause(wait, this.#stopped.signal))) return;
    }
  }

  /** From the first record that the function reports as failed; all of them if it reports one from outside the batch. */
  #unprocessed(records: readonly StreamRecord[], payload: string): readonly StreamRecord[] {
    if (this.#properties.FunctionResponseTypes.length === 0) return [];
    const answer = batchFailuresSchema.nullable().safeParse(JSON.parse(payload));
    if (!answer.success) return records;
    const failed = (answer.data?.batchItemFailures ?? []).map(({ itemIdentifier }) =>
      records.findIndex(({ dynamodb }) => dynamodb.SequenceNumber === itemIdentifier),
    );
    return failed.length === 0 ? [] : records.slice(Math.max(0, Math.min(...failed)));
  }

  #exhausted([first]: readonly StreamRecord[], attempts: number): string | undefined {
    const { MaximumRetryAttempts, MaximumRecordAgeInSeconds } = this.#properties;
    if (MaximumRetryAttempts !== UNLIMITED && attempts > MaximumRetryAttempts) return 'RetryAttemptsExhausted';
    const age = ageOf(first) + this.#waitedSeconds;
    return MaximumRecordAgeInSeconds !== UNLIMITED && age > MaximumRecordAgeInSeconds ? 'RecordAgeExceeded' : undefined;
  }

  /** The message names the records without holding them: Lambda guide, "Retain discarded records for a DynamoDB event source". */
  async #discard(
    records: readonly StreamRecord[],
    context: { condition: string; attempts: number; requestId: string; failed: boolean },
  ): Promise<void> {
    const [first, last] = [records[0]?.dynamodb, records.at(-1)?.dynamodb];
    if (first === undefined || last === undefined) return;
    const time = (seconds: number): string => new Date(seconds * 1000).toISOString();
    const record = {
      version: '1.0',
      timestamp: new Date().toISOString(),
      requestContext: {
        requestId: context.requestId,
        functionArn: this.#target.arn,
        condition: context.condition,
        approximateInvokeCount: context.attempts,
      },
      responseContext: {
        statusCode: 200,
        executedVersion: '$LATEST',
        functionError: context.failed ? 'Unhandled' : null,
      },
      DDBStreamBatchInfo: {
        shardId: 'shardId-00000000000000000000-00000000',
        startSequenceNumber: first.SequenceNumber,
        endSequenceNumber: last.SequenceNumber,
        approximateArrivalOfFirstRecord: time(first.ApproximateCreationDateTime),
        approximateArrivalOfLastRecord: time(last.ApproximateCreationDateTime),
        batchSize: records.length,
        streamArn: this.#properties.EventSourceArn,
      },
    };
    await this.#surroundings.onFailure.send(
      this.#target,
      this.#properties.DestinationConfig?.OnFailure.Destination,
      record,
    );
  }
}

/** Seconds. */
function ageOf(record: StreamRecord | undefined): number {
  return record === undefined ? 0 : Date.now() / 1000 - record.dynamodb.ApproximateCreationDateTime;
}
