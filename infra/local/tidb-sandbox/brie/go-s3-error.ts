import { STATUS_CODES } from 'node:http';
import { S3ServiceException } from '@aws-sdk/client-s3';

/** The text of TiDB's Go SDK for a failed call (aws/awserr and service/s3/unmarshal_error.go of aws-sdk-go). */
export class GoS3Error extends Error {
  override readonly name = 'GoS3Error';
}

/** `SHOW BACKUP METADATA` shows the innermost cause, which is this text; so this error has no cause. */
export function goS3Error(error: unknown, { isHead = false } = {}): unknown {
  if (!(error instanceof Error) || error instanceof GoS3Error || error.name === 'AbortError') return error;
  if (error instanceof S3ServiceException && error.$metadata.httpStatusCode !== undefined) {
    return new GoS3Error(refusal(error, error.$metadata.httpStatusCode, isHead));
  }
  if (error.name === 'CredentialsProviderError') return new GoS3Error(NO_CREDENTIALS);
  return new GoS3Error(`RequestError: send request failed\ncaused by: ${networkFailure(error)}`);
}

const NO_CREDENTIALS =
  'NoCredentialProviders: no valid providers in chain\ncaused by: EnvAccessKeyNotFound: failed to find credentials in the environment.\nSharedCredsLoad: failed to load profile, .\nEC2RoleRequestError: no EC2 instance role found';

/** The answer to HEAD has no body that could name the error; its status has to do. */
function refusal({ name, message, $metadata }: S3ServiceException, status: number, isHead: boolean): string {
  const statusText = STATUS_CODES[status] ?? '';
  const [code, text] = isHead ? [statusText.replaceAll(' ', ''), statusText] : [name, message];
  const { requestId = '', extendedRequestId = '' } = $metadata;
  return `${code}: ${text}\n\tstatus code: ${status}, request id: ${requestId}, host id: ${extendedRequestId}`;
}

function networkFailure(error: Error & { code?: unknown; address?: unknown; port?: unknown }): string {
  const { code, address, port } = error;
  if (code === 'ECONNREFUSED') return `dial tcp ${address}:${port}: connect: connection refused`;
  return error.message;
}
