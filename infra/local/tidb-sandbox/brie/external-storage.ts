/** A backup's files by name, relative to its path. What runs or comes after its signal was aborted rejects. */
export interface ExternalStorage {
  /** As BR prints it; for S3 it ends in a slash, hence `s3://b/p//backupmeta` in BR's messages. */
  readonly uri: string;
  exists(name: string): Promise<boolean>;
  /** Throws if there is none: a file that BR reads has to be there. */
  read(name: string): Promise<Uint8Array>;
  /** Replaces a file; it is there wholly or not at all. */
  write(name: string, content: Uint8Array): Promise<void>;
  /** Names that begin with `prefix`, in any order. */
  list(prefix?: string): AsyncIterable<string>;
  remove(names: readonly string[]): Promise<void>;
  /** The same files, as TiKV reaches them: with the keys of the URL, or its own role (SEND_CREDENTIALS_TO_TIKV). */
  asSeenByTikv(sendCredentials: boolean): ExternalStorage;
  close(): void;
}
