import * as z from 'zod/mini';
import type { Cell } from '../storage/cell.ts';
import type { TableInfo } from '../storage/schema.ts';
import { CHECKPOINT_TABLES } from '../storage/system-schema.ts';
import { putRows, readRows, replaceRows } from '../storage/table-rows.ts';
import type { CheckpointIdentity, CheckpointStore, RestoredBatches } from './checkpoint-store.ts';
import { datetimeAt } from './datetime.ts';
import type { BrieJob } from './job.ts';
import { dropDatabase, makeDatabase, makeTables } from './restored-schemas.ts';
import { TEMPORARY_PREFIX } from './temporary-names.ts';

const DATABASE = `${TEMPORARY_PREFIX}Snapshot_Restore_Checkpoint`;

const uint64 = z.pipe(
  z.string().check(z.regex(/^\d+$/)),
  z.transform((text) => BigInt(text)),
);
const identitySchema = z.object({ upstreamClusterId: uint64, restoredTs: uint64, hash: z.string() });
const batchesSchema = z.object({ tableId: uint64, file: z.string(), batches: z.number() });

/** Keeps the checkpoint in tables of the target, where everyone sees them and can drop them. */
export class CheckpointInCluster implements CheckpointStore {
  readonly place = `database[${DATABASE}]`;
  readonly #cluster: BrieJob['cluster'];

  constructor({ cluster }: Pick<BrieJob, 'cluster'>) {
    this.#cluster = cluster;
  }

  /** A checkpoint exists if its metadata table does. */
  async load(): Promise<{ identity: CheckpointIdentity; done: RestoredBatches[] } | undefined> {
    const metadata = this.#table('cpt_metadata');
    if (metadata === undefined) return undefined;
    const [identity] = readRows(this.#cluster.storage, metadata).map((row) => identitySchema.parse(fromJson(row[1])));
    if (identity === undefined) {
      throw new Error(
        `get the empty checkpoint meta, the checkpoint is incomplete from table ${DATABASE}.${metadata.name}`,
      );
    }
    const data = this.#table('cpt_data');
    if (data === undefined) throw new Error(`failed to get checkpoint data from table ${DATABASE}.cpt_data`);
    const done = readRows(this.#cluster.storage, data).map((row) => batchesSchema.parse(fromJson(row[2])));
    return { identity, done };
  }

  async begin(identity: CheckpointIdentity): Promise<void> {
    const { storage } = this.#cluster;
    makeDatabase(DATABASE, storage);
    const tables = Object.entries(CHECKPOINT_TABLES).map(([name, definition]) => ({ name, definition }));
    makeTables('create tables', DATABASE, tables, storage);
    const metadata = this.#table('cpt_metadata');
    if (metadata) putRows(storage, metadata, [[0n, toJson(identity), this.#now()]]);
  }

  async save(done: readonly RestoredBatches[]): Promise<void> {
    const data = this.#table('cpt_data');
    const rows = done.map((each, at): Cell[] => [uuidOf(at), 0n, toJson(each), this.#now()]);
    if (data) replaceRows(this.#cluster.storage, data, rows);
  }

  async remove(): Promise<void> {
    dropDatabase(DATABASE, this.#cluster.storage);
  }

  #table(name: keyof typeof CHECKPOINT_TABLES): TableInfo | undefined {
    const { storage } = this.#cluster;
    return storage.findTable(DATABASE, name, storage.currentTso());
  }

  #now(): string {
    return datetimeAt(this.#cluster.clock(), 0);
  }
}

function uuidOf(at: number): Buffer {
  const uuid = Buffer.alloc(32);
  uuid.writeUInt32BE(at, 12);
  return uuid;
}

function toJson(value: object): Buffer {
  return Buffer.from(JSON.stringify(value, (_, each) => (typeof each === 'bigint' ? String(each) : each)));
}

function fromJson(cell: Cell | undefined): unknown {
  return cell instanceof Uint8Array ? JSON.parse(Buffer.from(cell).toString()) : undefined;
}
