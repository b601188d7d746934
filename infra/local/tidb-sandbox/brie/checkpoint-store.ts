/** How many batches of each file were written, by the table that they were written to. */
export interface RestoredBatches {
  readonly tableId: bigint;
  readonly file: string;
  readonly batches: number;
}

/** Which restore a checkpoint is of. */
export interface CheckpointIdentity {
  readonly upstreamClusterId: bigint;
  readonly restoredTs: bigint;
  /** Of what the statement asks for. */
  readonly hash: string;
}

/** Where a restore keeps what it has done. */
export interface CheckpointStore {
  /** Of an earlier restore that was cut short. Without an identity, it is of whatever the backup's path is restored to. */
  load(): Promise<{ readonly identity?: CheckpointIdentity; readonly done: readonly RestoredBatches[] } | undefined>;
  begin(identity: CheckpointIdentity): Promise<void>;
  save(done: readonly RestoredBatches[]): Promise<void>;
  remove(): Promise<void>;
  /** For messages. */
  readonly place: string;
}
