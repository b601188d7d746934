/** The AWS services that have an endpoint here, under the names of their `AWS_ENDPOINT_URL_*` variables. */
export type AwsService = 'dynamodb' | 's3' | 'sfn' | 'secrets_manager' | 'lambda' | 'eventbridge' | 'kms';

/** One finished call at a local endpoint. */
export interface AwsCall {
  readonly service: AwsService;
  /** The API's own name: `UpdateItem`, `ListObjectsV2`, `StartExecution`. */
  readonly action: string;
  /** Logical id of the function or task definition that made the call, recognized by its access key; `undefined` for any other client. */
  readonly caller: string | undefined;
  readonly status: number;
  readonly requestBytes: number;
  readonly responseBytes: number;
  /** DynamoDB only: capacity units as dynalite counts them, without a write's index entries. */
  readonly consumedCapacity?: number;
}

export type OnAwsCall = (call: AwsCall) => void;
