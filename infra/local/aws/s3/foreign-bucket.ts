/** A bucket that the template names and does not create: of another region, and maybe of another account. It keeps versions. */
export interface ForeignBucket {
  readonly name: string;
  readonly region: string;
  /** Default: the stack's. Another account's lets in only whom its policy names too. */
  readonly accountId?: string;
  /** Policy of the bucket. */
  readonly policy?: object;
  /** How many days it locks each version by default; unset if it does not. */
  readonly lockDays?: number;
  /** Key of its default encryption. */
  readonly keyArn?: string;
  /** Policy of that key. */
  readonly keyPolicy?: object;
}
