import * as z from 'zod/mini';
import { maintenance } from '../cluster/cluster.ts';

/** A cluster held by an operation. */
export const hold = z.object({ clusterId: z.string(), maintenance });
export type Hold = z.infer<typeof hold>;

/**
 * Finds everything that has started and not ended, without reading anything else. The answers may be a few moments old.
 * Backups with locked files need nothing until they are unlocked. `now` is in milliseconds since 1970.
 */
export interface Unfinished {
  holds(): Promise<Hold[]>;
  /** Ids of workflows that do not read as ended. */
  workflows(): Promise<string[]>;
  /** Ids of backups that are being deleted: those that can continue, and those whose files are locked. */
  deletions(now: number): Promise<{ due: string[]; locked: string[] }>;
  /** Ids of failed and canceled backups whose files may remain. */
  withFiles(now: number): Promise<string[]>;
}
