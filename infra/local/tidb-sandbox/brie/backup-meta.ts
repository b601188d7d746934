import * as z from 'zod/mini';
import { notSupported } from '../sql/errors.ts';
import type { DdlJob } from '../storage/ddl-history.ts';
import type { TableDefinition } from '../storage/schema.ts';
import type { TableChecksum } from '../storage/storage.ts';
import { DecodedMessage, encodeMessage } from './protobuf.ts';
import { combineChecksums } from './row-checksum.ts';
import { tableIdOf } from './table-key.ts';

export const META_FILE = 'backupmeta';
export const LOCK_FILE = 'backup.lock';

export type ColumnFamily = 'write' | 'default';

/** One `.sst` file (brpb.File). Keys are table keys; the checksum covers the rows, not the deletions. */
export interface BackupFile {
  readonly name: string;
  readonly sha256: Uint8Array;
  readonly startKey: Uint8Array;
  readonly endKey: Uint8Array;
  readonly columnFamily: ColumnFamily;
  readonly checksum: TableChecksum;
  /** Bytes of the file. */
  readonly size: bigint;
}

interface BackupTable {
  readonly id: bigint;
  readonly name: string;
  readonly definition: TableDefinition;
  readonly nextRowId: bigint;
}

/** A table of a backup, or a database without any (brpb.Schema). */
export interface BackupSchema {
  readonly database: string;
  readonly table?: BackupTable;
}

export interface BackupMeta {
  readonly clusterId: bigint;
  /** `8.5.0` */
  readonly clusterVersion: string;
  /** TSO of the base of an incremental backup, 0n of a full one. */
  readonly startVersion: bigint;
  readonly endVersion: bigint;
  readonly files: readonly BackupFile[];
  readonly schemas: readonly BackupSchema[];
  /** DDL since the base of an incremental backup. */
  readonly ddlJobs: readonly DdlJob[];
}

/** Marks the inside of `Schema.db`, `Schema.table` and `ddls` as the sandbox's own JSON rather than TiDB's. */
const BR_VERSION = 'tidb-sandbox 2';

const uint64 = z.pipe(
  z.string().check(z.regex(/^\d+$/)),
  z.transform((text) => BigInt(text)),
);
/** Written by this sandbox, and opaque here; BR_VERSION has been checked before. */
const tableDefinition = z.custom<TableDefinition>(
  (definition) => typeof definition === 'object' && definition !== null,
);
/** TiDB's CIStr: a name as it was written, and in lower case. */
const ciName = z.pipe(
  z.object({ O: z.string() }),
  z.transform(({ O }) => O),
);
const databaseSchema = z.object({ db_name: ciName });
const tableSchema = z.object({
  id: uint64,
  name: ciName,
  nextRowId: uint64,
  definition: tableDefinition,
});
const ddlJobs = z.array(
  z.object({
    id: uint64,
    type: z.string(),
    subjobs: z.array(z.string()),
    database: z.string(),
    databaseId: uint64,
    table: z.string(),
    tableId: uint64,
    tables: z.array(z.object({ id: uint64, name: z.string(), definition: tableDefinition })),
    query: z.string(),
    createTs: uint64,
    schemaTs: uint64,
    finishTs: uint64,
  }),
);

/** Field numbers: kvproto's brpb.proto, message BackupMeta. */
export function encodeBackupMeta(meta: BackupMeta): Uint8Array {
  return encodeMessage([
    [1, meta.clusterId],
    [2, meta.clusterVersion],
    ...meta.files.map((file) => [4, encodeFile(file)] as const),
    [5, meta.startVersion],
    [6, meta.endVersion],
    ...meta.schemas.map((schema) => [7, encodeSchema(schema, meta.files)] as const),
    [10, JSON.stringify(meta.ddlJobs, (_, value) => (typeof value === 'bigint' ? String(value) : value))],
    [11, BR_VERSION],
  ]);
}

/** Throws if the bytes are not a `backupmeta`, and 1105 if a real BR has written it. */
export function decodeBackupMeta(bytes: Uint8Array): BackupMeta {
  const message = new DecodedMessage(bytes);
  if (message.text(11) !== BR_VERSION) throw notSupported(`restoring a backup made by '${message.text(11)}'`);
  return {
    clusterId: message.uint(1),
    clusterVersion: message.text(2),
    files: message.messages(4).map(decodeFile),
    startVersion: message.uint(5),
    endVersion: message.uint(6),
    schemas: message.messages(7).map(decodeSchema),
    ddlJobs: ddlJobs.parse(JSON.parse(message.text(10))),
  };
}

/** brpb.File; also what a checkpoint keeps of a file that is done. */
export function encodeFile(file: BackupFile): Uint8Array {
  return encodeMessage([
    [1, file.name],
    [2, file.sha256],
    [3, file.startKey],
    [4, file.endKey],
    [7, file.checksum.crc64Xor],
    [8, file.checksum.totalKvs],
    [9, file.checksum.totalBytes],
    [10, file.columnFamily],
    [11, file.size],
  ]);
}

export function decodeFile(message: DecodedMessage): BackupFile {
  return {
    name: message.text(1),
    sha256: message.bytes(2),
    startKey: message.bytes(3),
    endKey: message.bytes(4),
    checksum: { crc64Xor: message.uint(7), totalKvs: message.uint(8), totalBytes: message.uint(9) },
    columnFamily: message.text(10) === 'default' ? 'default' : 'write',
    size: message.uint(11),
  };
}

function encodeSchema({ database, table }: BackupSchema, files: readonly BackupFile[]): Uint8Array {
  if (table === undefined) return encodeMessage([[1, JSON.stringify({ db_name: encodeName(database) })]]);
  const checksum = checksumOfTable(table.id, files);
  const json = {
    id: String(table.id),
    name: encodeName(table.name),
    definition: table.definition,
    nextRowId: String(table.nextRowId),
  };
  return encodeMessage([
    [1, JSON.stringify({ db_name: encodeName(database) })],
    [2, JSON.stringify(json)],
    [3, checksum.crc64Xor],
    [4, checksum.totalKvs],
    [5, checksum.totalBytes],
  ]);
}

function encodeName(name: string): { O: string; L: string } {
  return { O: name, L: name.toLowerCase() };
}

function decodeSchema(message: DecodedMessage): BackupSchema {
  const { db_name: database } = databaseSchema.parse(JSON.parse(message.text(1)));
  const table = message.text(2);
  return table === '' ? { database } : { database, table: tableSchema.parse(JSON.parse(table)) };
}

export function filesOfTable(tableId: bigint, files: readonly BackupFile[]): BackupFile[] {
  return files.filter((file) => tableIdOf(file.startKey) === tableId);
}

export function checksumOfTable(tableId: bigint, files: readonly BackupFile[]): TableChecksum {
  return combineChecksums(filesOfTable(tableId, files).map(({ checksum }) => checksum));
}
