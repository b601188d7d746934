/** Stores secrets but never returns them: reading takes another role. */
export interface SecretVault {
  /**
   * Creates a secret in a folder (a path without a trailing slash) and returns its ARN; idempotent for the same id and
   * value. The id, a UUID, must never have been used, because a removed secret keeps its name for a while.
   */
  create(folder: string, id: string, value: string): Promise<string>;
  replace(secretArn: string, value: string): Promise<void>;
  /** Schedules the removal, which an operator can undo for some days. Removing twice is a success. */
  remove(secretArn: string): Promise<void>;
}
