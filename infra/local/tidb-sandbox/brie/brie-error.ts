import { SqlError } from '../sql/errors.ts';
import type { BrieTaskKind } from './queue.ts';

/** BR's errors: name and text. Source: br/pkg/errors/errors.go. */
const brErrors = {
  'Backup:ErrBackupChecksumMismatch': 'backup checksum mismatch',
  'Backup:ErrBackupGCSafepointExceeded': 'backup GC safepoint exceeded',
  'Common:ErrInvalidArgument': 'invalid argument',
  'Common:ErrUnknown': 'internal error',
  'Common:ErrVersionMismatch': 'version mismatch',
  'ExternalStorage:ErrStorageInvalidConfig': 'invalid external storage config',
  'ExternalStorage:ErrStorageInvalidPermission': 'external storage permission',
  'Restore:ErrRestoreCheckpointMismatch': 'restore checkpoint mismatch',
  'Restore:ErrRestoreChecksumMismatch': 'restore checksum mismatch',
  'Restore:ErrRestoreModeMismatch': 'restore mode mismatch',
  'Restore:ErrTablesAlreadyExisted': 'tables already existed in restored cluster',
} as const;

export type BrErrorName = keyof typeof brErrors;

/** Damaged metadata. A text with arguments is preceded by BR's error name, which SHOW BACKUP METADATA omits. */
export class InvalidMetaFile extends Error {
  override readonly name = 'InvalidMetaFile';

  constructor(detail: string) {
    super(`invalid metafile: ${detail}`);
  }
}

/** A failure inside BR; the statement then fails with 8124 or 8125. */
export class BrError extends Error {
  override readonly name = 'BrError';

  constructor(message: string, brName: BrErrorName, options?: ErrorOptions) {
    super(`${message}: [BR:${brName}]${brErrors[brName]}`, options);
  }
}

/** gRPC's text for a killed statement, which 8124 and 8125 then carry. */
export class ContextCanceled extends Error {
  override readonly name = 'ContextCanceled';

  constructor() {
    super('rpc error: code = Canceled desc = context canceled');
  }
}

/** Wraps a job's failure in 8124 or 8125. An error that is already meant for the client passes through. */
export function jobFailure(kind: BrieTaskKind, cause: unknown): SqlError {
  if (cause instanceof SqlError && cause.errno === 1105) return cause;
  const text = textOf(cause);
  return kind === 'BACKUP'
    ? new SqlError(8124, `Backup failed: ${text}`, { cause })
    : new SqlError(8125, `Restore failed: ${text}`, { cause });
}

function textOf(cause: unknown): string {
  if (cause instanceof InvalidMetaFile) return `[BR:Common:ErrInvalidMetaFile]${cause.message}`;
  return cause instanceof Error ? cause.message : String(cause);
}
