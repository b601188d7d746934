import { type Clock, timestamp } from '../../domain/clock.ts';
import { type CaughtError, type NodeFailureName, recordError } from '../../domain/node-failure.ts';
import type { BackupStore } from '../../domain/stores.ts';
import type { Evidence } from '../../domain/verification.ts';
import type { NewClusterInput } from '../../domain/workflow.ts';

/** These say something of the backup; all others, of what it was to be tried with. */
const REFUTED: readonly string[] = ['RestoreFailed', 'BackupNotRestorable', 'DrillFailed'] satisfies NodeFailureName[];

/** Keeps why a drill came to no end. What its node `verifyRestore` has found says more, and stays. */
export async function noteFailedDrill(
  { workFlowId, backupId }: NewClusterInput,
  error: CaughtError,
  { backups, clock }: { backups: Pick<BackupStore, 'noteDrill'>; clock: Pick<Clock, 'now'> },
): Promise<void> {
  const at = timestamp(clock);
  const evidence: Evidence = {
    ...{ workFlowId, time: at, result: 'failed' as const, reason: recordError(error).message },
    ...{ tables: 0, rows: '0', mismatches: [], assertions: [] },
  };
  const verdict = REFUTED.includes(error.Error) ? 'refuted' : 'open';
  await backups.noteDrill(backupId, { evidence, verdict, unlessNoted: true, at });
}
