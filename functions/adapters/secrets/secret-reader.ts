import {
  GetSecretValueCommand,
  SecretsManagerClient,
  SecretsManagerServiceException,
} from '@aws-sdk/client-secrets-manager';
import * as z from 'zod/mini';
import { clientIdentity, readCertificates } from '../../domain/cluster/certificates.ts';
import type { StorageCredentials } from '../../domain/storage/storage-location.ts';
import type { NodeFailureName } from '../../domain/workflow/failure-table.ts';
import { NodeFailure } from '../../domain/workflow/node-failure.ts';
import { answerWithin } from '../shared/answer-within.ts';
import type { StorageKeys } from '../tidb/storage-url.ts';

/**
 * Reads secrets only at the moment they are needed. No message contains a value or an ARN (an ARN names the account).
 */
export interface SecretReader {
  /** @throws NodeFailure TidbAccessDenied if there is no usable account */
  databaseAccount(secretArn: string): Promise<{ user: string; password: string }>;
  /** PEM of authorities. @throws NodeFailure TidbAccessDenied */
  authorities(secretArn: string): Promise<string>;
  /** PEM. @throws NodeFailure TidbAccessDenied */
  clientIdentity(secretArn: string): Promise<{ certificate: string; key: string }>;
  /** @throws NodeFailure ConfigInvalid if the configured keys cannot be read */
  storageKeys(credentials: StorageCredentials): Promise<StorageKeys>;
}

/** The format of AWS's rotation functions for database accounts. */
const account = z.object({ username: z.string(), password: z.string() });

export function createSecretReader(): SecretReader {
  const client = new SecretsManagerClient({ requestHandler: answerWithin(5_000) });

  async function read(secretArn: string, failure: NodeFailureName, what: string): Promise<string> {
    try {
      const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId: secretArn }));
      if (SecretString !== undefined) return SecretString;
    } catch (error) {
      if (!(error instanceof SecretsManagerServiceException) || error.$fault === 'server') throw error;
      throw new NodeFailure(failure, `the secret of ${what} cannot be read (${error.name})`);
    }
    throw new NodeFailure(failure, `the secret of ${what} must hold text`);
  }

  return {
    async databaseAccount(secretArn) {
      const text = await read(secretArn, 'TidbAccessDenied', "the cluster's account");
      const parsed = account.safeParse(parseJson(text));
      if (!parsed.success) {
        throw new NodeFailure(
          'TidbAccessDenied',
          `the secret of the cluster's account must be JSON: {"username": "…", "password": "…"}`,
        );
      }
      return { user: parsed.data.username, password: parsed.data.password };
    },

    async authorities(secretArn) {
      const text = await read(secretArn, 'TidbAccessDenied', "the cluster's CA (caSecretArn)");
      if (readCertificates(text) !== undefined) return text;
      throw new NodeFailure(
        'TidbAccessDenied',
        'the secret of caSecretArn must be PEM that contains only certificates: "-----BEGIN CERTIFICATE-----", …',
      );
    },

    async clientIdentity(secretArn) {
      const text = await read(secretArn, 'TidbAccessDenied', "the cluster's client certificate (clientSecretArn)");
      const parsed = clientIdentity.safeParse(parseJson(text));
      if (parsed.success) return parsed.data;
      throw new NodeFailure(
        'TidbAccessDenied',
        'the secret of clientSecretArn must be JSON {"certificate": PEM, "key": PEM without a passphrase}, and the key must match the certificate',
      );
    },

    async storageKeys({ accessKeySecretArn, secretAccessKeySecretArn, sessionTokenSecretArn }) {
      const [accessKey, secretAccessKey, sessionToken] = await Promise.all([
        read(accessKeySecretArn, 'ConfigInvalid', 'BackupS3AccessKey'),
        read(secretAccessKeySecretArn, 'ConfigInvalid', 'BackupS3SecretAccessKey'),
        sessionTokenSecretArn && read(sessionTokenSecretArn, 'ConfigInvalid', 'BackupS3SessionToken'),
      ]);
      return { accessKey, secretAccessKey, ...(sessionToken && { sessionToken }) };
    },
  };
}

/** `undefined` if it is not JSON. The parser's own error would repeat part of the text, which is a secret. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
