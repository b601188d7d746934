import { expect, it } from 'vitest';
import type { StoredConfig } from '../../../../functions/domain/config/system-config.ts';
import { createApi, untouchablePorts } from '../../../support/api.ts';

function apiOver(stored: StoredConfig) {
  const ports = untouchablePorts();
  return createApi({ ...ports, config: { ...ports.config, read: async () => stored } });
}

it('lists every key, and the value of those that are set', async () => {
  const { data } = await apiOver({ BackupRateLimit: '100', BackupS3AccessKey: { secretArn: 'arn:secret' } })(
    'GET /config/all',
  );
  const config = data.config as { configKey: string; configValue?: string }[];

  const entryOf = (key: string) => config.find(({ configKey }) => configKey === key);
  expect(entryOf('BackupRateLimit')).toEqual({ configKey: 'BackupRateLimit', configValue: '100' });
  expect(entryOf('BackupS3AccessKey')).toEqual({ configKey: 'BackupS3AccessKey', configValue: '******' });
  expect(entryOf('BackupS3SecretAccessKey')).toEqual({ configKey: 'BackupS3SecretAccessKey' });
  expect(data).not.toHaveProperty('check');
});
