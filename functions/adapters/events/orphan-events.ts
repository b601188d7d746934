import { FILES_ORPHANED, type OrphanEvents } from '../../domain/storage/orphaned-files.ts';
import { tellEventBus } from './event-bus.ts';

export function createOrphanEvents(): OrphanEvents {
  return { orphaned: (folders) => tellEventBus(FILES_ORPHANED, folders) };
}
