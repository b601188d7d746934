import { SqlError } from '../sql/errors.ts';
import {
  type BackupIndex,
  type BackupMeta,
  checkPart,
  decodeBackupIndex,
  decodeDdls,
  decodeFiles,
  decodeSchemas,
  META_FILE,
  type StoredSchema,
} from './backup-meta.ts';
import type { ExternalStorage } from './external-storage.ts';

type Files = Pick<ExternalStorage, 'read'>;

/** Reads a path's `backupmeta` as ReadBackupMeta in br/pkg/task/common.go does. */
export async function readBackupIndex(storage: Files): Promise<BackupIndex> {
  const bytes = await storage.read(META_FILE).catch((error: unknown) => {
    throw annotated('load backupmeta failed', error);
  });
  try {
    return decodeBackupIndex(bytes);
  } catch (error) {
    if (error instanceof SqlError) throw error;
    // BR takes any broken backupmeta for an encrypted one.
    throw annotated('parse backupmeta failed because of wrong aes cipher', error);
  }
}

/** The rest of the metadata. */
export async function readBackupMeta(index: BackupIndex, storage: Files): Promise<BackupMeta> {
  return {
    ...index,
    schemas: await readSchemas(index, storage),
    files: await readParts(index.parts.datafile, storage, decodeFiles),
    ddlJobs: await readParts(index.parts.ddl, storage, decodeDdls),
  };
}

export function readSchemas({ parts }: BackupIndex, storage: Files): Promise<StoredSchema[]> {
  return readParts(parts.schema, storage, decodeSchemas);
}

async function readParts<Item>(
  parts: BackupIndex['parts']['schema'],
  storage: Files,
  decode: (content: Uint8Array) => Item[],
): Promise<Item[]> {
  const items: Item[] = [];
  for (const part of parts) {
    const content = await storage.read(part.name);
    checkPart(part, content);
    items.push(...decode(content));
  }
  return items;
}

function annotated(what: string, cause: unknown): Error {
  return new Error(`${what}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
}
