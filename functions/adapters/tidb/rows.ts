import * as z from 'zod/mini';
import { decimal64 } from '../../domain/backup/backup-record.ts';

/** The results of the statements that the service sends, by column name: TiDB's releases add and move columns. */

/** A number or text: mysql2 returns text only for values above 2^53. */
const count = z.pipe(z.union([z.string(), z.number()]), z.transform(String));

export const serverRelease = z.object({ build: z.string(), ciCollations: count });

export const serverIdentity = z.object({
  connectionId: decimal64,
  hostname: z.string(),
  port: z.pipe(z.union([z.string(), z.number()]), z.transform(String)),
  version: z.string(),
});

/** A check's query of a server. */
export const inspectedServer = z.object({
  hostname: z.string(),
  port: count,
  build: z.string(),
  now: z.string(),
  gcLifeTime: z.string(),
});

export const scratchRow = z.object({ content: z.string() });

export const brieResult = z.object({ Size: decimal64, BackupTS: decimal64 });

export const brieJob = z.object({
  /** Ascending; unset in releases before 7.3. */
  Id: z.optional(decimal64),
  Destination: z.string(),
  Connection: decimal64,
  State: z.string(),
  Progress: z.pipe(z.union([z.string(), z.number()]), z.transform(Number)),
  /** Null or a zero date while it runs. */
  Finish_time: z.nullable(z.string()),
  /** The error that ended it. */
  Message: z.nullish(z.string()),
});
export type BrieJob = z.infer<typeof brieJob>;

/** `Table` is empty in the row of an empty database. */
export const backupMetadata = z.object({ Database: z.string(), Table: z.string() });
export type BackupMetadata = z.infer<typeof backupMetadata>;

export const process = z.object({ INSTANCE: z.string(), ID: decimal64, INFO: z.nullable(z.string()) });

/** A connection, and the account that queries it. */
export const idleProcess = z.object({ USER: z.string(), COMMAND: z.string(), account: z.string() });

/** Its one column is named after the account. */
export const grant = z.record(z.string(), z.string());

/**
 * A TiDB server listed by the cluster. `IP` is NULL under TiDB's Security Enhanced Mode, which names servers by
 * `DDL_ID` instead.
 */
export const listedServer = z.object({
  DDL_ID: z.string(),
  IP: z.nullable(z.string()),
  STATUS_PORT: z.pipe(z.union([z.string(), z.number()]), z.transform(String)),
});
export type ListedServer = z.infer<typeof listedServer>;

export const answeringServer = z.object({ INSTANCE: z.string() });

export const sqlWarning = z.object({ Message: z.string() });

export const registeredRestore = z.object({ id: count });

export const formerName = z.object({
  JOB_ID: count,
  DB_NAME: z.string(),
  TABLE_NAME: z.string(),
  JOB_TYPE: z.string(),
  TABLE_ID: count,
});

/** Times as text; NULL before the job starts or ends. `QUERY` may be NULL, and then so is `byRestore`. */
export const ddlJobRow = z.object({
  ...formerName.shape,
  START_TIME: z.nullable(z.string()),
  END_TIME: z.nullable(z.string()),
  STATE: z.string(),
  byRestore: z.nullable(count),
  /** Only for a DROP. */
  dropStatement: z.nullable(z.string()),
});
export type DdlJobRow = z.infer<typeof ddlJobRow>;

export const schema = z.object({ SCHEMA_NAME: z.string() });

/** Views have no lengths. */
export const tableLengths = z.object({
  TABLE_SCHEMA: z.string(),
  TABLE_NAME: z.string(),
  DATA_LENGTH: z.nullable(decimal64),
  INDEX_LENGTH: z.nullable(decimal64),
});

export type TableLengths = z.infer<typeof tableLengths>;

/** A node of the cluster: `tidb`, `tikv`, `pd`, `tiflash`. */
export const clusterNode = z.object({ TYPE: z.string(), VERSION: z.nullable(z.string()) });
export type ClusterNode = z.infer<typeof clusterNode>;

export const tableOfSchema = z.object({ TABLE_SCHEMA: z.string(), TABLE_NAME: z.string() });

export const ownConnection = z.object({ connectionId: decimal64 });

export const holdBegun = z.object({ tso: decimal64 });

export const tableEntry = z.object({ ...tableOfSchema.shape, TABLE_TYPE: z.string(), TIDB_TABLE_ID: count });

/** `EXTRA` identifies generated columns. */
export const columnOfTable = z.object({ COLUMN_NAME: z.string(), DATA_TYPE: z.string(), EXTRA: z.string() });
export type ColumnOfTable = z.infer<typeof columnOfTable>;

export const viewEntry = z.object({
  VIEW_DEFINITION: z.string(),
  CHECK_OPTION: z.string(),
  DEFINER: z.string(),
  SECURITY_TYPE: z.string(),
});

export const tiflashReplica = z.object({ ...tableOfSchema.shape, REPLICA_COUNT: count });

/** The column name says what kind of object the text defines. */
export const createText = z.union([
  z.object({ 'Create Table': z.string() }),
  z.object({ 'Create Sequence': z.string() }),
]);

/** The sum of no rows is NULL. */
export const contentOfTable = z.object({ row_count: count, content_sum: z.nullable(count) });

export const tableChecksum = z.object({ Checksum_crc64_xor: count, Total_kvs: count, Total_bytes: count });
