/**
 * The tables, their keys and indexes: plain data that the CDK construct creates, the local cloud serves and the stores
 * use. No key string is built anywhere else. All key attributes are strings.
 */
export interface IndexDefinition {
  readonly name: string;
  readonly partitionKey: string;
  readonly sortKey: string;
  /** Attributes that it holds beside the keys. Absent: none. */
  readonly include?: readonly string[];
}

export interface TableDefinition {
  readonly partitionKey: string;
  /** Filters that a list of this table's items can be asked with; each subset has an index. Unset if it is never listed. */
  readonly listFilters?: readonly string[];
  /** Sparse indexes of its own: an item is in one while it has the index's key attributes. */
  readonly indexes?: readonly IndexDefinition[];
  /** The attribute, in seconds since 1970, after which DynamoDB removes an item. Absent: never. */
  readonly timeToLive?: string;
  /** Whether each write is told of, with the item before and after it. */
  readonly streamed?: boolean;
}

/**
 * Clusters whose next window has begun, found without looking at any other. Shards, because DynamoDB writes 1,000 items a
 * second to one partition key. It holds all that a sweep must know, so that only what it starts costs further calls.
 */
export const DUE_INDEX = {
  name: 'due',
  partitionKey: 'dueShard',
  sortKey: 'nextRunAt',
  include: ['strategy', 'servedAt', 'waiting'],
} as const satisfies IndexDefinition;

/** Clusters that an operation holds, by its kind, the longest-running first; and all that its repair must know. */
export const ACTIVE_INDEX = {
  name: 'active',
  partitionKey: 'activeKind',
  sortKey: 'activeSince',
  include: ['maintenance'],
} as const satisfies IndexDefinition;

/**
 * Backups whose files are still to be removed, by the {@link UNSETTLED} reason, those first that nobody tried for longest. It
 * holds their locks, so that one that waits a year for its day costs a sweep no call of its own.
 */
export const UNSETTLED_INDEX = {
  name: 'unsettled',
  partitionKey: 'unsettled',
  sortKey: 'updateTime',
  include: ['lockedUntil'],
} as const satisfies IndexDefinition;

/** Clusters whose strategy has a retention rule. */
export const RULED_INDEX = {
  name: 'ruled',
  partitionKey: 'ruled',
  sortKey: 'clusterId',
} as const satisfies IndexDefinition;

/** The one partition key value of {@link RULED_INDEX}. */
export const RULED = 'Retention';

/**
 * Backups with an `expireAt` that are not being deleted, the first to expire first: what is due is found without looking at any
 * other.
 */
export const EXPIRING_INDEX = {
  name: 'expiring',
  partitionKey: 'expiring',
  sortKey: 'expireAt',
  include: ['clusterId'],
} as const satisfies IndexDefinition;

/** The one partition key value of {@link EXPIRING_INDEX}. */
export const EXPIRING = 'Expiring';

/**
 * All records of a cluster, with all that retention looks at, so that thousands are read in a call or two. What a running backup
 * writes (progress, its statement) is none of it.
 */
export const RETAINED_INDEX = {
  name: 'retained',
  partitionKey: 'clusterId',
  sortKey: 'createTime',
  include: [
    ...['backupType', 'backupMode', 'status', 'sizeBytes', 'scopeKey', 'base', 'restoredBy'],
    ...['lockedUntil', 'expireAt'],
  ],
} as const satisfies IndexDefinition;

/** Partition key values of {@link UNSETTLED_INDEX}. */
export const UNSETTLED = { deleting: 'Deleting', filesRemain: 'FilesRemain' } as const;

/**
 * Finished backups of a cluster and a TiDB, by their end: those that are being deleted are none any more. It holds what the next one is
 * planned by: what it may build on, how long it may take.
 */
export const FINISHED_INDEX = {
  name: 'finished',
  partitionKey: 'finishedOf',
  sortKey: 'endTime',
  include: ['startTime', 'sizeBytes', 'backupType', 'backupTso', 'scopeKey', 'base'],
} as const satisfies IndexDefinition;

/** Those of them that a drill has verified. */
export const VERIFIED_INDEX = {
  name: 'verified',
  partitionKey: 'verifiedOf',
  sortKey: 'endTime',
} as const satisfies IndexDefinition;

/**
 * Finished backups whose second copy is not known to be whole, those first that are to be looked at first. What is late is told by their
 * end.
 */
export const COPYING_INDEX = {
  name: 'copying',
  partitionKey: 'copying',
  sortKey: 'copyLookAt',
  include: ['endTime'],
} as const satisfies IndexDefinition;

/** The one partition key value of {@link COPYING_INDEX}. */
export const COPYING = 'Copying';

/** Partition key value of {@link FINISHED_INDEX} and {@link VERIFIED_INDEX}: a cluster's backups of one TiDB, or those that do not tell theirs. */
export function finishedOf(clusterId: string, tidbClusterId: string | undefined): string {
  return tidbClusterId === undefined ? clusterId : `${clusterId}#${tidbClusterId}`;
}

export const TABLES = {
  clusters: { partitionKey: 'clusterId', listFilters: [], indexes: [DUE_INDEX, ACTIVE_INDEX, RULED_INDEX] },
  backups: {
    partitionKey: 'backupId',
    listFilters: ['clusterId', 'backupMode'],
    indexes: [UNSETTLED_INDEX, FINISHED_INDEX, VERIFIED_INDEX, EXPIRING_INDEX, RETAINED_INDEX, COPYING_INDEX],
    streamed: true,
  },
  workflows: { partitionKey: 'workFlowId', listFilters: ['bizId', 'flowName', 'status'], streamed: true },
  /** {@link CONFIG_ID}, one item with all that is set; and {@link FORMER_PLACES_ID}. */
  config: { partitionKey: 'configId' },
  /** Requests with an Idempotency-Key, and what they were answered; by a hash of the caller and the key. */
  /** The lists of imports, a page to an item; see `import-lists-store.ts`. */
  imports: { partitionKey: 'pageId', timeToLive: 'expiresAt' },
  requests: { partitionKey: 'requestId', timeToLive: 'expiresAt' },
} as const satisfies Record<string, TableDefinition>;

export type TableName = keyof typeof TABLES;

export const CONFIG_ID = 'system';

/** Where the configuration sent backups before. An item of its own: no start of a backup reads it. */
export const FORMER_PLACES_ID = 'former-places';

/** Partition key values of {@link DUE_INDEX}. */
export const DUE_SHARDS = ['0', '1', '2', '3'] as const;

export function dueShard(clusterId: string): string {
  // FNV-1a: spreads ids that differ in one character, and needs no more than that.
  const hash = [...clusterId].reduce(
    (sum, character) => Math.imul(sum ^ character.charCodeAt(0), 16_777_619),
    0x811c9dc5,
  );
  return String((hash >>> 0) % DUE_SHARDS.length);
}

/** What {@link ACTIVE_INDEX} knows an operation by; only backups have a mode. */
export function activeKind({ status, backupMode }: { status: string; backupMode?: string | undefined }): string {
  return backupMode === undefined ? status : `${status}#${backupMode}`;
}

/** Sort key of every list index: creation time, then id, so that items of one millisecond keep one order. */
export const LIST_ORDER = 'listOrder';

/** @param createTime RFC 3339, UTC, milliseconds: text order is time order. */
export function listOrder(createTime: string, id: string): string {
  return `${createTime}#${id}`;
}

/** First and last {@link listOrder} of what was created between two moments (milliseconds since 1970), both inclusive. */
export function listRange(createdFrom = MIN_TIME, createdTo = MAX_TIME): { from: string; to: string } {
  // "$" follows "#", so that every id of the last millisecond is inside.
  return { from: new Date(createdFrom).toISOString(), to: `${new Date(createdTo).toISOString()}$` };
}

const MIN_TIME = 0;
/** The last moment of four-digit years; beyond them, text order is no longer time order. */
export const MAX_TIME = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

/** Name, and partition key attribute, of the index for exactly these filters. */
export function listIndexName(filters: readonly string[]): string {
  return `list${filters.map((name) => name.charAt(0).toUpperCase() + name.slice(1)).join('')}`;
}

/**
 * One KEYS_ONLY index per subset of the filters. So a page reads only what matches, one query over the keys yields both
 * the page and the total, and frequent writes (progress) touch no index at all.
 */
export function listIndexes(table: TableDefinition): IndexDefinition[] {
  return subsets(table.listFilters).map((filters) => {
    const name = listIndexName(filters);
    return { name, partitionKey: name, sortKey: LIST_ORDER };
  });
}

/** All indexes of a table. */
export function indexesOf(table: TableDefinition): IndexDefinition[] {
  return [...listIndexes(table), ...(table.indexes ?? [])];
}

/** The partition key value in {@link listIndexName}'s index. Values are ids or enum members: none holds a `#`. */
export function listPartition(filters: readonly string[], values: Readonly<Record<string, string>>): string {
  return ['list', ...filters.map((name) => values[name])].join('#');
}

/** The attributes that place an item in all indexes of its table. */
export function listAttributes(table: TableDefinition, item: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    subsets(table.listFilters).map((filters) => [listIndexName(filters), listPartition(filters, item)]),
  );
}

/**
 * Keys of a missed window. It lies beside the clusters, in a partition of its own of their list index: no list of clusters finds it, and it
 * outlives its strategy and its cluster.
 */
export function missedWindowKeys(clusterId: string, start: string): Record<string, string> & { clusterId: string } {
  return {
    clusterId: `${missedWindowsOf(clusterId)}#${start}`,
    [listIndexName([])]: missedWindowsOf(clusterId),
    // No id is `~`: no backup that was created in the same millisecond has the same place.
    [LIST_ORDER]: listOrder(start, '~'),
  };
}

/** Partition key value of a cluster's missed windows; no cluster's id holds a `#`. */
export function missedWindowsOf(clusterId: string): string {
  return `missed#${clusterId}`;
}

/** All subsets, the empty one first; none at all of what is absent. */
function subsets(names: readonly string[] | undefined): string[][] {
  if (names === undefined) return [];
  const all: string[][] = [[]];
  for (const name of names) all.push(...all.map((subset) => [...subset, name]));
  return all;
}
