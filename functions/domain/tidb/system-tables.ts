import * as z from 'zod/mini';
import type { TidbRelease } from '../backup/backup-record.ts';
import type { BackupScope } from '../backup/backup-scope.ts';
import { described } from '../shared/described.ts';
import { ServiceError } from '../shared/errors.ts';
import { NodeFailure } from '../workflow/node-failure.ts';
import { isAtLeast, parseTidbVersion } from './tidb-version.ts';

/** Fields of a restore request that ask for users and grants. */
export const systemTablesRequest = {
  withSystemTables: described(
    z.optional(z.boolean()),
    'Whether to restore users and grants from the backup, too (TiDB 7.6 and later); by default those of the cluster stay',
  ),
  confirmAccounts: described(
    z.optional(z.boolean()),
    "Must be true with withSystemTables, which also replaces this service's own account by that of the backup",
  ),
};

export interface SystemTablesWanted {
  withSystemTables?: boolean | undefined;
  confirmAccounts?: boolean | undefined;
  scope?: BackupScope | undefined;
}

/** What a plan says about accounts. */
export function accountsAfter({ withSystemTables }: SystemTablesWanted): string {
  return withSystemTables
    ? "users and grants become those of the backup: each user that both have gets the backup's password and grants; if the service's own account is among them, register it again afterwards (PUT /clusters/{clusterId})"
    : 'users and grants of the cluster stay as they are';
}

/** @throws ServiceError 10001 */
export function refuseUnconfirmedAccounts({ withSystemTables, confirmAccounts }: SystemTablesWanted): void {
  if (!withSystemTables || confirmAccounts) return;
  throw new ServiceError(
    'TIEM_PARAMETER_INVALID',
    "confirmAccounts: must be true with withSystemTables, which replaces users and grants of the cluster, including this service's own account, by those of the backup",
  );
}

/** @throws ServiceError 10001 */
export function refuseSystemTablesOfPart({ withSystemTables, scope }: SystemTablesWanted): void {
  if (!withSystemTables || scope === undefined) return;
  throw new ServiceError(
    'TIEM_PARAMETER_INVALID',
    'withSystemTables: must be omitted with a scope: users and grants can only be restored with the whole backup',
  );
}

/** Why users and grants of a backup cannot be restored; `undefined` if they can, as far as is known. */
export function whyNoSystemTables({ tidbVersion }: TidbRelease, scope?: BackupScope): string | undefined {
  if (scope !== undefined) return 'it holds only a part of its cluster, without users and grants';
  const version = parsed(tidbVersion);
  if (version === undefined || isAtLeast(version, 7, 5)) return undefined;
  return `it is of TiDB ${tidbVersion}, whose system tables are incompatible with the releases that can restore them (7.6 and later)`;
}

/** How RESTORE must be written to include or exclude system tables. */
export interface SystemTables {
  /** The option `WITH_SYS_TABLE`; omitted if unset. */
  withSystemTables?: boolean | undefined;
  /** Databases to name instead of everything. */
  scope?: BackupScope | undefined;
}

/**
 * From 7.6 on, a RESTORE of everything replaces the cluster's users and grants by default; from 8.2 on, an SQL option
 * prevents that. In between, and for unknown releases, the databases of the backup are named, so that TiDB leaves
 * `mysql` alone.
 * @param databases of the backup
 * @throws NodeFailure ClusterIncompatible if this release cannot restore them
 */
export function systemTables(wanted: boolean, { tidbVersion }: TidbRelease, databases: string[]): SystemTables {
  const version = parsed(tidbVersion);
  if (version !== undefined && isAtLeast(version, 8, 2)) return { withSystemTables: wanted };
  const isDefault = version !== undefined && isAtLeast(version, 7, 6);
  if (wanted && !isDefault) {
    throw new NodeFailure(
      'ClusterIncompatible',
      `TiDB restores users and grants from v7.6.0 on, but the cluster is ${tidbVersion ?? 'of an unknown version'}; restore without withSystemTables, or into a newer cluster`,
    );
  }
  if (wanted || (version !== undefined && !isDefault)) return {};
  return { scope: { databases } };
}

function parsed(tidbVersion: string | undefined) {
  return tidbVersion === undefined ? undefined : parseTidbVersion(tidbVersion);
}
