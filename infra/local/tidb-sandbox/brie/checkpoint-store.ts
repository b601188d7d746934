/** Batches written per file, by target table. */
export interface RestoredBatches {
  readonly tableId: bigint;
  readonly file: string;
  readonly batches: number;
}

/** Identifies the restore that a checkpoint belongs to. */
export interface CheckpointIdentity {
  readonly upstreamClusterId: bigint;
  readonly restoredTs: bigint;
  /** Hash of what the statement asks for. */
  readonly hash: string;
}

/** Where a restore stores its progress. */
export interface CheckpointStore {
  /** Loads the checkpoint of an interrupted restore. Without an identity, it applies to any restore of the backup's path. */
  load(): Promise<{ readonly identity?: CheckpointIdentity; readonly done: readonly RestoredBatches[] } | undefined>;
  begin(identity: CheckpointIdentity): Promise<void>;
  save(done: readonly RestoredBatches[]): Promise<void>;
  remove(): Promise<void>;
  /** For messages. */
  readonly place: string;
}
