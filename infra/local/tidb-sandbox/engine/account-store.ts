import type { AccountName, GrantLevel } from '../sql/ast.ts';
import { SqlError } from '../sql/errors.ts';
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

/** A granted set: everywhere, in a database, or in a table. Names are lower-case; `grantOption` is one of the privileges. */
interface StoredGrant {
  readonly level: GrantLevel;
  readonly privileges: readonly Privilege[];
}

interface StoredAccount extends AccountName {
  /** SHA1(SHA1(password)) in hexadecimal, empty for none. */
  readonly passwordHash: string;
  readonly grants: readonly StoredGrant[];
}

/** Keeps the accounts from one start to the next. */
interface AccountFile {
  read(): string | undefined;
  write(body: string): void;
}

/** One account of the cluster: who it is and what it may do. */
export class Account implements AccountName {
  readonly user: string;
  readonly host: string;
  passwordHash: Buffer;
  readonly #grants = new Map<string, { level: GrantLevel; privileges: Set<Privilege> }>();

  constructor({ user, host, passwordHash, grants }: StoredAccount) {
    this.user = user;
    this.host = host;
    this.passwordHash = Buffer.from(passwordHash, 'hex');
    for (const { level, privileges } of grants) for (const privilege of privileges) this.grant(level, privilege);
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

  /** On the table, its database, or everywhere; without a table, on the database. */
  has(privilege: Privilege, database: string, table?: string): boolean {
    const levels: GrantLevel[] = [{ global: true }, { global: false, database }];
    if (table !== undefined) levels.push({ global: false, database, table });
    return levels.some((level) => this.#grants.get(levelKey(level))?.privileges.has(privilege));
  }

  /** For `USE`, `SHOW DATABASES` and `SHOW TABLES` (DBIsVisible). PROCESS and SUPER show no database. */
  showsDatabase(database: string): boolean {
    if (SHOWS_DATABASES.some((privilege) => this.hasGlobal(privilege))) return true;
    return this.grants.some(
      ({ level, privileges }) =>
        privileges.size > 0 && !level.global && level.database?.toLowerCase() === database.toLowerCase(),
    );
  }

  /**
   * For `information_schema` and `SHOW CREATE TABLE`: any static privilege on the table, its database or everywhere; without a table,
   * on the database. A dynamic privilege shows nothing (RequestVerification with AllPrivMask).
   */
  seesTable(database: string, table?: string): boolean {
    const isHere = (level: GrantLevel) =>
      level.global ||
      (level.database?.toLowerCase() === database.toLowerCase() &&
        (level.table === undefined || level.table.toLowerCase() === table?.toLowerCase()));
    return this.grants.some(
      ({ level, privileges }) => isHere(level) && [...privileges].some((privilege) => !isDynamic(privilege)),
    );
  }

  seesColumns(database: string, table: string): boolean {
    return SHOWS_COLUMNS.some((privilege) => this.has(privilege, database, table));
  }

  toStored(): StoredAccount {
    const grants = this.grants.map(({ level, privileges }) => ({ level, privileges: [...privileges] }));
    return { user: this.user, host: this.host, passwordHash: this.passwordHash.toString('hex'), grants };
  }
}

function levelKey({ global, database, table }: GrantLevel): string {
  return global ? '*' : JSON.stringify([database?.toLowerCase(), table?.toLowerCase()]);
}

/** The accounts of a cluster. A change holds for running sessions too, as in TiDB after its privilege reload. */
export class AccountStore {
  readonly #file: AccountFile;
  readonly #accounts = new Map<string, Account>();

  /** `root` is created, with all privileges, if the cluster has no accounts yet. */
  constructor(file: AccountFile, root: { readonly user: string; readonly password: string }) {
    this.#file = file;
    const stored = JSON.parse(file.read() ?? '[]') as readonly StoredAccount[];
    for (const account of stored) this.#add(new Account(account));
    if (stored.length > 0) return;
    this.create({ user: root.user, host: '%' }, root.password);
    for (const privilege of [...privilegesOfAll(true), 'GRANT OPTION' as const]) {
      this.grant({ user: root.user, host: '%' }, { global: true }, privilege);
    }
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

  create(name: AccountName, password: string): void {
    this.#add(new Account({ ...name, passwordHash: hashPassword(password).toString('hex'), grants: [] }));
    this.#save();
  }

  setPassword(name: AccountName, password: string): void {
    this.#require(name).passwordHash = hashPassword(password);
    this.#save();
  }

  drop(name: AccountName): void {
    this.#accounts.delete(accountKey(name));
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
    // TiDB has no NO_AUTO_CREATE_USER exception: granting to nobody is an error.
    if (!account) throw new SqlError(1410, 'You are not allowed to create a user with GRANT');
    return account;
  }

  #add(account: Account): void {
    this.#accounts.set(accountKey(account), account);
  }

  #save(): void {
    this.#file.write(JSON.stringify(this.all().map((account) => account.toStored())));
  }
}

function accountKey({ user, host }: AccountName): string {
  return JSON.stringify([user, host.toLowerCase()]);
}

export function toPrivilege(name: string): Privilege {
  if (isKnownPrivilege(name)) return name;
  throw new SqlError(3929, `Dynamic privilege '${name}' is not registered with the server.`);
}
