import * as z from 'zod/mini';
import { described } from '../shared/described.ts';
import { copyOf, type StorageLocation } from './storage-location.ts';

/** Where a restore reads a backup's files. */
export const restoreSource = z.enum(['original', 'copy']);
export type RestoreSource = z.infer<typeof restoreSource>;

/** The source in a request for a restore or a drill. */
export const sourceRequest = {
  source: described(
    z.optional(restoreSource),
    '`copy` reads the second copy of the files, even without the first bucket; default `original`',
  ),
};

/** Where a restore reads the files of a location. */
export function readFrom(location: StorageLocation, source: RestoreSource | undefined): StorageLocation {
  return (source === 'copy' ? copyOf(location) : undefined) ?? location;
}

export interface Comparison {
  /** Number of the folder's files in its copy, up to the first missing one. */
  files: number;
  /** Name of the first missing file; unset if the copy is complete. */
  missing?: string;
}

/** Checks the second copy of files. */
export interface SecondCopies {
  /**
   * Compares the listings of a folder and its copy, in at most 2·⌈N/1000⌉ calls for N files.
   * @returns `undefined` if the location has no copy
   */
  compare(location: StorageLocation): Promise<Comparison | undefined>;
}

const MINUTE_MS = 60_000;

/** S3 replicates most files within 15 minutes. */
const FIRST_LOOK_MS = 15 * MINUTE_MS;

const LONGEST_PAUSE_MS = 6 * 60 * MINUTE_MS;

/** When to check for a copy again: less and less often, but at least every six hours. Milliseconds since 1970. */
export function nextLook(endTime: string, now: number): number {
  const age = now - Date.parse(endTime);
  return now + Math.min(Math.max(age / 2, FIRST_LOOK_MS), LONGEST_PAUSE_MS);
}

const HOUR_MS = 60 * MINUTE_MS;

export function isLate({ endTime }: { endTime: string }, lateHours: number, now: number): boolean {
  return now - Date.parse(endTime) > lateHours * HOUR_MS;
}
