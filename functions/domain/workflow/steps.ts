import type { StatementProgress } from '../tidb/tidb.ts';

/** What an operation that is `Processing` does just now, in words for people. */
export const STEPS = {
  looking: 'looking at the cluster',
  backingUp: 'backing up',
  notingChecksums: 'noting checksums',
  lookingBeforeRestore: 'reading the metadata of the backup, and looking at the cluster',
  bringingBack: 'bringing back what was deleted or overwritten',
  bringingBackBlamed: 'bringing back what was deleted or overwritten, for which a drill or restore has failed',
} as const;

/** @param link counts from 1, of all that are restored one after the other */
export function restoring(link: number, links: number): string {
  return links === 1 ? 'restoring' : `restoring backup ${link} of ${links}`;
}

/**
 * The step of a statement by what TiDB shows of it.
 * @param doing what it does once it is not in the queue
 * @param wasShown whether TiDB has shown it before: it forgets statements that run on
 */
export function stepOfStatement(doing: string, shown: StatementProgress | undefined, wasShown: boolean): string {
  if (shown === undefined) return wasShown ? `${doing}; TiDB no longer shows how far it is` : doing;
  return shown.waits ? `${doing}: waiting in TiDB's queue` : doing;
}
