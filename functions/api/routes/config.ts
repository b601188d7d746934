import * as z from 'zod/mini';
import { ServiceError } from '../../domain/errors.ts';
import type { ConfigStore } from '../../domain/stores.ts';
import {
  configKey,
  configValue,
  type DeploymentStorage,
  isSecretKey,
  SECRET_MASK,
} from '../../domain/system-config.ts';
import { type UpdateConfigDeps, updateConfig } from '../../operations/update-config.ts';
import { route } from '../route.ts';
import { emptyData } from '../wire-format.ts';

interface GetConfigDeps extends DeploymentStorage {
  config: Pick<ConfigStore, 'read'>;
}

export const getConfig = route({
  operation: 'config/query',
  summary: 'One key of the system configuration',
  scope: 'backup:read',
  errors: ['TIEM_BACKUP_SYSTEM_CONFIG_NOT_FOUND', 'TIEM_BACKUP_SYSTEM_CONFIG_INVAILD'],
  example: {
    query: { configKey: 'BackupStoragePath' },
    data: { configKey: 'BackupStoragePath', configValue: 'example-backups/tidb' },
  },
  query: z.object({ configKey }),
  data: z.object({ configKey, configValue: z.string() }),
  async handle({ query }, deps: GetConfigDeps) {
    const stored = await deps.config.read();
    if (!isSecretKey(query.configKey)) {
      return { data: { ...query, configValue: configValue(stored, query.configKey, deps) } };
    }
    if (stored[query.configKey] === undefined) {
      throw new ServiceError('TIEM_BACKUP_SYSTEM_CONFIG_NOT_FOUND', `${query.configKey} has not been set`);
    }
    return { data: { ...query, configValue: SECRET_MASK } };
  },
});

export const postConfigUpdate = route({
  operation: 'config/modify',
  summary: 'Change one key of the system configuration',
  scope: 'backup:admin',
  errors: ['TIEM_BACKUP_SYSTEM_CONFIG_INVAILD'],
  example: { body: { configKey: 'BackupRateLimit', configValue: '100' }, data: {} },
  body: z.object({ configKey, configValue: z.string() }),
  data: emptyData,
  async handle({ body }, deps: UpdateConfigDeps) {
    await updateConfig(body.configKey, body.configValue, deps);
    return { data: {} };
  },
});
