import { attemptLocation } from '../../domain/backup/backup-record.ts';
import type { BackupFiles } from '../../domain/storage/backup-files.ts';
import type { OperationInput } from '../../domain/workflow/workflow.ts';
import { log } from '../../log.ts';
import { type BackupDeps, type BackupResult, backup } from './backup.ts';

export interface BackupAloneDeps extends BackupDeps {
  files: BackupDeps['files'] & Pick<BackupFiles, 'removeAll'>;
}

/**
 * Node `backup`: leaves only the files of the successful attempt.
 * @throws NodeFailure
 */
export async function backupAlone(input: OperationInput, deps: BackupAloneDeps): Promise<BackupResult> {
  const result = await backup(input, deps);
  await removeEarlierAttempts(input.backupId, result.attempt, deps);
  return result;
}

/**
 * Removes the files of attempts before the successful one, so that nothing is paid for twice. After it, not before,
 * because TiKV nodes may still write for a moment after their BACKUP was killed. Files that cannot be removed, or are
 * locked, do not harm the backup: they are removed with its record.
 */
async function removeEarlierAttempts(
  backupId: string,
  attempt: number,
  { backups, files, clock, ...runner }: BackupAloneDeps,
): Promise<void> {
  if (attempt === 1) return;
  const isLimited = Number.isFinite(runner.deadline);
  const outOfTime = isLimited ? AbortSignal.timeout(Math.max(0, runner.deadline - clock.now())) : undefined;
  const interruption = runner.interruption ?? outOfTime;
  try {
    const record = await backups.get(backupId);
    for (let earlier = 1; record !== undefined && earlier < attempt; earlier += 1) {
      await files.removeAll(attemptLocation(record, earlier), interruption);
    }
  } catch (error) {
    log.warn({ message: 'files of earlier attempts remain beside those of the backup', backupId, attempt, error });
  }
}
