import * as z from 'zod/mini';
import { createDocumentClient } from '../adapters/dynamodb/dynamodb.ts';
import { createStores } from '../adapters/dynamodb/stores.ts';
import { createOrphanEvents } from '../adapters/events/orphan-events.ts';
import { createFilesOfBackups } from '../adapters/files/stores-of-backups.ts';
import { invokeLater } from '../adapters/lambda/invoke-later.ts';
import { deploymentStorage } from '../domain/config/system-config.ts';
import { type OrphanedFiles, searchCursor } from '../domain/storage/orphaned-files.ts';
import { readEnvironment, SWEEP_MINUTES } from '../environment.ts';
import { findOrphanedFiles } from '../operations/deletion/find-orphaned-files.ts';
import { continueSweep, type SweepContext, sweepEvent } from './sweep-handler.ts';

const environment = readEnvironment('orphanedFiles');
const client = createDocumentClient();
const deps = {
  ...createStores(client, environment),
  files: createFilesOfBackups(client, environment),
  events: createOrphanEvents(),
  remove: environment.REMOVE_ORPHANED_FILES !== undefined,
  ...deploymentStorage(environment),
};

/** Enough for a batch of 1,000 files, with all retries of its two calls. */
const LAST_BATCH_MS = 60_000;

export async function handler(event: unknown, context: SweepContext): Promise<{ orphaned: OrphanedFiles[] }> {
  const parsed = sweepEvent.parse(event);
  const timeIsUp = AbortSignal.timeout(context.getRemainingTimeInMillis() - LAST_BATCH_MS);
  const from = z.optional(searchCursor).parse(parsed.from);
  const { orphaned, stoppedAt } = await findOrphanedFiles(Date.parse(parsed.time), { ...deps, timeIsUp }, from);
  if (stoppedAt !== undefined) {
    await continueSweep(parsed, context, { everyMinutes: SWEEP_MINUTES.orphanedFiles, invoke: invokeLater }, stoppedAt);
  }
  return { orphaned };
}
