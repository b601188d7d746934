import { createHash } from 'node:crypto';
import { hasFeature } from '../tidb-version.ts';
import type { BackupFile, BackupMeta } from './backup-meta.ts';
import { BrError } from './brie-error.ts';
import { CheckpointInCluster } from './checkpoint-in-cluster.ts';
import { CheckpointInStorage } from './checkpoint-in-storage.ts';
import type { CheckpointIdentity, CheckpointStore, RestoredBatches } from './checkpoint-store.ts';
import type { BrieJob } from './job.ts';

/** Progress of a restore, from which the same statement can resume after an interruption (br/pkg/checkpoint). */
export class RestoreCheckpoint {
  /** Whether an earlier restore had started. */
  readonly isResumed: boolean;
  readonly #store: CheckpointStore | undefined;
  readonly #identity: CheckpointIdentity;
  /** Whether work counts as done only if it is still in its table. */
  readonly #knowsTables: boolean;
  readonly #found: ReadonlySet<string>;
  readonly #done = new Map<string, RestoredBatches>();

  private constructor(
    store: CheckpointStore | undefined,
    identity: CheckpointIdentity,
    found: readonly RestoredBatches[] | undefined,
    knowsTables: boolean,
  ) {
    this.#store = store;
    this.#identity = identity;
    this.isResumed = found !== undefined;
    this.#knowsTables = knowsTables;
    this.#found = new Set(found?.map(({ file }) => file));
    for (const each of found ?? []) this.#done.set(each.file, each);
  }

  /** Throws if another restore has left a checkpoint. An incremental restore has none. */
  static async open(job: BrieJob, meta: BackupMeta): Promise<RestoreCheckpoint> {
    const identity = identityOf(job, meta);
    const store = meta.startVersion === 0n ? storeFor(job) : undefined;
    const found = await store?.load();
    if (store && found?.identity) checkIdentity(identity, found.identity, store.place);
    const knowsTables = !hasFeature(job.cluster.version, 'checkpointInCluster');
    return new RestoreCheckpoint(store, identity, found?.done, knowsTables);
  }

  async begin(): Promise<void> {
    if (!this.isResumed) await this.#store?.begin(this.#identity);
  }

  /** The number of the file's batches that need not be written again. */
  batchesDone(tableId: bigint, file: BackupFile): number {
    const done = this.#done.get(file.name);
    if (done === undefined || (this.#knowsTables && done.tableId !== tableId)) return 0;
    return done.batches;
  }

  note(tableId: bigint, file: BackupFile, batches: number): void {
    this.#done.set(file.name, { tableId, file: file.name, batches });
  }

  /** Whether an earlier restore had written rows of these files. */
  hadStarted(files: readonly BackupFile[]): boolean {
    return files.some(({ name }) => this.#found.has(name));
  }

  /** Saves the progress of a failed restore. Returns whether there is any. */
  async leave(): Promise<boolean> {
    await this.#store?.save([...this.#done.values()]);
    return this.#store !== undefined;
  }

  async remove(): Promise<void> {
    await this.#store?.remove();
  }
}

function storeFor(job: BrieJob): CheckpointStore | undefined {
  const { version } = job.cluster;
  if (!hasFeature(version, 'restoreCheckpoint')) return undefined;
  return hasFeature(version, 'checkpointInCluster') ? new CheckpointInCluster(job) : new CheckpointInStorage(job);
}

function identityOf({ scope, options }: BrieJob, meta: BackupMeta): CheckpointIdentity {
  const statement = JSON.stringify({ scope, withSystemTables: options.withSystemTables });
  return {
    upstreamClusterId: meta.clusterId,
    restoredTs: meta.endVersion,
    hash: createHash('sha256').update(statement).digest('hex'),
  };
}

/** InitCheckpoint in br/pkg/restore/snap_client/client.go, and checkPreallocIDReusable in br/pkg/task/restore.go of later releases. */
function checkIdentity(wanted: CheckpointIdentity, found: CheckpointIdentity, place: string): void {
  const advice = `Perhaps you should specify the last full backup storage instead, or just clean the checkpoint ${place} if the cluster has been cleaned up.`;
  if (found.upstreamClusterId !== wanted.upstreamClusterId) {
    throw mismatch(
      `The upstream cluster id[${wanted.upstreamClusterId}] of the current snapshot restore does not match that[${found.upstreamClusterId}] recorded in checkpoint. ${advice}`,
    );
  }
  if (found.restoredTs !== wanted.restoredTs) {
    throw mismatch(
      `The current snapshot restore want to restore cluster to the BackupTS[${wanted.restoredTs}], which is different from that[${found.restoredTs}] recorded in checkpoint. ${advice}`,
    );
  }
  if (found.hash !== wanted.hash) {
    throw mismatch('checkpoint hash mismatch, please use the same setting as the previous restore');
  }
}

function mismatch(reason: string): BrError {
  return new BrError(reason, 'Restore:ErrRestoreCheckpointMismatch');
}
