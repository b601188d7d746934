import type { TableName } from '../sql/ast.ts';

export type BrieScope =
  | { readonly kind: 'everything' }
  | { readonly kind: 'databases'; readonly names: readonly string[] }
  | { readonly kind: 'tables'; readonly tables: readonly TableName[] };

export type IntegerOption = 'CONCURRENCY' | 'CHECKSUM_CONCURRENCY' | 'COMPRESSION_LEVEL';
export type BooleanOption =
  | 'SEND_CREDENTIALS_TO_TIKV'
  | 'ONLINE'
  | 'CHECKPOINT'
  | 'WAIT_TIFLASH_READY'
  | 'WITH_SYS_TABLE'
  | 'IGNORE_STATS'
  | 'LOAD_STATS';
export type StringOption =
  | 'COMPRESSION_TYPE'
  | 'ENCRYPTION_METHOD'
  | 'ENCRYPTION_KEYFILE'
  | 'FULL_BACKUP_STORAGE'
  | 'RESTORED_TS'
  | 'START_TS'
  | 'UNTIL_TS'
  | 'GC_TTL';

export type BrieOption =
  | { readonly kind: 'integer'; readonly name: IntegerOption; readonly value: bigint }
  | { readonly kind: 'boolean'; readonly name: BooleanOption; readonly value: boolean }
  | { readonly kind: 'string'; readonly name: StringOption; readonly value: string }
  | { readonly kind: 'checksum'; readonly level: 'OFF' | 'OPTIONAL' | 'REQUIRED' }
  | { readonly kind: 'rateLimit'; readonly mebibytesPerSecond: bigint }
  | { readonly kind: 'snapshotAgo'; readonly microseconds: bigint }
  | { readonly kind: 'timestamp'; readonly name: 'SNAPSHOT' | 'LAST_BACKUP'; readonly at: bigint | string };

/** A BACKUP or RESTORE that can run. `url` is the literal, with its secrets. */
export interface BrieJobStatement {
  readonly kind: 'BACKUP' | 'RESTORE';
  readonly scope: BrieScope;
  readonly url: string;
  readonly options: readonly BrieOption[];
}

/** Statements that TiDB parses but refuses to run, with the name in its error. */
export interface UnsupportedBrieStatement {
  readonly kind: 'UNSUPPORTED';
  readonly statementKind:
    | 'BACKUP LOGS'
    | 'STOP BACKUP LOGS'
    | 'PAUSE BACKUP LOGS'
    | 'RESUME BACKUP LOGS'
    | 'PURGE BACKUP LOGS'
    | 'SHOW BACKUP LOGS STATUS'
    | 'SHOW BACKUP LOGS METADATA'
    | 'RESTORE POINT'
    | 'SHOW BR JOB';
  readonly url?: string;
}

export type BrieStatement =
  | BrieJobStatement
  | UnsupportedBrieStatement
  | { readonly kind: 'SHOW BACKUP METADATA'; readonly url: string }
  | { readonly kind: 'SHOW BR JOB QUERY'; readonly jobId: bigint }
  | { readonly kind: 'CANCEL BR JOB'; readonly jobId: bigint };
