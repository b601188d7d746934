import type {
  Charset,
  ColumnType,
  ForeignKey,
  Partitioning,
  SequenceDefinition,
  TimeToLive,
} from '../storage/schema.ts';

/** A literal as written: `text` of numbers and strings, hexadecimal of bytes. */
export type Literal =
  | { readonly kind: 'null' }
  | { readonly kind: 'boolean'; readonly value: boolean }
  | { readonly kind: 'integer' | 'decimal' | 'float' | 'string' | 'bytes'; readonly text: string };

export interface ColumnName {
  readonly database?: string;
  readonly table?: string;
  readonly name: string;
}

export type BinaryOperator =
  | 'AND'
  | 'OR'
  | 'XOR'
  | '='
  | '<=>'
  | '<>'
  | '<'
  | '<='
  | '>'
  | '>='
  | '+'
  | '-'
  | '*'
  | '/'
  | 'DIV'
  | '%';

export type Expression =
  | { readonly kind: 'literal'; readonly literal: Literal }
  | { readonly kind: 'column'; readonly column: ColumnName }
  | { readonly kind: 'systemVariable'; readonly scope: 'session' | 'global' | 'any'; readonly name: string }
  | { readonly kind: 'userVariable'; readonly name: string }
  | { readonly kind: 'parameter'; readonly index: number }
  | { readonly kind: 'default' }
  /** `VALUES(col)` in ON DUPLICATE KEY UPDATE. */
  | { readonly kind: 'inserted'; readonly column: string }
  | { readonly kind: 'not' | 'negate'; readonly operand: Expression }
  | {
      readonly kind: 'binary';
      readonly operator: BinaryOperator;
      readonly left: Expression;
      readonly right: Expression;
    }
  | { readonly kind: 'isNull'; readonly operand: Expression; readonly negated: boolean }
  | {
      readonly kind: 'in';
      readonly operand: Expression;
      readonly list: readonly Expression[];
      readonly negated: boolean;
    }
  | {
      readonly kind: 'between';
      readonly operand: Expression;
      readonly low: Expression;
      readonly high: Expression;
      readonly negated: boolean;
    }
  | {
      readonly kind: 'like';
      readonly operand: Expression;
      readonly pattern: Expression;
      readonly escapeCharacter: string;
      readonly negated: boolean;
    }
  /** `argument` is the value of SETVAL. */
  | {
      readonly kind: 'sequence';
      readonly name: 'NEXTVAL' | 'LASTVAL' | 'SETVAL';
      readonly sequence: TableName;
      readonly argument?: Expression;
    }
  | { readonly kind: 'cast'; readonly operand: Expression; readonly target: CastTarget }
  /** CONVERT(… USING …) */
  | { readonly kind: 'convert'; readonly operand: Expression; readonly charset: Charset | 'binary' }
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly Expression[] }
  /** COUNT(*) has no `argument`. */
  | {
      readonly kind: 'aggregate';
      readonly name: AggregateName;
      readonly argument?: Expression;
      readonly distinct: boolean;
    };

export type CastTarget = 'char' | 'binary' | 'signed' | 'unsigned';

export type AggregateName = 'COUNT' | 'SUM' | 'MIN' | 'MAX' | 'AVG';

export interface TableName {
  readonly database?: string;
  readonly name: string;
}

export interface OrderItem {
  readonly expression: Expression;
  readonly descending: boolean;
}

export interface Limit {
  readonly count: Expression;
  readonly offset?: Expression;
}

export type SelectItem =
  | { readonly kind: 'all'; readonly table?: string }
  /** `name` is the alias, or the expression as written. */
  | { readonly kind: 'expression'; readonly expression: Expression; readonly name: string };

export interface Select {
  readonly kind: 'select';
  readonly distinct: boolean;
  readonly items: readonly SelectItem[];
  readonly from?: { readonly table: TableName; readonly alias?: string };
  readonly where?: Expression;
  readonly groupBy: readonly Expression[];
  readonly having?: Expression;
  readonly orderBy: readonly OrderItem[];
  readonly limit?: Limit;
}

export interface Assignment {
  readonly column: string;
  readonly value: Expression;
}

export interface Insert {
  readonly kind: 'insert';
  readonly mode: 'insert' | 'ignore' | 'replace';
  readonly table: TableName;
  readonly columns?: readonly string[];
  readonly source: { readonly kind: 'values'; readonly rows: readonly (readonly Expression[])[] } | Select;
  readonly onDuplicate: readonly Assignment[];
}

export interface Update {
  readonly kind: 'update';
  readonly table: TableName;
  readonly assignments: readonly Assignment[];
  readonly where?: Expression;
  readonly orderBy: readonly OrderItem[];
  readonly limit?: Limit;
}

export interface Delete {
  readonly kind: 'delete';
  readonly table: TableName;
  readonly where?: Expression;
  readonly orderBy: readonly OrderItem[];
  readonly limit?: Limit;
}

export interface ColumnSpec {
  readonly name: string;
  readonly type: ColumnType;
  readonly nullable: boolean;
  readonly default?: Expression;
  readonly onUpdateNow: boolean;
  readonly autoIncrement: boolean;
  readonly comment: string;
  readonly key?: 'primary' | 'unique';
  /** Defaults to the table's. */
  readonly charset?: Charset;
}

export interface IndexSpec {
  readonly kind: 'primary' | 'unique' | 'index';
  readonly name?: string;
  readonly columns: readonly string[];
  readonly comment: string;
  /** Primary key only: whether rows are stored in its order; TiDB's default is yes. */
  readonly clustered: boolean;
}

export interface CreateTable {
  readonly kind: 'createTable';
  readonly table: TableName;
  readonly ifNotExists: boolean;
  readonly like?: TableName;
  readonly columns: readonly ColumnSpec[];
  readonly indexes: readonly IndexSpec[];
  readonly comment: string;
  readonly charset?: Charset;
  readonly autoIncrement?: bigint;
  readonly temporary?: true;
  readonly partitioning?: Partitioning;
  readonly foreignKeys?: readonly ForeignKeySpec[];
  readonly ttl?: TimeToLive;
}

/** Without a name, it becomes `fk_1` and so on. */
export type ForeignKeySpec = Omit<ForeignKey, 'name'> & { readonly name?: string };

export interface CreateView {
  readonly kind: 'createView';
  readonly view: TableName;
  readonly orReplace: boolean;
  /** Defaults to the query's names. */
  readonly columns?: readonly string[];
  readonly select: Select;
  /** As written. */
  readonly text: string;
}

export interface CreateSequence {
  readonly kind: 'createSequence';
  readonly sequence: TableName;
  readonly ifNotExists: boolean;
  readonly definition: SequenceDefinition;
  readonly comment: string;
}

export type Alteration =
  | { readonly kind: 'addColumn'; readonly column: ColumnSpec; readonly position?: { readonly after?: string } }
  | { readonly kind: 'dropColumn'; readonly name: string }
  /** MODIFY, CHANGE and RENAME COLUMN; without a `column` only the name changes. */
  | { readonly kind: 'modifyColumn'; readonly name: string; readonly newName: string; readonly column?: ColumnSpec }
  | { readonly kind: 'addIndex'; readonly index: IndexSpec }
  | { readonly kind: 'dropIndex'; readonly name: string }
  | { readonly kind: 'comment'; readonly comment: string }
  | { readonly kind: 'tiflashReplicas'; readonly count: bigint }
  | { readonly kind: 'cache'; readonly cached: boolean }
  | { readonly kind: 'ttl'; readonly ttl: Partial<TimeToLive> | 'none' }
  | { readonly kind: 'addPartitions'; readonly partitions: Partitioning['partitions'] }
  | {
      readonly kind: 'reorganizePartitions';
      readonly names: readonly string[];
      readonly partitions: Partitioning['partitions'];
    }
  | { readonly kind: 'dropPartitions' | 'truncatePartitions'; readonly names: readonly string[] }
  | { readonly kind: 'exchangePartition'; readonly name: string; readonly table: TableName }
  | { readonly kind: 'autoIncrement'; readonly value: bigint }
  | { readonly kind: 'rename'; readonly to: TableName };

export interface AccountName {
  readonly user: string;
  readonly host: string;
}

/** Without a `password`, ALTER USER keeps the old one. */
export interface AccountSpec {
  readonly account: AccountName;
  readonly password?: string;
  readonly plugin?: AuthPlugin;
}

export type AuthPlugin = 'mysql_native_password' | 'caching_sha2_password';

/** Options after all accounts of CREATE USER and ALTER USER; absent ones stay unchanged. */
export interface AccountOptions {
  readonly requires?: TlsRequirement;
  readonly locked?: boolean;
  readonly passwordExpired?: boolean;
  readonly failedLoginAttempts?: number;
  /** `UNBOUNDED` is -1. */
  readonly passwordLockDays?: number;
}

export type TlsRequirement = 'NONE' | 'SSL' | 'X509';

/** `*.*`, `db.*` (`*` alone is the current database) or `db.table`. */
export interface GrantLevel {
  readonly database?: string;
  readonly table?: string;
  readonly global: boolean;
}

export interface Filter {
  readonly like?: string;
  readonly where?: Expression;
}

export type Show =
  | { readonly of: 'databases' | 'warnings' | 'errors' | 'engines'; readonly filter: Filter }
  | { readonly of: 'charset' | 'collation' | 'backups' | 'restores'; readonly filter: Filter }
  | {
      readonly of: 'tables' | 'tableStatus';
      readonly database?: string;
      readonly full: boolean;
      readonly filter: Filter;
    }
  | { readonly of: 'columns'; readonly table: TableName; readonly full: boolean; readonly filter: Filter }
  | { readonly of: 'indexes'; readonly table: TableName; readonly filter: Filter }
  | { readonly of: 'variables' | 'status'; readonly global: boolean; readonly filter: Filter }
  | { readonly of: 'processlist'; readonly full: boolean; readonly filter: Filter }
  | { readonly of: 'createTable' | 'createView' | 'createSequence'; readonly table: TableName; readonly filter: Filter }
  | { readonly of: 'createDatabase'; readonly database: string; readonly ifNotExists: boolean; readonly filter: Filter }
  | { readonly of: 'createUser' | 'grants'; readonly account?: AccountName; readonly filter: Filter };

export type Setting =
  | { readonly kind: 'system'; readonly scope: 'session' | 'global'; readonly name: string; readonly value: Expression }
  | { readonly kind: 'user'; readonly name: string; readonly value: Expression }
  | { readonly kind: 'names'; readonly charset?: string; readonly collation?: string }
  | { readonly kind: 'password'; readonly account?: AccountName; readonly password: string };

export type Statement =
  | Select
  | Insert
  | Update
  | Delete
  | CreateTable
  | CreateView
  | CreateSequence
  | {
      readonly kind: 'dropViews' | 'dropSequences';
      readonly names: readonly TableName[];
      readonly ifExists: boolean;
    }
  | { readonly kind: 'createDatabase'; readonly name: string; readonly ifNotExists: boolean }
  | { readonly kind: 'dropDatabase'; readonly name: string; readonly ifExists: boolean }
  | { readonly kind: 'dropTables'; readonly tables: readonly TableName[]; readonly ifExists: boolean }
  | { readonly kind: 'truncate'; readonly table: TableName }
  | { readonly kind: 'alterTable'; readonly table: TableName; readonly alterations: readonly Alteration[] }
  | { readonly kind: 'renameTables'; readonly renames: readonly { readonly from: TableName; readonly to: TableName }[] }
  | { readonly kind: 'show'; readonly show: Show }
  | { readonly kind: 'set'; readonly settings: readonly Setting[] }
  | { readonly kind: 'use'; readonly database: string }
  | { readonly kind: 'begin' | 'commit' | 'rollback' | 'flush' | 'nothing' }
  | { readonly kind: 'kill'; readonly connectionId: bigint | 'own'; readonly only: 'query' | 'connection' }
  | { readonly kind: 'adminChecksum'; readonly tables: readonly TableName[] }
  | { readonly kind: 'adminShowDdlJobs'; readonly count: bigint; readonly where?: Expression }
  | {
      readonly kind: 'createUser';
      readonly accounts: readonly AccountSpec[];
      readonly options: AccountOptions;
      readonly ifNotExists: boolean;
    }
  | {
      readonly kind: 'alterUser';
      readonly accounts: readonly AccountSpec[];
      readonly options: AccountOptions;
      readonly ifExists: boolean;
    }
  | { readonly kind: 'dropUser'; readonly accounts: readonly AccountName[]; readonly ifExists: boolean }
  | {
      readonly kind: 'grant' | 'revoke';
      readonly privileges: readonly string[];
      readonly level: GrantLevel;
      readonly accounts: readonly AccountName[];
      readonly grantOption: boolean;
    };
