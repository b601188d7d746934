import { type Clock, timestamp } from '../../domain/clock.ts';
import { type CaughtError, type NodeFailureName, recordError } from '../../domain/node-failure.ts';
import type { BackupStore } from '../../domain/stores.ts';
import type { Evidence } from '../../domain/verification.ts';
import type { NewClusterInput } from '../../domain/workflow.ts';

/** These say something of the backup; all others, of what it was to be tried with. */
const REFUTED: readonly string[] = ['BackupNotRestorable', 'DrillFailed'] satisfies NodeFailureName[];

/**
 * Keeps why a drill failed: as evidence against the backup, if it is; else beside what is known of it. What the drill's node
 * `verifyRestore` has found says more, and stays.
 */
export async function noteFailedDrill(
  { workFlowId, backupId }: NewClusterInput,
  error: CaughtError,
  { backups, clock }: { backups: Pick<BackupStore, 'noteDrill' | 'noteDrillFailure'>; clock: Pick<Clock, 'now'> },
): Promise<void> {
  const at = timestamp(clock);
  const failure = { workFlowId, time: at, reason: recordError(error).message };
  if (!REFUTED.includes(error.Error)) {
    await backups.noteDrillFailure(backupId, { failure, at });
    return;
  }
  const evidence: Evidence = {
    ...failure,
    ...{ result: 'failed', tables: 0, rows: '0', mismatches: [], assertions: [] },
  };
  await backups.noteDrill(backupId, { evidence, verdict: 'refuted', unlessNoted: true, at });
}
