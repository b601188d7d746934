import type { Attempt } from '../domain/attempt.ts';
import { type Clock, timestamp } from '../domain/clock.ts';
import type { SecretVault } from '../domain/secret-vault.ts';
import type { ConfigStore } from '../domain/stores.ts';
import { type ConfigKey, checkConfigValue, isSecretKey, type SecretConfigKey } from '../domain/system-config.ts';

export interface UpdateConfigDeps {
  config: ConfigStore;
  secrets: Pick<SecretVault, 'create' | 'replace'>;
  /** Names of the secrets that the service makes begin with this and a slash. */
  secretsPrefix: string;
  attempt: Attempt;
  clock: Pick<Clock, 'now'>;
}

/**
 * Sets one key of the system configuration; where the key may be empty, an empty value removes it.
 * @throws ServiceError 20601
 */
export async function updateConfig(key: ConfigKey, value: string, deps: UpdateConfigDeps): Promise<void> {
  const checked = checkConfigValue(key, value);
  const at = timestamp(deps.clock);
  if (!isSecretKey(key)) return await deps.config.write(key, checked === '' ? undefined : checked, at);
  // The secret itself stays: records of earlier backups need it to reach their files.
  if (checked === '') return await deps.config.write(key, undefined, at);
  await keepSecret(key, checked, at, deps);
}

async function keepSecret(key: SecretConfigKey, value: string, at: string, deps: UpdateConfigDeps): Promise<void> {
  const current = (await deps.config.read())[key];
  // A changed key of the same store opens the earlier backups too, so it goes where their records look for it.
  if (current !== undefined) return await deps.secrets.replace(current.secretArn, value);
  const secretArn = await deps.secrets.create(`${deps.secretsPrefix}/config/${key}`, deps.attempt.newId(), value);
  await deps.config.write(key, { secretArn }, at);
}
