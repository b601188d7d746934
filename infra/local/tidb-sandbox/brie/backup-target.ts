import { LOCK_FILE, META_FILE } from './backup-meta.ts';
import { BrError } from './brie-error.ts';
import { Checkpoint, hashConfig, type Progress } from './checkpoint.ts';
import type { ExternalStorage } from './external-storage.ts';
import type { BrieJob } from './job.ts';
import { openStorage } from './open-storage.ts';

const LOCK_TEXT = "DO NOT DELETE\nThis file exists to remind other backup jobs won't use this path";
const LOCK_RENEWAL_MS = 4 * 60_000;
/** Time in which a canceled backup may release its lock. */
const UNLOCK_TIMEOUT_MS = 5_000;

/** The path that a BACKUP writes to. */
export class BackupTarget {
  /** `backupmeta`, the lock and the checkpoint: written by TiDB, with the keys of the URL. */
  readonly meta: ExternalStorage;
  /** The rows: written by TiKV, with the keys of the URL or its own role (SEND_CREDENTIALS_TO_TIKV). */
  readonly data: ExternalStorage;
  readonly checkpoint: Checkpoint;
  readonly #job: BrieJob;
  readonly #lockId: string;
  #renewal: NodeJS.Timeout | undefined;

  /** Throws BrError for an impossible path. `lockId` is unique in the cluster. */
  constructor(job: BrieJob, lockId: string) {
    const { location, cluster, options, signal } = job;
    this.#job = job;
    this.#lockId = lockId;
    this.meta = openStorage(location, cluster.externalStorage, signal);
    this.data = this.meta.asSeenByTikv(options.sendCredentials);
    this.checkpoint = this.#checkpointIn(this.meta);
  }

  /**
   * Claims the path and returns what an earlier attempt at the same backup had done. Throws BrError if the path holds a backup or other
   * files (SetStorageAndCheckNotInUse in br/pkg/backup/client.go).
   */
  async claim(): Promise<Progress | undefined> {
    if (await this.meta.exists(META_FILE)) {
      throw new BrError(
        `backup meta file exists in ${this.meta.uri}/${META_FILE}, there may be some backup files in the path already, please specify a correct backup directory!`,
        'Common:ErrInvalidArgument',
      );
    }
    const progress = await this.checkpoint.load();
    if (progress === undefined) await this.#refuseForeignFiles();
    await this.meta.write(LOCK_FILE, Buffer.from(LOCK_TEXT));
    return progress;
  }

  /** Keeps others from resuming this backup while it runs. */
  holdLock(): void {
    // If the lock cannot be renewed, it expires; at worst a second attempt at the same backup starts.
    this.#renewal = setInterval(() => void this.checkpoint.lock().catch(() => undefined), LOCK_RENEWAL_MS).unref();
  }

  /** Lets the same backup be retried at once. */
  async abandon(): Promise<void> {
    const { location, cluster } = this.#job;
    const storage = openStorage(location, cluster.externalStorage, AbortSignal.timeout(UNLOCK_TIMEOUT_MS));
    try {
      await this.#checkpointIn(storage).unlock();
    } catch {
      // The store is unavailable, which is why the backup failed; the lock expires by itself.
    } finally {
      storage.close();
    }
  }

  close(): void {
    clearInterval(this.#renewal);
    this.meta.close();
    this.data.close();
  }

  #checkpointIn(storage: ExternalStorage): Checkpoint {
    const { scope, location, options, cluster } = this.#job;
    const { lastBackup, sendCredentials } = options;
    const hash = hashConfig({ scope, location, lastBackup, sendCredentials, cluster: cluster.id });
    return new Checkpoint(storage, hash, this.#lockId, cluster.clock);
  }

  /** A lock alone is acceptable: that backup wrote nothing. */
  async #refuseForeignFiles(): Promise<void> {
    if (!(await this.meta.exists(LOCK_FILE))) return;
    for await (const name of this.meta.list()) {
      if (!name.endsWith('.sst')) continue;
      throw new BrError(
        `backup lock file and sst file exist in ${this.meta.uri}/${LOCK_FILE}, there are some backup files in the path already, but hasn't checkpoint metadata, please specify a correct backup directory!`,
        'Common:ErrInvalidArgument',
      );
    }
  }
}
