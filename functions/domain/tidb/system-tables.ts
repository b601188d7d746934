import * as z from 'zod/mini';
import type { TidbRelease } from '../backup/backup-record.ts';
import type { BackupScope } from '../backup/backup-scope.ts';
import { described } from '../shared/described.ts';
import { ServiceError } from '../shared/errors.ts';
import { NodeFailure } from '../workflow/node-failure.ts';
import { isAtLeast, parseTidbVersion } from './tidb-version.ts';

/** The fields of a request for a restore that ask for users and grants. */
export const systemTablesRequest = {
  withSystemTables: described(
    z.optional(z.boolean()),
    'Whether users and grants of the cluster become those of the backup (TiDB 7.6 and later); absent: they stay as they are',
  ),
  confirmAccounts: described(
    z.optional(z.boolean()),
    'Must be true with withSystemTables: the account that this service is registered with becomes that of the backup, too',
  ),
};

export interface SystemTablesWanted {
  withSystemTables?: boolean | undefined;
  confirmAccounts?: boolean | undefined;
  scope?: BackupScope | undefined;
}

/** What a plan says of the accounts. */
export function accountsAfter({ withSystemTables }: SystemTablesWanted): string {
  return withSystemTables
    ? 'users and grants become those of the backup: of each user that both have, password and grants are replaced, and if the account that this service is registered with is among them, register it anew afterwards (PUT /clusters/{clusterId})'
    : 'users and grants of the cluster stay as they are';
}

/** @throws ServiceError 10001 */
export function refuseUnconfirmedAccounts({ withSystemTables, confirmAccounts }: SystemTablesWanted): void {
  if (!withSystemTables || confirmAccounts) return;
  throw new ServiceError(
    'TIEM_PARAMETER_INVALID',
    'confirmAccounts: must be true with withSystemTables, by which users and grants of the cluster, the account of this service included, become those of the backup',
  );
}

/** @throws ServiceError 10001 */
export function refuseSystemTablesOfPart({ withSystemTables, scope }: SystemTablesWanted): void {
  if (!withSystemTables || scope === undefined) return;
  throw new ServiceError(
    'TIEM_PARAMETER_INVALID',
    'withSystemTables: must be absent with a scope: users and grants come along with everything, or not at all',
  );
}

/** Why users and grants of a backup cannot be restored; undefined: they can, as far as is known. */
export function whyNoSystemTables({ tidbVersion }: TidbRelease, scope?: BackupScope): string | undefined {
  if (scope !== undefined) return 'it holds a part of its cluster alone, without users and grants';
  const version = parsed(tidbVersion);
  if (version === undefined || isAtLeast(version, 7, 5)) return undefined;
  return `it is of TiDB ${tidbVersion}, whose system tables do not fit those of the releases that restore them (7.6 and later)`;
}

/** How RESTORE is written so that it takes system tables along, or leaves them alone. */
export interface SystemTables {
  /** The option `WITH_SYS_TABLE`; absent: it is not said. */
  withSystemTables?: boolean | undefined;
  /** To be named in place of everything. */
  scope?: BackupScope | undefined;
}

/**
 * A RESTORE of everything replaces users and grants of the cluster by default from 7.6 on; the option to say otherwise is in SQL from 8.2 on.
 * In between, and where the release is not known, the databases of the backup are named: then TiDB leaves `mysql` alone.
 * @param databases of the backup
 * @throws NodeFailure ClusterIncompatible: this release does not restore them
 */
export function systemTables(wanted: boolean, { tidbVersion }: TidbRelease, databases: string[]): SystemTables {
  const version = parsed(tidbVersion);
  if (version !== undefined && isAtLeast(version, 8, 2)) return { withSystemTables: wanted };
  const isDefault = version !== undefined && isAtLeast(version, 7, 6);
  if (wanted && !isDefault) {
    throw new NodeFailure(
      'ClusterIncompatible',
      `TiDB restores users and grants from v7.6.0 on, and the cluster is ${tidbVersion ?? 'of a version that it does not tell'}; restore without withSystemTables, or into a newer cluster`,
    );
  }
  if (wanted || (version !== undefined && !isDefault)) return {};
  return { scope: { databases } };
}

function parsed(tidbVersion: string | undefined) {
  return tidbVersion === undefined ? undefined : parseTidbVersion(tidbVersion);
}
