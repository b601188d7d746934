import type { SecretReader } from '../../functions/adapters/secrets/secret-reader.ts';

/** Secrets in memory; reading any other one fails. */
export function fakeSecrets(known: Partial<SecretReader>): SecretReader {
  const unexpected = () => Promise.reject(new Error('this secret is not to be read'));
  return {
    databaseAccount: unexpected,
    authorities: unexpected,
    clientIdentity: unexpected,
    storageKeys: unexpected,
    ...known,
  };
}
