/** The AWS services that have an endpoint here, under the names of their `AWS_ENDPOINT_URL_*` variables. */
export type AwsService = 'dynamodb' | 's3' | 'sfn' | 'secrets_manager' | 'lambda' | 'eventbridge' | 'kms';

/** One finished call at a local endpoint. */
export interface AwsCall {
  readonly service: AwsService;
  /** The API's own name of it: `UpdateItem`, `ListObjectsV2`, `StartExecution`. */
  readonly action: string;
  /** Logical id of the function, or of the task definition, that made it, known by its access key; `undefined` for every other client. */
  readonly caller: string | undefined;
  readonly status: number;
  readonly requestBytes: number;
  readonly responseBytes: number;
  /** DynamoDB alone: capacity units, as dynalite counts them: without the index entries of a write. */
  readonly consumedCapacity?: number;
}

export type OnAwsCall = (call: AwsCall) => void;
