import { createHash } from 'node:crypto';
import * as z from 'zod/mini';
import { fieldsIn, fieldsOf, MalformedMessage } from '../tidb/protobuf-fields.ts';
import type { BackupContents } from '../tidb/tidb.ts';
import { formatTidbVersion, parseTidbVersion } from '../tidb/tidb-version.ts';
import type { TidbRelease } from './backup-record.ts';
import { isSystemDatabase } from './backup-scope.ts';

/** Fields of kvproto's `brpb.proto` (pingcap/kvproto). */
const BACKUP_META = {
  clusterId: 1,
  clusterVersion: 2,
  startVersion: 5,
  endVersion: 6,
  schemas: 7,
  isRawKv: 8,
  schemaIndex: 14,
  newCollationsEnabled: 20,
  isTxnKv: 21,
} as const;
const META_FILE = { metaFiles: 1, schemas: 3 } as const;
const FILE = { name: 1, sha256: 2 } as const;
const SCHEMA = { database: 1, table: 2 } as const;

/** The TiDB cluster and snapshot of a backup. */
export interface BackupOrigin {
  backupTso: string;
  /** PD's cluster id: unique, and never changes. `undefined` if the file does not contain it. */
  tidbClusterId?: string;
}

/**
 * Reads a finished backup's origin from its `backupmeta`. SQL cannot: `SHOW BACKUP METADATA` rounds the snapshot to
 * seconds. In old formats the file lists every other file, so it is streamed, never held in memory.
 * @throws MalformedMessage if it is not a BackupMeta, or has no end version
 */
export async function originOf(backupMeta: AsyncIterable<Uint8Array>): Promise<BackupOrigin> {
  let tidbClusterId: string | undefined;
  // BR writes the fields in ascending order.
  for await (const { number, value } of fieldsOf(backupMeta)) {
    if (typeof value !== 'bigint') continue;
    if (number === BACKUP_META.clusterId) tidbClusterId = value.toString();
    if (number === BACKUP_META.endVersion)
      return { backupTso: value.toString(), ...(tidbClusterId && { tidbClusterId }) };
  }
  throw new MalformedMessage('backupmeta has no end version');
}

/** A backup of keys and values instead of tables, by `br backup raw` or `br backup txn`. */
export class KeyValueBackup extends Error {
  override readonly name = 'KeyValueBackup';
}

/** What `backupmeta` says about its backup. */
export interface BackupMeta extends TidbRelease, BackupOrigin {
  /** Start TSO of an incremental backup: the snapshot of its base. */
  baseTso?: string;
}

/**
 * Reads the whole file, so that a truncated one is detected.
 * @throws MalformedMessage, KeyValueBackup
 */
export async function readBackupMeta(backupMeta: AsyncIterable<Uint8Array>): Promise<BackupMeta> {
  const { clusterId, clusterVersion, startVersion, endVersion, newCollationsEnabled, isRawKv, isTxnKv } = BACKUP_META;
  const found = new Map<number, bigint | Uint8Array>();
  for await (const { number, value } of fieldsOf(backupMeta, [clusterVersion, newCollationsEnabled])) {
    found.set(number, value);
  }
  if (found.get(isRawKv) === 1n || found.get(isTxnKv) === 1n) {
    throw new KeyValueBackup('it holds raw or transactional key-values, no tables');
  }
  const tso = found.get(endVersion);
  if (typeof tso !== 'bigint') throw new MalformedMessage(found.size === 0 ? 'it is empty' : 'it has no end version');
  // BR writes the version as a JSON string with a line break.
  const version = parseTidbVersion(textOf(found.get(clusterVersion)).replaceAll('"', '').trim());
  const collations = textOf(found.get(newCollationsEnabled)).toLowerCase();
  const tidbClusterId = found.get(clusterId);
  const base = found.get(startVersion);
  return {
    backupTso: tso.toString(),
    // For a full backup BR omits it, or writes 0; old releases write the snapshot (`IsIncremental` in its snap_client).
    ...(typeof base === 'bigint' && base > 0n && base !== tso && { baseTso: base.toString() }),
    ...(typeof tidbClusterId === 'bigint' && { tidbClusterId: tidbClusterId.toString() }),
    ...(version && { tidbVersion: formatTidbVersion(version) }),
    ...(collations !== '' && { newCollationEnabled: collations === 'true' }),
  };
}

/**
 * What a backup holds, as `SHOW BACKUP METADATA` shows it on TiDB 7.3 and later. Reads the `backupmeta` of any release,
 * with the schemas inline or in files of their own.
 * @param read reads a file of the backup
 * @throws MalformedMessage
 */
export async function contentsOfBackupMeta(
  read: (name: string) => Promise<AsyncIterable<Uint8Array> | undefined>,
): Promise<BackupContents> {
  const schemas: Schema[] = [];
  const { schemas: listed, schemaIndex } = BACKUP_META;
  for await (const { number, value } of fieldsOf(await present('backupmeta'), [listed, schemaIndex])) {
    if (typeof value === 'bigint') continue;
    if (number === listed) schemas.push(await schemaOf(value));
    if (number === schemaIndex) await readMetaFile(value);
  }
  return contentsOf(schemas);

  async function readMetaFile(metaFile: Uint8Array): Promise<void> {
    for await (const { number, value } of fieldsIn(metaFile, Object.values(META_FILE))) {
      if (typeof value === 'bigint') continue;
      if (number === META_FILE.schemas) schemas.push(await schemaOf(value));
      if (number === META_FILE.metaFiles) await readMetaFile(await partOf(value));
    }
  }

  async function partOf(file: Uint8Array): Promise<Uint8Array> {
    const field = await bytesIn(file, FILE);
    const parts: Uint8Array[] = [];
    const name = field(FILE.name).toString();
    for await (const part of await present(name)) parts.push(part);
    const bytes = Buffer.concat(parts);
    if (createHash('sha256').update(bytes).digest().equals(field(FILE.sha256))) return bytes;
    throw new MalformedMessage(`${name} has changed since it was written`);
  }

  async function present(name: string): Promise<AsyncIterable<Uint8Array>> {
    const file = await read(name);
    if (file === undefined) throw new MalformedMessage(`${name} is missing`);
    return file;
  }
}

interface Schema {
  database: string;
  /** Unset for an empty database. */
  table?: string;
}

/** Without TiDB's own databases. */
export function contentsOf(schemas: readonly Schema[]): BackupContents {
  const own = schemas.filter(({ database }) => !isSystemDatabase(database));
  return {
    databases: [...new Set(own.map(({ database }) => database))],
    tables: own.flatMap(({ database, table }) => (table === undefined ? [] : [{ database, table }])),
  };
}

/** TiDB's CIStr: the original and the lower-case name. */
const name = z.object({ O: z.string() });
const databaseInfo = z.object({ db_name: name });
const tableInfo = z.object({ name });

async function schemaOf(message: Uint8Array): Promise<Schema> {
  const field = await bytesIn(message, SCHEMA);
  const table = field(SCHEMA.table);
  return {
    database: infoIn(field(SCHEMA.database), databaseInfo).db_name.O,
    ...(table.length > 0 && { table: infoIn(table, tableInfo).name.O }),
  };
}

function infoIn<Info>(json: Buffer, schema: z.ZodMiniType<Info>): Info {
  try {
    return schema.parse(JSON.parse(json.toString()));
  } catch (cause) {
    throw new MalformedMessage('it describes a table in an unknown format', { cause });
  }
}

/** Reads some fields of a small message; missing ones are empty. */
async function bytesIn(
  message: Uint8Array,
  wanted: Readonly<Record<string, number>>,
): Promise<(number: number) => Buffer> {
  const found = new Map<number, Buffer>();
  for await (const { number, value } of fieldsIn(message, Object.values(wanted))) {
    if (typeof value !== 'bigint') found.set(number, Buffer.from(value));
  }
  return (number) => found.get(number) ?? Buffer.alloc(0);
}

function textOf(value: bigint | Uint8Array | undefined): string {
  return value === undefined || typeof value === 'bigint' ? '' : Buffer.from(value).toString();
}
