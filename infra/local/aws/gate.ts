import type { IncomingHttpHeaders } from 'node:http';
import * as z from 'zod';
import type { AwsService } from './aws-call.ts';
import type { AwsError } from './aws-error.ts';

/** A call that has reached a local endpoint but has not run yet. */
export interface PendingAwsCall {
  readonly service: AwsService;
  /** The API's own name: `UpdateItem`, `ListObjectsV2`, `StartExecution`. */
  readonly action: string;
  /** Logical id of the function or task definition that made the call, recognized by its access key; `undefined` for any other client. */
  readonly caller: string | undefined;
  /** The caller's process, which may be dead by now. */
  readonly callerPid: number | undefined;
  /** Shared by all attempts of one `send` of an SDK client (`amz-sdk-invocation-id`). */
  readonly invocationId: string | undefined;
  /** Counted by the SDK client, from 1. */
  readonly attempt: number;
  /** The parsed JSON body; for S3 an {@link S3Input}, for Lambda a {@link LambdaInput}. `undefined` if it cannot be parsed. */
  readonly input: unknown;
  readonly headers: IncomingHttpHeaders;
}

export const s3InputSchema = z.object({
  bucket: z.string(),
  key: z.string(),
  query: z.record(z.string(), z.string()),
  /** `DeleteObjects`: the objects to delete. */
  objects: z.array(z.object({ key: z.string(), versionId: z.string().optional() })),
});
export type S3Input = z.output<typeof s3InputSchema>;

export const lambdaInputSchema = z.object({
  /** A name or an ARN, as the caller wrote it. */
  functionName: z.string(),
  payload: z.unknown(),
});
export type LambdaInput = z.output<typeof lambdaInputSchema>;

/** Run the call, answer with an error instead, reset the connection, or never answer, so that the client has to give up. */
export type Admission = 'go' | AwsError | 'cut' | 'hang';

/** What happens to the answer of a call that has run or was refused. */
export type Release = 'send' | 'cut' | 'hang';

/** Called for every call to a local AWS endpoint. Tests use it to lose calls or kill callers; it may kill the caller's process itself. */
export interface AwsGate {
  before?(call: PendingAwsCall): Admission | Promise<Admission>;
  after?(call: PendingAwsCall, status: number): Release | Promise<Release>;
}
