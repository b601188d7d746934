import type { StatementProgress } from '../tidb/tidb.ts';

/** What a `Processing` operation is doing, in words for people. */
export const STEPS = {
  looking: 'checking the cluster',
  backingUp: 'backing up',
  notingChecksums: 'noting checksums',
  lookingBeforeRestore: 'reading the metadata of the backup and checking the cluster',
  bringingBack: 'recovering deleted and overwritten files',
  bringingBackBlamed: 'bringing back what was deleted or overwritten, for which a drill or restore has failed',
} as const;

/** @param link counts from 1, of all that are restored one after the other */
export function restoring(link: number, links: number): string {
  return links === 1 ? 'restoring' : `restoring backup ${link} of ${links}`;
}

/**
 * The step of a statement, from what TiDB shows of it.
 * @param doing what it does once it has left the queue
 * @param wasShown whether TiDB showed it before: TiDB may forget running statements
 */
export function stepOfStatement(doing: string, shown: StatementProgress | undefined, wasShown: boolean): string {
  if (shown === undefined) return wasShown ? `${doing}; TiDB no longer shows its progress` : doing;
  return shown.waits ? `${doing}: waiting in TiDB's queue` : doing;
}
