import type { StoredConfig } from './system-config.ts';

export interface ConfigStore {
  /** May be some seconds old. */
  read(): Promise<StoredConfig>;
  readLatest(): Promise<StoredConfig>;
  /** Changes one entry; undefined removes it. */
  write<Key extends keyof StoredConfig>(key: Key, value: StoredConfig[Key] | undefined, at: string): Promise<void>;
}
