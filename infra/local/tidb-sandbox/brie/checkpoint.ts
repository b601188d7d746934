import { createHash } from 'node:crypto';
import * as z from 'zod/mini';
import type { Tso } from '../storage/tso.ts';
import { type BackupFile, decodeFile, encodeFile } from './backup-meta.ts';
import { BrError } from './brie-error.ts';
import type { ExternalStorage } from './external-storage.ts';
import { DecodedMessage, encodeMessage } from './protobuf.ts';

/** Source: br/pkg/checkpoint. */
const FOLDER = 'checkpoints/backup';
const META = `${FOLDER}/checkpoint.meta`;
const LOCK = `${FOLDER}/checkpoint.lock`;
const DATA = `${FOLDER}/data/`;
const LOCK_LIFETIME_MS = 5 * 60_000;

const metaSchema = z.object({ configHash: z.string(), backupTs: z.string().check(z.regex(/^\d+$/)) });
const lockSchema = z.object({ lockId: z.string(), expireAt: z.number() });

/** How far an interrupted backup to this path had come. */
export interface Progress {
  readonly backupTs: Tso;
  /** Files of finished tables, by table id. */
  readonly tables: ReadonlyMap<bigint, readonly BackupFile[]>;
}

/** BR compares it, so that a backup resumes only with its original scope, options and credentials. */
export function hashConfig(config: unknown): string {
  const json = JSON.stringify(config, (_, value) => (typeof value === 'bigint' ? String(value) : value));
  return createHash('sha256').update(json).digest('hex');
}

/**
 * The checkpoint in a backup's path, from which the same BACKUP can resume after its TiDB server died. Meanwhile the path is taken: for
 * other backups by the hash, for the same backup by a lock that outlives its holder by five minutes.
 */
export class Checkpoint {
  readonly #storage: ExternalStorage;
  readonly #configHash: string;
  readonly #lockId: string;
  readonly #clock: () => number;

  /** `clock` returns Unix milliseconds; `lockId` is unique in the cluster. */
  constructor(storage: ExternalStorage, configHash: string, lockId: string, clock: () => number) {
    this.#storage = storage;
    this.#configHash = configHash;
    this.#lockId = lockId;
    this.#clock = clock;
  }

  /** What can be resumed; `undefined` if no backup has started here. Throws BrError if a different one has. */
  async load(): Promise<Progress | undefined> {
    if (!(await this.#storage.exists(META))) return undefined;
    const meta = metaSchema.parse(await this.#readJson(META));
    if (meta.configHash !== this.#configHash) {
      throw new BrError(
        `failed to backup to ${this.#storage.uri}, because the checkpoint mode is used, but the hashs of the configs are not the same. Please check the config`,
        'Common:ErrInvalidArgument',
      );
    }
    await this.#refuseIfLocked();
    const tables = new Map<bigint, BackupFile[]>();
    for await (const name of this.#storage.list(DATA)) {
      const message = new DecodedMessage(await this.#storage.read(name));
      tables.set(message.uint(1), message.messages(2).map(decodeFile));
    }
    return { backupTs: BigInt(meta.backupTs), tables };
  }

  async begin(backupTs: Tso): Promise<void> {
    await this.lock();
    await this.#storage.write(META, encodeJson({ configHash: this.#configHash, backupTs: String(backupTs) }));
  }

  /** Takes the lock or extends it by five minutes. */
  async lock(): Promise<void> {
    const lock = { lockId: this.#lockId, expireAt: this.#clock() + LOCK_LIFETIME_MS };
    await this.#storage.write(LOCK, encodeJson(lock));
  }

  async unlock(): Promise<void> {
    await this.#storage.remove([LOCK]);
  }

  async tableDone(tableId: bigint, files: readonly BackupFile[]): Promise<void> {
    const message = encodeMessage([[1, tableId], ...files.map((file) => [2, encodeFile(file)] as const)]);
    await this.#storage.write(`${DATA}${tableId}.cpt`, message);
  }

  async remove(): Promise<void> {
    const names: string[] = [];
    for await (const name of this.#storage.list('checkpoints/')) names.push(name);
    await this.#storage.remove(names);
  }

  async #refuseIfLocked(): Promise<void> {
    if (!(await this.#storage.exists(LOCK))) return;
    const { lockId, expireAt } = lockSchema.parse(await this.#readJson(LOCK));
    const seconds = Math.ceil((expireAt - this.#clock()) / 1000);
    if (seconds <= 0) return;
    throw new Error(
      `failed to acquire lock: the existing lock will expire in ${seconds} seconds. There may be another BR(${lockId}) running. If not, please wait for the lock to expire, or delete the file \`${this.#storage.uri}/${LOCK}\` manually.`,
    );
  }

  async #readJson(name: string): Promise<unknown> {
    return JSON.parse(Buffer.from(await this.#storage.read(name)).toString('utf8'));
  }
}

function encodeJson(value: unknown): Uint8Array {
  return Buffer.from(JSON.stringify(value), 'utf8');
}
