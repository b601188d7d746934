import type { StorageLocation } from './storage-location.ts';

/** The places where earlier configurations sent backups: see `storage-places.ts`. */
export interface FormerPlaceStore {
  /** Newest first. */
  read(): Promise<StorageLocation[]>;
  /** Adds a place that the configuration is about to leave. Returns the list before and after. */
  add(place: StorageLocation, at: string): Promise<{ before: StorageLocation[]; after: StorageLocation[] }>;
}
