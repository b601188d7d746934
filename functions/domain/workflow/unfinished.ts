import * as z from 'zod/mini';
import { maintenance } from '../cluster/cluster.ts';

/** A cluster that an operation holds. */
export const hold = z.object({ clusterId: z.string(), maintenance });
export type Hold = z.infer<typeof hold>;

/**
 * What has begun and not ended, found without looking at anything else. The answers may be some moments old. Nothing is
 * to be done for backups whose files are locked until their day: `now` is in milliseconds since 1970.
 */
export interface Unfinished {
  holds(): Promise<Hold[]>;
  /** Ids of workflows that do not read as ended. */
  workflows(): Promise<string[]>;
  /** Ids of backups that are being deleted: those that can go on, and those whose files are locked. */
  deletions(now: number): Promise<{ due: string[]; locked: string[] }>;
  /** Ids of failed and cancelled backups of which files may be there still. */
  withFiles(now: number): Promise<string[]>;
}
