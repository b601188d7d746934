import { isDeepStrictEqual } from 'node:util';
import type { ConfigStore } from '../../domain/config/config-store.ts';
import {
  type ConfigKey,
  checkConfigValue,
  type DeploymentStorage,
  isSecretKey,
  type StoredConfig,
} from '../../domain/config/system-config.ts';
import { type Clock, timestamp } from '../../domain/shared/clock.ts';
import type { Attempt } from '../../domain/shared/request-attempt.ts';
import type { SecretVault } from '../../domain/shared/secret-vault.ts';
import type { FormerPlaceStore } from '../../domain/storage/former-place-store.ts';
import { currentPlace, secretArnsOf } from '../../domain/storage/storage-places.ts';

export interface UpdateConfigDeps extends DeploymentStorage {
  config: Pick<ConfigStore, 'readLatest' | 'write'>;
  formerPlaces: Pick<FormerPlaceStore, 'add'>;
  secrets: Pick<SecretVault, 'create' | 'remove'>;
  /** Prefix of the names of the secrets that the service creates, without the slash. */
  secretsPrefix: string;
  attempt: Attempt;
  clock: Pick<Clock, 'now'>;
}

/**
 * Sets one key of the system configuration; an empty value removes the key, if it may be empty. A changed store key
 * becomes a new secret, because it may belong to the same store or to one that the next request names, and earlier
 * backups may need the old one.
 * @throws ServiceError 20601
 */
export async function updateConfig(key: ConfigKey, value: string, deps: UpdateConfigDeps): Promise<void> {
  const checked = checkConfigValue(key, value);
  const at = timestamp(deps.clock);
  const stored = await deps.config.readLatest();
  if (!isSecretKey(key)) {
    const entry = checked === '' ? undefined : checked;
    await leavePlace(stored, { ...stored, [key]: entry }, at, deps);
    return await deps.config.write(key, entry, at);
  }
  const entry = checked === '' ? undefined : { secretArn: await keepSecret(key, checked, deps) };
  await leavePlace(stored, { ...stored, [key]: entry }, at, deps);
  await deps.config.write(key, entry, at);
}

async function keepSecret(key: ConfigKey, value: string, deps: UpdateConfigDeps): Promise<string> {
  return await deps.secrets.create(`${deps.secretsPrefix}/config/${key}`, deps.attempt.newId(), value);
}

/** Keeps the former storage place, so that its backups stay accessible. */
async function leavePlace(from: StoredConfig, to: StoredConfig, at: string, deps: UpdateConfigDeps): Promise<void> {
  const [left, entered] = [currentPlace(from, deps), currentPlace(to, deps)];
  if (left === undefined || isDeepStrictEqual(left, entered)) return;
  const { before, after } = await deps.formerPlaces.add(left, at);
  const kept = secretArnsOf(entered === undefined ? after : [entered, ...after]);
  for (const arn of secretArnsOf(before)) if (!kept.has(arn)) await deps.secrets.remove(arn);
}
