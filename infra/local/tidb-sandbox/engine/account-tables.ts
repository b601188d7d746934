import * as z from 'zod/mini';
import { unknownTable } from '../sql/errors.ts';
import type { Cell } from '../storage/cell.ts';
import type { TableInfo } from '../storage/schema.ts';
import type { ClusterStorage } from '../storage/storage.ts';
import type { MYSQL_TABLES } from '../storage/system-schema.ts';
import { readRows, replaceRows } from '../storage/table-rows.ts';
import type { StoredAccount } from './account-store.ts';
import { NO_FAILED_LOGINS } from './failed-logins.ts';
import { isDynamic, isKnownPrivilege, type Privilege } from './privileges.ts';

const attributes = z.object({
  requires: z.enum(['NONE', 'SSL', 'X509']),
  failedLogins: z.object({
    attempts: z.number(),
    lockDays: z.number(),
    count: z.number(),
    blockedAt: z.optional(z.number()),
  }),
});
const plugin = z.enum(['mysql_native_password', 'caching_sha2_password']);
type Grant = StoredAccount['grants'][number];
type AccountTable = Exclude<keyof typeof MYSQL_TABLES, 'tidb'>;

/** The accounts as rows of `mysql.*`, which a backup copies and a restore replaces. */
export class AccountTables {
  readonly #storage: ClusterStorage;

  constructor(storage: ClusterStorage) {
    this.#storage = storage;
  }

  /** Grants of an account without a row in `mysql.user` have no effect. */
  read(): StoredAccount[] {
    const dbs = this.#rows('db').map(([host, database, user, list]) => ({ host, user, database, table: null, list }));
    const tables = this.#rows('tables_priv').map(([host, database, user, table, list]) => {
      return { host, user, database, table, list };
    });
    const dynamic = this.#rows('global_grants').map(([user, host, list]) => ({ user, host, list }));
    return this.#rows('user').map((row) => {
      const [host, user, passwordHash, ownPlugin, locked, expired, privileges, more] = row.map(String);
      const isOwn = (grant: { readonly host?: Cell | undefined; readonly user?: Cell | undefined }) =>
        grant.host === host && grant.user === user;
      const global = [String(privileges), ...dynamic.filter(isOwn).map(({ list }) => String(list))];
      return {
        host: String(host),
        user: String(user),
        passwordHash: String(passwordHash),
        plugin: plugin.parse(ownPlugin),
        locked: locked === 'Y',
        passwordExpired: expired === 'Y',
        ...attributes.parse(JSON.parse(String(more))),
        grants: [
          { level: { global: true }, privileges: global.flatMap(parseList) },
          ...[...dbs, ...tables].filter(isOwn).map(({ database, table, list }): Grant => {
            const level = {
              global: false,
              database: String(database),
              ...(table !== null && { table: String(table) }),
            };
            return { level, privileges: parseList(String(list)) };
          }),
        ],
      };
    });
  }

  write(accounts: readonly StoredAccount[]): void {
    const rows: Record<AccountTable, Cell[][]> = { user: [], db: [], tables_priv: [], global_grants: [] };
    for (const account of accounts) {
      const { host, user } = account;
      rows.user.push(userRow(account));
      for (const { level, privileges } of account.grants) {
        const { global, database = '', table } = level;
        const list = privileges.join(',');
        if (global) rows.global_grants.push(...privileges.filter(isDynamic).map((each) => [user, host, each, 'N']));
        else if (table === undefined) rows.db.push([host, database, user, list]);
        else rows.tables_priv.push([host, database, user, table, list]);
      }
    }
    for (const name of ['user', 'db', 'tables_priv', 'global_grants'] as const) {
      replaceRows(this.#storage, this.#table(name), rows[name]);
    }
  }

  #rows(name: AccountTable): Cell[][] {
    return readRows(this.#storage, this.#table(name));
  }

  #table(name: AccountTable): TableInfo {
    const table = this.#storage.findTable('mysql', name, this.#storage.currentTso());
    if (table === undefined) throw unknownTable('mysql', name);
    return table;
  }
}

function userRow(account: StoredAccount): Cell[] {
  const { host, user, passwordHash, locked, passwordExpired, requires = 'NONE', grants } = account;
  const { plugin: ownPlugin = 'mysql_native_password', failedLogins = NO_FAILED_LOGINS } = account;
  const everywhere = grants.find(({ level }) => level.global)?.privileges ?? [];
  const statics = everywhere.filter((privilege) => !isDynamic(privilege)).join(',');
  const more = JSON.stringify({ requires, failedLogins });
  return [host, user, passwordHash, ownPlugin, flag(locked), flag(passwordExpired), statics, more];
}

function flag(value: boolean | undefined): string {
  return value ? 'Y' : 'N';
}

function parseList(text: string): Privilege[] {
  return text.split(',').filter(isKnownPrivilege);
}
