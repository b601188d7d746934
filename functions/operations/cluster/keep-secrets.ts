import { type Cluster, managedSecrets } from '../../domain/cluster/cluster.ts';
import { ServiceError } from '../../domain/shared/errors.ts';
import type { Attempt } from '../../domain/shared/request-attempt.ts';
import type { SecretVault } from '../../domain/shared/secret-vault.ts';

export interface KeepSecretsDeps {
  secrets: SecretVault;
  /** Names of the secrets that the service makes begin with this and a slash. */
  secretsPrefix: string;
  attempt: Attempt;
}

/** What of a cluster may be kept in secrets. */
export type SecretSettings = Partial<Pick<Cluster, 'account' | 'certificates'>>;

/** Keeps a value for a cluster in a new secret. */
export async function makeSecret(
  clusterId: string,
  value: string,
  { secrets, secretsPrefix, attempt }: KeepSecretsDeps,
): Promise<string> {
  // A removed secret keeps its name for some days, and a cluster may be registered again before that.
  return await secrets.create(`${secretsPrefix}/clusters/${clusterId}`, attempt.newId(), value);
}

/**
 * Whoever could name the secrets that the service makes would have those of other clusters sent to endpoints of his choice.
 * @throws ServiceError 10001
 */
export function refuseOwnSecret(
  field: string,
  secretArn: string | undefined,
  { secretsPrefix }: Pick<KeepSecretsDeps, 'secretsPrefix'>,
): void {
  if (secretArn?.includes(`:secret:${secretsPrefix}/`)) {
    throw new ServiceError('TIEM_PARAMETER_INVALID', `${field}: must not be a secret that the service made`);
  }
}

/** Removes the secrets that the service made for the one and that the other does not use. */
export async function dropSecrets(
  unused: SecretSettings,
  secrets: Pick<SecretVault, 'remove'>,
  inUse: SecretSettings = {},
): Promise<void> {
  const used = new Set(managedSecrets(inUse));
  for (const secretArn of managedSecrets(unused)) if (!used.has(secretArn)) await secrets.remove(secretArn);
}
