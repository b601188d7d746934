import type { Attempt } from '../domain/attempt.ts';
import type { DatabaseAccount } from '../domain/cluster.ts';
import type { GivenAccount } from '../domain/cluster-registration.ts';
import { ServiceError } from '../domain/errors.ts';
import type { SecretVault } from '../domain/secret-vault.ts';

export interface KeepAccountDeps {
  secrets: SecretVault;
  /** Names of the secrets that the service makes begin with this and a slash. */
  secretsPrefix: string;
  attempt: Attempt;
}

/**
 * Brings the account of a cluster to where the nodes find it: a given password into Secrets Manager alone.
 * @param current the account that the cluster has; its secret is used again if it is ours.
 * @throws ServiceError 10001 the ARN is that of a secret of another cluster of the service
 */
export async function keepAccount(
  clusterId: string,
  given: GivenAccount,
  current: DatabaseAccount | undefined,
  { secrets, secretsPrefix, attempt }: KeepAccountDeps,
): Promise<DatabaseAccount> {
  if (given.secretArn !== undefined) {
    // Whoever could name them would have their passwords sent to endpoints of his choice.
    if (given.secretArn.includes(`:secret:${secretsPrefix}/`)) {
      throw new ServiceError('TIEM_PARAMETER_INVALID', 'account.secretArn: must not be a secret that the service made');
    }
    return { secretArn: given.secretArn, managed: false };
  }
  const { user, password } = given;
  // The form of AWS's own rotation functions.
  const value = JSON.stringify({ username: user, password });
  if (current?.managed) {
    await secrets.replace(current.secretArn, value);
    return { ...current, user };
  }
  // A removed secret keeps its name for some days, and a cluster may be registered again before that.
  const secretArn = await secrets.create(`${secretsPrefix}/clusters/${clusterId}`, attempt.newId(), value);
  return { secretArn, managed: true, user };
}

/** Removes the secret of an account that is no longer used, if it is ours. */
export async function dropAccount(account: DatabaseAccount, secrets: Pick<SecretVault, 'remove'>): Promise<void> {
  if (account.managed) await secrets.remove(account.secretArn);
}
