import { type Cluster, managedSecrets } from '../../domain/cluster/cluster.ts';
import { ServiceError } from '../../domain/shared/errors.ts';
import type { Attempt } from '../../domain/shared/request-attempt.ts';
import type { SecretVault } from '../../domain/shared/secret-vault.ts';

export interface KeepSecretsDeps {
  secrets: SecretVault;
  /** Prefix of the names of the secrets that the service creates, without the slash. */
  secretsPrefix: string;
  attempt: Attempt;
}

/** The parts of a cluster that may be kept in secrets. */
export type SecretSettings = Partial<Pick<Cluster, 'account' | 'certificates'>>;

/** Stores a value of a cluster in a new secret. */
export async function makeSecret(
  clusterId: string,
  value: string,
  { secrets, secretsPrefix, attempt }: KeepSecretsDeps,
): Promise<string> {
  // A removed secret keeps its name for some days, and the cluster may be registered again before that.
  return await secrets.create(`${secretsPrefix}/clusters/${clusterId}`, attempt.newId(), value);
}

/**
 * Anyone who could name the service's own secrets could have those of other clusters sent to endpoints of his choice.
 * @throws ServiceError 10001
 */
export function refuseOwnSecret(
  field: string,
  secretArn: string | undefined,
  { secretsPrefix }: Pick<KeepSecretsDeps, 'secretsPrefix'>,
): void {
  if (secretArn?.includes(`:secret:${secretsPrefix}/`)) {
    throw new ServiceError('TIEM_PARAMETER_INVALID', `${field}: must not be a secret that the service created`);
  }
}

/** Removes the service's own secrets that the former settings use and the new ones do not. */
export async function dropSecrets(
  unused: SecretSettings,
  secrets: Pick<SecretVault, 'remove'>,
  inUse: SecretSettings = {},
): Promise<void> {
  const used = new Set(managedSecrets(inUse));
  for (const secretArn of managedSecrets(unused)) if (!used.has(secretArn)) await secrets.remove(secretArn);
}
