import * as z from 'zod/mini';
import { described } from '../shared/described.ts';
import { copyOf, type StorageLocation } from './storage-location.ts';

/** Where a restore reads a backup's files. */
export const restoreSource = z.enum(['original', 'copy']);
export type RestoreSource = z.infer<typeof restoreSource>;

/** The field of a request for a restore or a drill. */
export const sourceRequest = {
  source: described(
    z.optional(restoreSource),
    '`copy`: read the second copy of the files, also when the first bucket is gone; absent: `original`, where they were written',
  ),
};

/** Where a restore reads what was written to a location. */
export function readFrom(location: StorageLocation, source: RestoreSource | undefined): StorageLocation {
  return (source === 'copy' ? copyOf(location) : undefined) ?? location;
}

export interface Comparison {
  /** How many files of the folder are in its copy, up to the first that is not. */
  files: number;
  /** Name of the first that has not arrived; absent: all have. */
  missing?: string;
}

/** Looks for the second copy of files. */
export interface SecondCopies {
  /**
   * Compares the listings of a folder and of its copy; of N files, in at most 2·⌈N/1000⌉ calls.
   * @returns undefined: the location has no copy
   */
  compare(location: StorageLocation): Promise<Comparison | undefined>;
}

const MINUTE_MS = 60_000;

/** S3 copies most files within a quarter of an hour. */
const FIRST_LOOK_MS = 15 * MINUTE_MS;

const LONGEST_PAUSE_MS = 6 * 60 * MINUTE_MS;

/** When to look for a copy again: the longer it takes, the more seldom, and at least every six hours. Milliseconds since 1970. */
export function nextLook(endTime: string, now: number): number {
  const age = now - Date.parse(endTime);
  return now + Math.min(Math.max(age / 2, FIRST_LOOK_MS), LONGEST_PAUSE_MS);
}

const HOUR_MS = 60 * MINUTE_MS;

export function isLate({ endTime }: { endTime: string }, lateHours: number, now: number): boolean {
  return now - Date.parse(endTime) > lateHours * HOUR_MS;
}
