import { SqlError } from '../sql/errors.ts';
import { type BackupMeta, decodeBackupMeta, META_FILE } from './backup-meta.ts';
import type { ExternalStorage } from './external-storage.ts';

/** Reads a path's `backupmeta` as ReadBackupMeta in br/pkg/task/common.go does. */
export async function readBackupMeta(storage: ExternalStorage): Promise<BackupMeta> {
  const bytes = await storage.read(META_FILE).catch((error: unknown) => {
    throw annotated('load backupmeta failed', error);
  });
  try {
    return decodeBackupMeta(bytes);
  } catch (error) {
    if (error instanceof SqlError) throw error;
    // BR takes every broken backupmeta for an encrypted one.
    throw annotated('parse backupmeta failed because of wrong aes cipher', error);
  }
}

function annotated(what: string, cause: unknown): Error {
  return new Error(`${what}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
}
