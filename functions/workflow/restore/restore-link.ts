import type { FinishedBackup } from '../../domain/backup/backup-record.ts';
import type { TransferLimits } from '../../domain/config/system-config.ts';
import type { Clock } from '../../domain/shared/clock.ts';
import type { BackupFiles } from '../../domain/storage/backup-files.ts';
import { systemTables } from '../../domain/tidb/system-tables.ts';
import type { BackupOutcome, SessionPlace, StatementProgress, TidbSession } from '../../domain/tidb/tidb.ts';
import type { OperationInput } from '../../domain/workflow/workflow.ts';
import { correlationOf, log } from '../../log.ts';
import type { NodeRunner } from '../shared/node-runner.ts';
import { type Supervision, supervise, takeUp } from '../shared/supervise-statement.ts';
import type { LookedAtLink, RestoreLook } from './look-before-restore.ts';
import { isRestored, judge } from './restore-outcome.ts';

export interface RestoreLinkDeps extends NodeRunner {
  clock: Clock;
  files: Pick<BackupFiles, 'exists'>;
  /** Called with the place where RESTORE will run, before it is sent. */
  announce: (place: SessionPlace) => Promise<unknown>;
  /** Called with its progress. */
  note: (progress: StatementProgress | undefined) => Promise<void>;
}

/**
 * RESTORE of one link that was checked.
 * @throws NodeFailure
 */
export async function restoreLink(
  link: LookedAtLink,
  { release, isProvenEmpty }: Pick<RestoreLook, 'release' | 'isProvenEmpty'>,
  input: OperationInput,
  session: TidbSession,
  limits: TransferLimits,
  deps: RestoreLinkDeps,
): Promise<BackupOutcome> {
  const { record, location, contents } = link;
  const correlationId = correlationOf(input.workFlowId);
  const { scope } = input;
  const objects =
    scope === undefined ? systemTables(input.withSystemTables ?? false, release, contents.databases) : { scope };
  // Without names, TiDB would restore everything.
  if (objects.scope?.databases?.length === 0) return { backupTso: record.backupTso, sizeBytes: '0' };
  return await supervise<BackupOutcome>({
    ...watching(link, input, session, deps),
    announce: async (place) => {
      log.info({ message: 'restore begins', ...input, backupId: record.backupId, ...place });
      await deps.announce(place);
      await deps.note(undefined);
    },
    send: () => session.restore({ location, limits, correlationId, ...objects }),
  }).catch((error: unknown) => judge(error, isProvenEmpty, location, deps.files));
}

/**
 * Waits for the RESTORE of one link that an earlier run of the node sent.
 * @returns false if it is over, and nothing proves that it succeeded
 * @throws NodeFailure
 */
export async function takeUpLink(
  link: LookedAtLink,
  connectionId: string,
  input: OperationInput,
  session: TidbSession,
  deps: Omit<RestoreLinkDeps, 'announce' | 'files'>,
): Promise<boolean> {
  return (await takeUp(watching(link, input, session, deps), connectionId)) !== undefined;
}

function watching(
  { record, contents }: LookedAtLink,
  input: OperationInput,
  session: TidbSession,
  deps: Pick<RestoreLinkDeps, 'note' | 'clock' | keyof NodeRunner>,
): Omit<Supervision<BackupOutcome>, 'announce' | 'send'> {
  const { backupId, finishedAttempt: attempt } = record;
  const logProgress = progressLogger(input);
  return {
    mark: { kind: 'RESTORE', backupId, attempt },
    observe: async (progress) => {
      logProgress(progress);
      await deps.note(progress);
    },
    adopt: async (progress) => {
      const isProven = progress?.finished === true && (await isRestored(contents, input.scope, session.control));
      return isProven ? resultOf(record) : undefined;
    },
    session,
    clock: deps.clock,
    runner: deps,
  };
}

export function resultOf({ backupTso, sizeBytes }: FinishedBackup): BackupOutcome {
  return { backupTso, sizeBytes };
}

/** Logs each quarter, because a restore has no record that shows its progress. */
function progressLogger(input: OperationInput): (progress: StatementProgress | undefined) => void {
  let logged = 0;
  return (progress) => {
    const quarter = Math.floor((progress?.percent ?? 0) / 25);
    if (quarter <= logged) return;
    logged = quarter;
    log.info({ message: 'restore in progress', workFlowId: input.workFlowId, percent: progress?.percent });
  };
}
