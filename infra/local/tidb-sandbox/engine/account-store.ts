import type { AccountName, AccountOptions, AccountSpec, AuthPlugin, GrantLevel, TlsRequirement } from '../sql/ast.ts';
import { SqlError } from '../sql/errors.ts';
import { afterFailure, type FailedLogins, forgotten, NO_FAILED_LOGINS } from './failed-logins.ts';
import { likePattern } from './like.ts';
import { hashPassword } from './native-password.ts';
import {
  isDynamic,
  isKnownPrivilege,
  type Privilege,
  privilegesOfAll,
  SHOWS_COLUMNS,
  SHOWS_DATABASES,
} from './privileges.ts';
import { hashSha2Password } from './sha2-password.ts';

/** Privileges granted globally, on a database or on a table. Names are lower-case; `grantOption` is one of the privileges. */
interface StoredGrant {
  readonly level: GrantLevel;
  readonly privileges: readonly Privilege[];
}

/** An account as stored. */
export interface StoredAccount extends AccountName {
  /** In hexadecimal, empty for no password: a `mysql_native_password`, or another plugin's according to `plugin`. */
  readonly passwordHash: string;
  readonly plugin?: AuthPlugin;
  readonly requires?: TlsRequirement;
  readonly locked?: boolean;
  readonly passwordExpired?: boolean;
  readonly failedLogins?: FailedLogins;
  readonly grants: readonly StoredGrant[];
}

/** Stores the accounts in `mysql.*`. */
interface AccountFile {
  read(): readonly StoredAccount[];
  write(accounts: readonly StoredAccount[]): void;
}

/** One account of the cluster with its privileges. */
export class Account implements AccountName {
  readonly user: string;
  readonly host: string;
  plugin: AuthPlugin = 'mysql_native_password';
  passwordHash: Buffer = Buffer.alloc(0);
  requires: TlsRequirement = 'NONE';
  locked = false;
  passwordExpired = false;
  failedLogins = NO_FAILED_LOGINS;
  readonly #grants = new Map<string, { level: GrantLevel; privileges: Set<Privilege> }>();

  constructor({ user, host }: AccountName) {
    this.user = user;
    this.host = host;
  }

  /** Replaces the account's data with the stored data. Its sessions continue with these grants. */
  load(stored: Omit<StoredAccount, 'user' | 'host'>): void {
    this.plugin = stored.plugin ?? 'mysql_native_password';
    this.passwordHash = Buffer.from(stored.passwordHash, 'hex');
    this.requires = stored.requires ?? 'NONE';
    this.locked = stored.locked ?? false;
    this.passwordExpired = stored.passwordExpired ?? false;
    this.failedLogins = stored.failedLogins ?? NO_FAILED_LOGINS;
    this.#grants.clear();
    for (const { level, privileges } of stored.grants) for (const privilege of privileges) this.grant(level, privilege);
  }

  change({ password, plugin }: Pick<AccountSpec, 'password' | 'plugin'>, options: AccountOptions): void {
    this.plugin = plugin ?? this.plugin;
    if (password !== undefined) {
      this.passwordHash = this.plugin === 'caching_sha2_password' ? hashSha2Password(password) : hashPassword(password);
      this.passwordExpired = false;
    }
    this.requires = options.requires ?? this.requires;
    this.locked = options.locked ?? this.locked;
    this.passwordExpired = options.passwordExpired ?? this.passwordExpired;
    this.failedLogins = {
      ...(options.locked === false ? forgotten(this.failedLogins) : this.failedLogins),
      ...(options.failedLoginAttempts !== undefined && { attempts: options.failedLoginAttempts }),
      ...(options.passwordLockDays !== undefined && { lockDays: options.passwordLockDays }),
    };
  }

  /** `'user'@'host'` as in error messages. */
  get quoted(): string {
    return `'${this.user}'@'${this.host}'`;
  }

  get grants(): readonly { readonly level: GrantLevel; readonly privileges: ReadonlySet<Privilege> }[] {
    return [...this.#grants.values()];
  }

  grant(level: GrantLevel, privilege: Privilege): void {
    const key = levelKey(level);
    const granted = this.#grants.get(key) ?? { level, privileges: new Set() };
    granted.privileges.add(privilege);
    this.#grants.set(key, granted);
  }

  revoke(level: GrantLevel, privilege: Privilege): void {
    this.#grants.get(levelKey(level))?.privileges.delete(privilege);
  }

  hasGlobal(privilege: Privilege): boolean {
    return this.#grants.get(levelKey({ global: true }))?.privileges.has(privilege) ?? false;
  }

  /** On the table, its database, or globally; without a table, on the database. */
  has(privilege: Privilege, database: string, table?: string): boolean {
    return this.grants.some(({ level, privileges }) => privileges.has(privilege) && covers(level, database, table));
  }

  /** For `USE`, `SHOW DATABASES` and `SHOW TABLES` (DBIsVisible). PROCESS and SUPER reveal no database. */
  showsDatabase(database: string): boolean {
    if (SHOWS_DATABASES.some((privilege) => this.hasGlobal(privilege))) return true;
    return this.grants.some(({ level, privileges }) => privileges.size > 0 && !level.global && isAt(level, database));
  }

  /**
   * For `information_schema` and `SHOW CREATE TABLE`: any static privilege on the table, its database or globally; without a table, on the
   * database. A dynamic privilege reveals nothing (RequestVerification with AllPrivMask).
   */
  seesTable(database: string, table?: string): boolean {
    return this.grants.some(
      ({ level, privileges }) =>
        covers(level, database, table) && [...privileges].some((privilege) => !isDynamic(privilege)),
    );
  }

  seesColumns(database: string, table: string): boolean {
    return SHOWS_COLUMNS.some((privilege) => this.has(privilege, database, table));
  }

  toStored(): StoredAccount {
    const grants = this.grants.map(({ level, privileges }) => ({ level, privileges: [...privileges] }));
    const { user, host, plugin, requires, locked, passwordExpired, failedLogins } = this;
    const passwordHash = this.passwordHash.toString('hex');
    return { user, host, passwordHash, plugin, requires, locked, passwordExpired, failedLogins, grants };
  }
}

/** In a grant on a whole database its name is a LIKE pattern (matchDB, pkg/privilege/privileges/cache.go). */
function isAt({ database = '', table }: GrantLevel, name: string): boolean {
  return table === undefined
    ? likePattern(database, '\\', true).test(name)
    : database.toLowerCase() === name.toLowerCase();
}

function covers(level: GrantLevel, database: string, table: string | undefined): boolean {
  if (level.global) return true;
  return isAt(level, database) && (level.table === undefined || level.table.toLowerCase() === table?.toLowerCase());
}

function levelKey({ global, database, table }: GrantLevel): string {
  return global ? '*' : JSON.stringify([database?.toLowerCase(), table?.toLowerCase()]);
}

/** The account of TiDB's own sessions. */
export function internalAccount(): Account {
  const account = new Account({ user: '', host: '' });
  for (const privilege of privilegesOfAll(true)) account.grant({ global: true }, privilege);
  return account;
}

/** The accounts of a cluster. A change also applies to running sessions, as after TiDB's privilege reload. */
export class AccountStore {
  readonly #file: AccountFile;
  readonly #accounts = new Map<string, Account>();

  /** Creates `root` with all privileges if the cluster has no accounts yet. */
  constructor(file: AccountFile, root: { readonly user: string; readonly password: string }) {
    this.#file = file;
    this.#load(file.read());
    if (this.#accounts.size > 0) return;
    const first = new Account({ user: root.user, host: '%' });
    first.change({ password: root.password }, {});
    for (const privilege of [...privilegesOfAll(true), 'GRANT OPTION' as const]) {
      first.grant({ global: true }, privilege);
    }
    this.#accounts.set(accountKey(first), first);
    this.#save();
  }

  all(): readonly Account[] {
    return [...this.#accounts.values()];
  }

  find({ user, host }: AccountName): Account | undefined {
    return this.#accounts.get(accountKey({ user, host }));
  }

  /** The account that a client from `address` logs in as: the one with the most exact host. */
  match(user: string, address: string): Account | undefined {
    const names = address === '127.0.0.1' || address === '::1' ? [address, 'localhost'] : [address];
    return this.all()
      .filter(
        (account) => account.user === user && names.some((name) => likePattern(account.host, '\\', true).test(name)),
      )
      .sort((a, b) => Number(a.host.includes('%')) - Number(b.host.includes('%')) || b.host.length - a.host.length)[0];
  }

  create({ account: name, ...login }: AccountSpec, options: AccountOptions = {}): void {
    const account = new Account(name);
    account.change(login, options);
    this.#accounts.set(accountKey(name), account);
    this.#save();
  }

  alter({ account: name, ...login }: AccountSpec, options: AccountOptions = {}): void {
    this.#require(name).change(login, options);
    this.#save();
  }

  /** Applies writes to `mysql.*`. A removed account's sessions lose all rights. */
  reload(): void {
    const stored = this.#file.read();
    const kept = new Set(stored.map(accountKey));
    for (const account of this.all()) if (!kept.has(accountKey(account))) this.#remove(account);
    this.#load(stored);
  }

  recordWrongPassword(account: Account, now: number): void {
    this.#recordLogins(account, afterFailure(account.failedLogins, now));
  }

  recordRightPassword(account: Account): void {
    this.#recordLogins(account, forgotten(account.failedLogins));
  }

  drop(name: AccountName): void {
    const account = this.find(name);
    if (account) this.#remove(account);
    this.#save();
  }

  grant(name: AccountName, level: GrantLevel, privilege: Privilege): void {
    this.#require(name).grant(level, privilege);
    this.#save();
  }

  revoke(name: AccountName, level: GrantLevel, privilege: Privilege): void {
    this.#require(name).revoke(level, privilege);
    this.#save();
  }

  #require(name: AccountName): Account {
    const account = this.find(name);
    // TiDB has no NO_AUTO_CREATE_USER exception: granting to an unknown account is an error.
    if (!account) throw new SqlError(1410, 'You are not allowed to create a user with GRANT');
    return account;
  }

  #remove(account: Account): void {
    account.load({ passwordHash: '', grants: [] });
    this.#accounts.delete(accountKey(account));
  }

  #load(stored: readonly StoredAccount[]): void {
    for (const { user, host, ...rest } of stored) {
      const key = accountKey({ user, host });
      const account = this.#accounts.get(key) ?? new Account({ user, host });
      account.load(rest);
      this.#accounts.set(key, account);
    }
  }

  /** Most logins change nothing, so do not write the file. */
  #recordLogins(account: Account, failedLogins: FailedLogins): void {
    const isChanged = failedLogins.count !== account.failedLogins.count;
    account.failedLogins = failedLogins;
    if (isChanged) this.#save();
  }

  #save(): void {
    this.#file.write(this.all().map((account) => account.toStored()));
  }
}

function accountKey({ user, host }: AccountName): string {
  return JSON.stringify([user, host.toLowerCase()]);
}

export function toPrivilege(name: string): Privilege {
  if (isKnownPrivilege(name)) return name;
  throw new SqlError(3929, `Dynamic privilege '${name}' is not registered with the server.`);
}
