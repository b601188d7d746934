import type { StorageLocation } from './storage-location.ts';

/** The places where earlier configurations sent backups: see `storage-places.ts`. */
export interface FormerPlaceStore {
  /** Newest first. */
  read(): Promise<StorageLocation[]>;
  /** Keeps a place that the configuration is about to leave. The answer: those that were kept, and those that are now. */
  add(place: StorageLocation, at: string): Promise<{ before: StorageLocation[]; after: StorageLocation[] }>;
}
