import { createHash } from 'node:crypto';
import * as z from 'zod/mini';
import { notSupported } from '../sql/errors.ts';
import type { DdlJob } from '../storage/ddl-history.ts';
import type { TableDefinition } from '../storage/schema.ts';
import type { TableChecksum } from '../storage/storage.ts';
import { InvalidMetaFile } from './brie-error.ts';
import { DecodedMessage, encodeMessage, type FieldValue } from './protobuf.ts';
import { combineChecksums } from './row-checksum.ts';
import { tableIdOf } from './table-key.ts';

export const META_FILE = 'backupmeta';
export const LOCK_FILE = 'backup.lock';

/** Version 2 of the `backupmeta` format, BR's default: schemas, files and DDL lie in separate files (MetaV2 in metautil/metafile.go). */
const VERSION = 1n;

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

/** A table of a backup, or a database without tables (brpb.Schema). */
export interface BackupSchema {
  readonly database: string;
  readonly table?: BackupTable;
}

export interface BackupMeta {
  readonly clusterId: bigint;
  /** `8.5.0` */
  readonly clusterVersion: string;
  /** TSO of the base of an incremental backup, 0n for a full one. */
  readonly startVersion: bigint;
  readonly endVersion: bigint;
  readonly files: readonly BackupFile[];
  readonly schemas: readonly BackupSchema[];
  /** DDL since the base of an incremental backup. */
  readonly ddlJobs: readonly DdlJob[];
  /** `True` or `False`: the cluster's `new_collation_enabled`. Empty if the backup does not record it. */
  readonly newCollation: string;
}

/** A schema as read, with the checksum over its rows. */
export interface StoredSchema extends BackupSchema {
  readonly checksum: TableChecksum;
}

/** The contents of `backupmeta` itself: the other metadata files and their checksums. */
export interface BackupIndex extends Omit<BackupMeta, 'files' | 'schemas' | 'ddlJobs'> {
  readonly parts: Readonly<Record<PartName, readonly PartFile[]>>;
}

/** A kind of metadata, with its field in BackupMeta and its field in MetaFile. */
const PARTS = {
  schema: { index: 14, field: 3 },
  datafile: { index: 13, field: 2 },
  ddl: { index: 16, field: 5 },
} as const;
type PartName = keyof typeof PARTS;

interface PartFile {
  readonly name: string;
  readonly sha256: Uint8Array;
}

interface NamedFile {
  readonly name: string;
  readonly content: Uint8Array;
}

/** Marks `Schema.db`, `Schema.table` and `ddls` as the sandbox's own JSON rather than TiDB's. */
const BR_VERSION = 'tidb-sandbox 3';

const uint64 = z.pipe(
  z.string().check(z.regex(/^\d+$/)),
  z.transform((text) => BigInt(text)),
);
/** Written by this sandbox and opaque here; BR_VERSION has been checked before. */
const tableDefinition = z.custom<TableDefinition>(
  (definition) => typeof definition === 'object' && definition !== null,
);
/** TiDB's CIStr: a name as written and in lower case. */
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

/** The metadata files in writing order: `backupmeta`, which makes the backup complete, comes last. */
export function encodeBackupMeta(meta: BackupMeta): NamedFile[] {
  const ddls = meta.ddlJobs.length === 0 ? [] : [encodeDdls(meta.ddlJobs)];
  const contents: readonly (readonly [PartName, readonly FieldValue[]])[] = [
    ['datafile', meta.files.map(encodeFile)],
    ['schema', meta.schemas.map((schema) => encodeSchema(schema, meta.files))],
    ['ddl', ddls],
  ];
  const parts = contents
    .filter(([, values]) => values.length > 0)
    .map(([part, values], at) => ({
      part,
      name: `${META_FILE}.${part}.${String(at + 1).padStart(9, '0')}`,
      content: encodeMessage(values.map((value) => [PARTS[part].field, value] as const)),
    }));
  return [...parts, { name: META_FILE, content: encodeIndex(meta, parts) }];
}

/** Field numbers: kvproto's brpb.proto, message BackupMeta. */
function encodeIndex(meta: BackupMeta, parts: readonly (NamedFile & { readonly part: PartName })[]): Uint8Array {
  return encodeMessage([
    [1, meta.clusterId],
    // As PD answers: JSON with a line break.
    [2, `${JSON.stringify(meta.clusterVersion)}\n`],
    [5, meta.startVersion],
    [6, meta.endVersion],
    [11, BR_VERSION],
    [12, VERSION],
    ...parts.map(({ part, name, content }) => [PARTS[part].index, encodePartIndex(name, content)] as const),
    [20, meta.newCollation],
  ]);
}

/** A MetaFile that only refers to another one. */
function encodePartIndex(name: string, content: Uint8Array): Uint8Array {
  const file = encodeMessage([
    [1, name],
    [2, sha256(content)],
    [11, BigInt(content.length)],
  ]);
  return encodeMessage([[1, file]]);
}

/** Throws if the bytes are no `backupmeta`, and 1105 if a real BR wrote it. A truncated one may lack some or all fields. */
export function decodeBackupIndex(bytes: Uint8Array): BackupIndex {
  const message = new DecodedMessage(bytes);
  const brVersion = message.text(11);
  if (brVersion !== '' && brVersion !== BR_VERSION) throw notSupported(`restoring a backup made by '${brVersion}'`);
  const partsAt = ({ index }: { readonly index: number }) =>
    message
      .messages(index)
      .flatMap((each) => each.messages(1).map((file) => ({ name: file.text(1), sha256: file.bytes(2) })));
  return {
    clusterId: message.uint(1),
    clusterVersion: message.text(2).replaceAll('"', '').trim(),
    startVersion: message.uint(5),
    endVersion: message.uint(6),
    newCollation: message.text(20),
    parts: { schema: partsAt(PARTS.schema), datafile: partsAt(PARTS.datafile), ddl: partsAt(PARTS.ddl) },
  };
}

/** Throws BR's error for a part that does not match `backupmeta` (walkLeafMetaFile in metautil/metafile.go). */
export function checkPart({ sha256: expected }: PartFile, content: Uint8Array): void {
  const found = sha256(content);
  if (found.equals(expected)) return;
  throw new InvalidMetaFile(
    `checksum mismatch expect ${Buffer.from(expected).toString('hex')}, got ${found.toString('hex')}`,
  );
}

export function decodeSchemas(part: Uint8Array): StoredSchema[] {
  return new DecodedMessage(part).messages(PARTS.schema.field).map(decodeSchema);
}

export function decodeFiles(part: Uint8Array): BackupFile[] {
  return new DecodedMessage(part).messages(PARTS.datafile.field).map(decodeFile);
}

export function decodeDdls(part: Uint8Array): DdlJob[] {
  return ddlJobs.parse(JSON.parse(new DecodedMessage(part).text(PARTS.ddl.field)));
}

function encodeDdls(jobs: readonly DdlJob[]): string {
  return JSON.stringify(jobs, (_, value) => (typeof value === 'bigint' ? String(value) : value));
}

function sha256(content: Uint8Array): Buffer {
  return createHash('sha256').update(content).digest();
}

/** brpb.File; a checkpoint keeps the same for each finished file. */
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

function decodeSchema(message: DecodedMessage): StoredSchema {
  const { db_name: database } = databaseSchema.parse(JSON.parse(message.text(1)));
  const table = message.text(2);
  const checksum = { crc64Xor: message.uint(3), totalKvs: message.uint(4), totalBytes: message.uint(5) };
  return { database, checksum, ...(table !== '' && { table: tableSchema.parse(JSON.parse(table)) }) };
}

export function filesOfTable(tableId: bigint, files: readonly BackupFile[]): BackupFile[] {
  return files.filter((file) => tableIdOf(file.startKey) === tableId);
}

export function checksumOfTable(tableId: bigint, files: readonly BackupFile[]): TableChecksum {
  return combineChecksums(filesOfTable(tableId, files).map(({ checksum }) => checksum));
}
