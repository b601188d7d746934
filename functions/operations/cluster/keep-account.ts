import type { DatabaseAccount } from '../../domain/cluster/cluster.ts';
import type { GivenAccount } from '../../domain/cluster/cluster-registration.ts';
import { type KeepSecretsDeps, makeSecret, refuseOwnSecret } from './keep-secrets.ts';

/**
 * Puts a cluster's account where the nodes find it: a given password only into Secrets Manager.
 * @param current the present account of the cluster; its secret is reused if it is ours
 * @throws ServiceError 10001 the ARN is that of a secret of another cluster of the service
 */
export async function keepAccount(
  clusterId: string,
  given: GivenAccount,
  current: DatabaseAccount | undefined,
  deps: KeepSecretsDeps,
): Promise<DatabaseAccount> {
  if (given.secretArn !== undefined) {
    refuseOwnSecret('account.secretArn', given.secretArn, deps);
    return { secretArn: given.secretArn, managed: false };
  }
  const { user, password } = given;
  // The format of AWS's rotation functions.
  const value = JSON.stringify({ username: user, password });
  if (current?.managed) {
    await deps.secrets.replace(current.secretArn, value);
    return { ...current, user };
  }
  return { secretArn: await makeSecret(clusterId, value, deps), managed: true, user };
}
