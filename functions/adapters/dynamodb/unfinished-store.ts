import * as z from 'zod/mini';
import { backupMode } from '../../domain/backup/backup-record.ts';
import { maintenanceStatus } from '../../domain/cluster/cluster.ts';
import { hold, type Unfinished } from '../../domain/workflow/unfinished.ts';
import { UNFINISHED } from '../../domain/workflow/workflow.ts';
import type { Table } from './dynamodb.ts';
import { matchingIds } from './list-items.ts';
import { queryIndex } from './query-index.ts';
import { ACTIVE_INDEX, activeKind, TABLES, UNSETTLED, UNSETTLED_INDEX } from './tables.ts';

const ACTIVE_KINDS = [
  ...maintenanceStatus.options.map((status) => activeKind({ status })),
  ...backupMode.options.map((mode) => activeKind({ status: 'BackUp', backupMode: mode })),
];

const unsettledBackup = z.object({ backupId: z.string(), lockedUntil: z.optional(z.string()) });

type UnfinishedTables = Readonly<Record<'clusters' | 'backups' | 'workflows', Table>>;

/**
 * Reads sparse indexes, and those of the lists of workflows: the cost depends on what is active, not on what exists.
 */
export function createUnfinished({ clusters, backups, workflows }: UnfinishedTables): Unfinished {
  const unsettled = async (why: string, now: number) => {
    const found = await queryIndex(backups, UNSETTLED_INDEX, why);
    const ids: { due: string[]; locked: string[] } = { due: [], locked: [] };
    for (const item of found) {
      const { backupId, lockedUntil } = unsettledBackup.parse(item);
      const isLocked = lockedUntil !== undefined && Date.parse(lockedUntil) > now;
      ids[isLocked ? 'locked' : 'due'].push(backupId);
    }
    return ids;
  };
  return {
    async holds() {
      const found = await Promise.all(ACTIVE_KINDS.map((kind) => queryIndex(clusters, ACTIVE_INDEX, kind)));
      return found.flat().map((item) => hold.parse(item));
    },
    async workflows() {
      const definition = TABLES.workflows;
      const found = await Promise.all(
        UNFINISHED.map((status) => matchingIds({ table: workflows, definition, filters: { status } })),
      );
      return found.flat();
    },
    deletions: (now) => unsettled(UNSETTLED.deleting, now),
    withFiles: async (now) => (await unsettled(UNSETTLED.filesRemain, now)).due,
  };
}
