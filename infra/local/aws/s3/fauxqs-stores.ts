import type { buildApp } from 'fauxqs';

/**
 * The package's `startFauxqs` listens on every interface, which nothing here may do, and its `buildApp` takes stores whose classes the
 * package does not export. They are therefore imported from its folder. The version is pinned.
 */
type Stores = NonNullable<NonNullable<Parameters<typeof buildApp>[0]>['stores']>;
export type S3Store = Stores['s3Store'];
export type S3Persistence = NonNullable<S3Store['persistence']>;
export type S3Object = ReturnType<S3Store['headObject']>;

async function instanceOf<Instance>(path: string, name: string): Promise<Instance> {
  const module: Record<string, new () => Instance> = await import(new URL(path, import.meta.resolve('fauxqs')).href);
  const Store = module[name];
  if (Store === undefined) throw new Error(`fauxqs has no ${name} in ${path} any more`);
  return new Store();
}

/** New, empty stores. */
export async function fauxqsStores(): Promise<Stores> {
  return {
    s3Store: await instanceOf<S3Store>('s3/s3Store.js', 'S3Store'),
    sqsStore: await instanceOf<Stores['sqsStore']>('sqs/sqsStore.js', 'SqsStore'),
    snsStore: await instanceOf<Stores['snsStore']>('sns/snsStore.js', 'SnsStore'),
  };
}
