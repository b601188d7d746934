import { notSupported } from '../sql/errors.ts';
import { assertNever } from '../storage/cell.ts';
import type { ClusterStorage } from '../storage/storage.ts';
import { type Tso, tsoFromMillis } from '../storage/tso.ts';
import { BrError } from './brie-error.ts';
import type { Snapshot } from './job-options.ts';

/** The TSO a backup reads at (GetTS in br/pkg/backup/client.go). Throws BrError if GC has passed it. */
export function chooseSnapshot(snapshot: Snapshot, storage: ClusterStorage, now: number): Tso {
  const current = storage.currentTso();
  const tso = tsoOf(snapshot, current, now);
  if (tso > current) throw notSupported('a SNAPSHOT in the future');
  checkGcSafePoint(storage, tso);
  return tso;
}

/** The base of an incremental backup must be in the past and after the GC safe point. */
export function checkBase(lastBackup: Tso, backupTs: Tso, storage: ClusterStorage): void {
  if (backupTs <= lastBackup) {
    throw new BrError('LastBackupTS is larger or equal to current TS', 'Common:ErrInvalidArgument');
  }
  checkGcSafePoint(storage, lastBackup);
}

export function checkGcSafePoint(storage: ClusterStorage, tso: Tso): void {
  const safePoint = storage.gcSafePoint();
  if (tso <= safePoint) {
    throw new BrError(`GC safepoint ${safePoint} exceed TS ${tso}`, 'Backup:ErrBackupGCSafepointExceeded');
  }
}

function tsoOf(snapshot: Snapshot, current: Tso, now: number): Tso {
  switch (snapshot.kind) {
    case 'now':
      return current;
    case 'tso':
      return snapshot.tso;
    case 'ago':
      return tsoFromMillis(now - snapshot.millis);
    default:
      return assertNever(snapshot);
  }
}
