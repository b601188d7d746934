import type { ConfigStore } from '../../domain/config/config-store.ts';
import { storedConfig } from '../../domain/config/system-config.ts';
import { getItem, type Table } from './dynamodb.ts';
import { CONFIG_ID } from './tables.ts';
import { updateItem } from './update-item.ts';

/** The system configuration, a single item. */
export function createConfigStore(table: Table): ConfigStore {
  const read = async () => (await getItem(table, { configId: CONFIG_ID }, storedConfig)) ?? {};
  return {
    read,
    readLatest: read,

    // Needs no condition: each request replaces one attribute, and the last one wins.
    async write(key, value, at) {
      const remove = value === undefined ? [key] : [];
      await updateItem(table, { configId: CONFIG_ID }, { set: { updateTime: at, [key]: value }, remove });
    },
  };
}
