import { NOTES_FOLDER } from '../backup/table-notes.ts';
import { below, type StorageLocation } from './storage-location.ts';

/** Stands in a path where a backup has its cluster's id, so that the search for orphaned files finds a probe that was left behind. */
export const PROBE_FOLDER = 'check';

/** Attempts count from 1. */
export const PROBE_NAME = 'attempt-0.json';

/** The small file that a check writes, reads and removes: the folder that is its own, and the file's. */
export function probeOf(base: StorageLocation, workFlowId: string) {
  const own = below(base, PROBE_FOLDER, workFlowId);
  return { own, folder: below(own, NOTES_FOLDER), name: PROBE_NAME };
}
