import { NodeFailure } from '../workflow/node-failure.ts';
import type { Finding } from './check.ts';

type ScratchCheck = 'scratchBackup' | 'scratchRestore';

const REMEDIES = {
  scratchBackup:
    'Give the roles of all TiDB and TiKV servers, or the configured keys, the rights on the store that BACKUP needs, and network access to it.',
  scratchRestore:
    'Give the roles of all TiDB and TiKV servers, or the configured keys, the right to read the store, and fix what the message names.',
} as const satisfies Record<ScratchCheck, string>;

/** @param error why the attempt failed */
export function scratchFailed(check: ScratchCheck, error: unknown): Finding {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof NodeFailure) {
    // TiDB rejects every RESTORE then, which says nothing about this cluster.
    if (error.name === 'ReplicationRunning') return scratchSkipped(check, `not checked: ${message}`);
    if (error.name === 'BackupCanceled') return scratchSkipped(check, message);
    if (error.name === 'TidbAccessDenied') {
      return { check, status: 'failed', message, remedy: 'Grant the account the privilege that the message names.' };
    }
  }
  return { check, status: 'failed', message, remedy: REMEDIES[check] };
}

export function scratchSkipped(check: ScratchCheck, message: string): Finding {
  return { check, status: 'skipped', message };
}

/** @param left why some of it may remain */
export function cleanupFinding(left: string | undefined): Finding {
  const check = 'scratchCleanup';
  if (left === undefined) {
    return { check, status: 'passed', message: 'the database was dropped, and the files are being deleted' };
  }
  const remedy = 'Remove the obstacle; the service retries by itself, at least once a day.';
  return { check, status: 'warning', message: left, remedy };
}
