/** A bucket that the template names but does not create, in another region and perhaps another account. It is versioned. */
export interface ForeignBucket {
  readonly name: string;
  readonly region: string;
  /** Defaults to the stack's account. A bucket of another account also needs a policy that names the caller. */
  readonly accountId?: string;
  /** The bucket's policy; read for each call, so that a getter may change it. */
  readonly policy?: object;
  /** Days of default lock for each version; unset for none. */
  readonly lockDays?: number;
  /** Key of its default encryption. */
  readonly keyArn?: string;
  /** That key's policy. */
  readonly keyPolicy?: object;
}
