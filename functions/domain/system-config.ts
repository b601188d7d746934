/** The keys of `GET /config` and `POST /config/update` (TiEM's names; the last five are ours). */
export const CONFIG_KEYS = [
  'BackupStorageType',
  'BackupStoragePath',
  'BackupS3Endpoint',
  'BackupS3AccessKey',
  'BackupS3SecretAccessKey',
  'BackupRateLimit',
  'BackupConcurrency',
  'RestoreRateLimit',
  'RestoreConcurrency',
] as const;
export type ConfigKey = (typeof CONFIG_KEYS)[number];

/** Kept in Secrets Manager alone; answered as `******`. */
export const SECRET_CONFIG_KEYS = [
  'BackupS3AccessKey',
  'BackupS3SecretAccessKey',
] as const satisfies readonly ConfigKey[];
