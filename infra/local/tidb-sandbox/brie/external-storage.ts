/** A backup's files by name, relative to its path. Calls reject once the signal has aborted. */
export interface ExternalStorage {
  /** As BR prints it. For S3 it ends with a slash, hence `s3://b/p//backupmeta` in BR's messages. */
  readonly uri: string;
  exists(name: string): Promise<boolean>;
  /** Throws if the file is missing: BR needs every file that it reads. */
  read(name: string): Promise<Uint8Array>;
  /** Replaces a file atomically. */
  write(name: string, content: Uint8Array): Promise<void>;
  /** Names that begin with `prefix`, in any order. */
  list(prefix?: string): AsyncIterable<string>;
  remove(names: readonly string[]): Promise<void>;
  /** The same files as TiKV reaches them: with the keys of the URL, or with its own role (SEND_CREDENTIALS_TO_TIKV). */
  asSeenByTikv(sendCredentials: boolean): ExternalStorage;
  close(): void;
}
