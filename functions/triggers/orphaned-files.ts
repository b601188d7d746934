import * as z from 'zod/mini';
import { createDocumentClient } from '../adapters/dynamodb/dynamodb.ts';
import { createStores } from '../adapters/dynamodb/stores.ts';
import { createEmfMetrics } from '../adapters/events/emf-metrics.ts';
import { createFileEvents } from '../adapters/events/file-events.ts';
import { createFilesOfBackups } from '../adapters/files/stores-of-backups.ts';
import { invokeLater } from '../adapters/lambda/invoke-later.ts';
import { systemClock } from '../adapters/shared/system-clock.ts';
import { deploymentStorage } from '../domain/config/system-config.ts';
import { type MissingFiles, missingCursor } from '../domain/storage/missing-files.ts';
import { type OrphanedFiles, searchCursor } from '../domain/storage/orphaned-files.ts';
import { readEnvironment, SWEEP_MINUTES } from '../environment.ts';
import { findMissingFiles } from '../operations/backup/find-missing-files.ts';
import { findOrphanedFiles } from '../operations/deletion/find-orphaned-files.ts';
import { continueSweep, type SweepContext, sweepEvent } from './sweep-handler.ts';

const environment = readEnvironment('orphanedFiles');
const client = createDocumentClient();
const deps = {
  ...createStores(client, environment),
  files: createFilesOfBackups(client, environment),
  events: createFileEvents(),
  metrics: createEmfMetrics(systemClock),
  remove: environment.REMOVE_ORPHANED_FILES !== undefined,
  ...deploymentStorage(environment),
};

/** Enough for a batch of 1,000 files, with all retries of its two calls. */
const LAST_BATCH_MS = 60_000;

/** Enough to list a backup of a million files. */
const LAST_LOOK_MS = 5 * 60_000;

const CONTINUES = { everyMinutes: SWEEP_MINUTES.orphanedFiles, invoke: invokeLater };

/** What a run continues: the search for missing files, or, once that is done, the one for orphaned files. */
const cursor = z.optional(z.union([missingCursor, searchCursor]));

/** Searches for files that finished backups lack, then for files that no record names. */
export async function handler(
  event: unknown,
  context: SweepContext,
): Promise<{ missing: MissingFiles[]; orphaned: OrphanedFiles[] }> {
  const parsed = sweepEvent.parse(event);
  const timeIsUp = AbortSignal.timeout(context.getRemainingTimeInMillis() - LAST_BATCH_MS);
  const from = cursor.parse(parsed.from);
  const isSearching = from !== undefined && 'place' in from;
  const { missing, checkedUpTo } = isSearching
    ? { missing: [] }
    : await findMissingFiles(
        { ...deps, timeIsUp: AbortSignal.timeout(context.getRemainingTimeInMillis() - LAST_LOOK_MS) },
        from?.checkedUpTo,
      );
  if (checkedUpTo !== undefined) {
    await continueSweep(parsed, context, CONTINUES, { checkedUpTo });
    return { missing, orphaned: [] };
  }
  const { orphaned, stoppedAt } = await findOrphanedFiles(
    Date.parse(parsed.time),
    { ...deps, timeIsUp },
    isSearching ? from : undefined,
  );
  if (stoppedAt !== undefined) await continueSweep(parsed, context, CONTINUES, stoppedAt);
  return { missing, orphaned };
}
