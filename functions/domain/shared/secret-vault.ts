/** Keeps secrets and never gives them back: reading them is another role's right. */
export interface SecretVault {
  /**
   * Makes a new secret in a folder (a path without a slash at its end) and answers its ARN; made once more with the same id and
   * value, it is the same. The id, a UUID, must never have been used: a removed secret keeps its name for a time.
   */
  create(folder: string, id: string, value: string): Promise<string>;
  replace(secretArn: string, value: string): Promise<void>;
  /** Schedules the removal, which an operator can take back for some days. Removing twice is a success. */
  remove(secretArn: string): Promise<void>;
}
