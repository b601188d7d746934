import { NOTES_FOLDER } from '../backup/table-notes.ts';
import { below, type StorageLocation } from './storage-location.ts';

/** Takes the place of the cluster id in a path, so that the search for orphaned files finds probes left behind. */
export const PROBE_FOLDER = 'check';

/** Real attempts count from 1. */
export const PROBE_NAME = 'attempt-0.json';

/** The small file that a check writes, reads and removes, and its folder. */
export function probeOf(base: StorageLocation, workFlowId: string) {
  const own = below(base, PROBE_FOLDER, workFlowId);
  return { own, folder: below(own, NOTES_FOLDER), name: PROBE_NAME };
}
