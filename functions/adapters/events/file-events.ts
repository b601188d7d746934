import { FILES_MISSING, type MissingFileEvents } from '../../domain/storage/missing-files.ts';
import { FILES_ORPHANED, type OrphanEvents } from '../../domain/storage/orphaned-files.ts';
import { tellEventBus } from './event-bus.ts';

/** What the daily search of files finds. */
export function createFileEvents(): OrphanEvents & MissingFileEvents {
  return {
    orphaned: (folders) => tellEventBus(FILES_ORPHANED, folders),
    missing: (backup) => tellEventBus(FILES_MISSING, [backup]),
  };
}
