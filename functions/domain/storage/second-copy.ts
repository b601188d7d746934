import type { StorageLocation } from './storage-location.ts';

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
