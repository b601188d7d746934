import type { IncomingHttpHeaders } from 'node:http';
import * as z from 'zod';
import type { AwsService } from './aws-call.ts';
import type { AwsError } from './aws-error.ts';

/** A call that has arrived at a local endpoint and was not yet carried out. */
export interface PendingAwsCall {
  readonly service: AwsService;
  /** The API's own name of it: `UpdateItem`, `ListObjectsV2`, `StartExecution`. */
  readonly action: string;
  /** Logical id of the function, or of the task definition, that made it, known by its access key; `undefined` for every other client. */
  readonly caller: string | undefined;
  /** Its process, which may be dead by now. */
  readonly callerPid: number | undefined;
  /** The same for all attempts of one `send` of an SDK client (`amz-sdk-invocation-id`). */
  readonly invocationId: string | undefined;
  /** Counted by the SDK client, from 1. */
  readonly attempt: number;
  /** The parsed JSON body; of S3 an {@link S3Input}, of Lambda a {@link LambdaInput}. `undefined` if it cannot be read. */
  readonly input: unknown;
  readonly headers: IncomingHttpHeaders;
}

export const s3InputSchema = z.object({
  bucket: z.string(),
  key: z.string(),
  query: z.record(z.string(), z.string()),
  /** Of `DeleteObjects`: what is to be deleted. */
  objects: z.array(z.object({ key: z.string(), versionId: z.string().optional() })),
});
export type S3Input = z.output<typeof s3InputSchema>;

export const lambdaInputSchema = z.object({
  /** A name or an ARN, as the caller gave it. */
  functionName: z.string(),
  payload: z.unknown(),
});
export type LambdaInput = z.output<typeof lambdaInputSchema>;

/** Carry it out; answer an error instead; reset the connection; never answer, so that the client has to give up. */
export type Admission = 'go' | AwsError | 'cut' | 'hang';

/** What becomes of the answer to a call that was carried out (or was refused). */
export type Release = 'send' | 'cut' | 'hang';

/** Asked about every call at every local AWS endpoint; for tests that let calls, and what made them, die. May end the caller's process itself. */
export interface AwsGate {
  before?(call: PendingAwsCall): Admission | Promise<Admission>;
  after?(call: PendingAwsCall, status: number): Release | Promise<Release>;
}
