import * as z from 'zod/mini';
import { maintenance } from './cluster.ts';

/** A cluster that an operation holds. */
export const hold = z.object({ clusterId: z.string(), maintenance });
export type Hold = z.infer<typeof hold>;

/** What has begun and not ended, found without looking at anything else. The answers may be some moments old. */
export interface Unfinished {
  holds(): Promise<Hold[]>;
  /** Ids of workflows that do not read as ended. */
  workflows(): Promise<string[]>;
  /** Ids of backups that are being deleted. */
  deletions(): Promise<string[]>;
  /** Ids of failed and cancelled backups of which files may be there still. */
  withFiles(): Promise<string[]>;
}
