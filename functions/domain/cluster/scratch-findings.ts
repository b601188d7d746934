import { NodeFailure } from '../workflow/node-failure.ts';
import type { Finding } from './check.ts';

type ScratchCheck = 'scratchBackup' | 'scratchRestore';

const REMEDIES = {
  scratchBackup:
    'Give the roles of all TiDB and TiKV servers, or the configured keys, the rights on the store that BACKUP needs, and let them reach it.',
  scratchRestore:
    'Give the roles of all TiDB and TiKV servers, or the configured keys, the right to read the store, and clear what the message names.',
} as const satisfies Record<ScratchCheck, string>;

/** @param error which what was tried has ended in */
export function scratchFailed(check: ScratchCheck, error: unknown): Finding {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof NodeFailure) {
    // TiDB refuses every RESTORE then, which says nothing against this cluster.
    if (error.name === 'ReplicationRunning') return scratchSkipped(check, `not checked: ${message}`);
    if (error.name === 'BackupCanceled') return scratchSkipped(check, message);
    if (error.name === 'TidbAccessDenied') {
      return { check, status: 'failed', message, remedy: 'Grant the account what the message names.' };
    }
  }
  return { check, status: 'failed', message, remedy: REMEDIES[check] };
}

export function scratchSkipped(check: ScratchCheck, message: string): Finding {
  return { check, status: 'skipped', message };
}

/** @param left why something of it may be left */
export function cleanupFinding(left: string | undefined): Finding {
  const check = 'scratchCleanup';
  if (left === undefined) {
    return { check, status: 'passed', message: 'the database is dropped, and the files are being deleted' };
  }
  const remedy = 'Clear what is in the way; the service tries again by itself, at least once a day.';
  return { check, status: 'warning', message: left, remedy };
}
