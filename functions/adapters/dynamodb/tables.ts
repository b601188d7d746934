/**
 * The tables, their keys and indexes: plain data that the CDK construct creates, the local cloud serves and the stores
 * use. Key strings are built only here. All key attributes are strings.
 */
import type { DueKind } from '../../domain/cluster/due-store.ts';

export interface IndexDefinition {
  readonly name: string;
  readonly partitionKey: string;
  readonly sortKey: string;
  /** Attributes that it holds besides the keys. */
  readonly include?: readonly string[];
}

export interface TableDefinition {
  readonly partitionKey: string;
  /** Unset if the partition key alone identifies an item. */
  readonly sortKey?: string;
  /** Filters for lists of this table's items; each subset has an index. Unset if it is never listed. */
  readonly listFilters?: readonly string[];
  /** Additional sparse indexes: an item is in one while it has the index's key attributes. */
  readonly indexes?: readonly IndexDefinition[];
  /** The attribute, in seconds since 1970, after which DynamoDB removes an item. Unset if it never does. */
  readonly timeToLive?: string;
  /** Whether a stream publishes each write, with the item before and after it. */
  readonly streamed?: boolean;
}

/**
 * Clusters whose next window has started, found without reading any other. Sharded, because DynamoDB limits writes to
 * 1,000 items per second and partition key. It holds everything that a sweep needs, so that only what it starts costs
 * further calls.
 */
export const DUE_INDEX = {
  name: 'due',
  partitionKey: 'dueShard',
  sortKey: 'nextRunAt',
  include: ['strategy', 'servedAt', 'waiting'],
} as const satisfies IndexDefinition;

/** Clusters held by an operation, by its kind, longest-running first, with everything that repair needs. */
export const ACTIVE_INDEX = {
  name: 'active',
  partitionKey: 'activeKind',
  sortKey: 'activeSince',
  include: ['maintenance'],
} as const satisfies IndexDefinition;

/**
 * Backups whose files must still be removed, by the {@link UNSETTLED} reason, least recently tried first. It includes
 * their locks, so that one that waits a year costs a sweep no call of its own.
 */
export const UNSETTLED_INDEX = {
  name: 'unsettled',
  partitionKey: 'unsettled',
  sortKey: 'updateTime',
  include: ['lockedUntil'],
} as const satisfies IndexDefinition;

/**
 * Clusters that a sweep must look at by the time of the sort key, one index per sweep. The strategy decides whether a
 * cluster has the partition key, and so whether it is in the index; any write may set the sort key. That time is never
 * later than when there is something to do, and often earlier: the sweep looks, and moves it on.
 */
export const DUE_INDEXES = {
  /** Its newest finished or newest verified backup may be too old. */
  overdue: { name: 'overdue', partitionKey: 'overdueShard', sortKey: 'overdueAt' },
  /** A drill may be due. */
  drill: { name: 'drillDue', partitionKey: 'drillShard', sortKey: 'drillDueAt' },
  /** Its retention rule may remove backups. */
  retention: { name: 'retentionDue', partitionKey: 'retentionShard', sortKey: 'retentionDueAt' },
} as const satisfies Record<DueKind, IndexDefinition>;

/**
 * Backups with an `expireAt` that are not being deleted, first to expire first, so that due ones are found without
 * reading others.
 */
export const EXPIRING_INDEX = {
  name: 'expiring',
  partitionKey: 'expiring',
  sortKey: 'expireAt',
  include: ['clusterId'],
} as const satisfies IndexDefinition;

/** The only partition key value of {@link EXPIRING_INDEX}. */
export const EXPIRING = 'Expiring';

/**
 * All records of a cluster, with the fields that retention needs, so that thousands are read in a call or two. Frequent
 * writes of a running backup (progress, its statement) do not touch it.
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
 * Finished backups of a cluster and a TiDB, by their end; not those being deleted. It holds what planning the next one
 * needs: possible bases and durations.
 */
export const FINISHED_INDEX = {
  name: 'finished',
  partitionKey: 'finishedOf',
  sortKey: 'endTime',
  include: ['startTime', 'sizeBytes', 'backupType', 'backupTso', 'scopeKey', 'base'],
} as const satisfies IndexDefinition;

/** Finished backups that a drill has verified. */
export const VERIFIED_INDEX = {
  name: 'verified',
  partitionKey: 'verifiedOf',
  sortKey: 'endTime',
} as const satisfies IndexDefinition;

/**
 * Finished backups whose second copy is not known to be complete, next to check first. Their end shows which are late.
 */
export const COPYING_INDEX = {
  name: 'copying',
  partitionKey: 'copying',
  sortKey: 'copyLookAt',
  include: ['endTime'],
} as const satisfies IndexDefinition;

/** The only partition key value of {@link COPYING_INDEX}. */
export const COPYING = 'Copying';

/**
 * Partition key value of {@link FINISHED_INDEX} and {@link VERIFIED_INDEX}: a cluster's backups of one TiDB, or those
 * that do not name theirs.
 */
export function finishedOf(clusterId: string, tidbClusterId: string | undefined): string {
  return tidbClusterId === undefined ? clusterId : `${clusterId}#${tidbClusterId}`;
}

export const TABLES = {
  clusters: {
    partitionKey: 'clusterId',
    listFilters: [],
    indexes: [DUE_INDEX, ACTIVE_INDEX, ...Object.values(DUE_INDEXES)],
  },
  backups: {
    partitionKey: 'backupId',
    listFilters: ['clusterId', 'backupMode'],
    indexes: [UNSETTLED_INDEX, FINISHED_INDEX, VERIFIED_INDEX, EXPIRING_INDEX, RETAINED_INDEX, COPYING_INDEX],
    streamed: true,
  },
  workflows: { partitionKey: 'workFlowId', listFilters: ['bizId', 'flowName', 'status'], streamed: true },
  /** Numbers of records by group and day; see `domain/events/record-counts.ts`. */
  counters: { partitionKey: 'group', sortKey: 'day' },
  /** Two items: {@link CONFIG_ID} with everything that is set, and {@link FORMER_PLACES_ID}. */
  config: { partitionKey: 'configId' },
  /** The lists of imports, one item per page; see `import-lists-store.ts`. */
  imports: { partitionKey: 'pageId', timeToLive: 'expiresAt' },
  /** Requests with an Idempotency-Key and their answers, by a hash of caller and key. */
  requests: { partitionKey: 'requestId', timeToLive: 'expiresAt' },
} as const satisfies Record<string, TableDefinition>;

export type TableName = keyof typeof TABLES;

export const CONFIG_ID = 'system';

/** Former storage places. A separate item, so that starting a backup does not read it. */
export const FORMER_PLACES_ID = 'former-places';

/** Partition key values of {@link DUE_INDEX} and {@link DUE_INDEXES}. */
export const DUE_SHARDS = ['0', '1', '2', '3'] as const;

export function dueShard(clusterId: string): string {
  // FNV-1a: spreads ids that differ in one character; that is all it needs to do.
  const hash = [...clusterId].reduce(
    (sum, character) => Math.imul(sum ^ character.charCodeAt(0), 16_777_619),
    0x811c9dc5,
  );
  return String((hash >>> 0) % DUE_SHARDS.length);
}

/** The kind of an operation in {@link ACTIVE_INDEX}; only backups have a mode. */
export function activeKind({ status, backupMode }: { status: string; backupMode?: string | undefined }): string {
  return backupMode === undefined ? status : `${status}#${backupMode}`;
}

/** Sort key of every list index: creation time, then id, so that items of the same millisecond have a stable order. */
export const LIST_ORDER = 'listOrder';

/** @param createTime RFC 3339, UTC, milliseconds: text order is time order. */
export function listOrder(createTime: string, id: string): string {
  return `${createTime}#${id}`;
}

/** First and last {@link listOrder} of items created between two moments (milliseconds since 1970), inclusive. */
export function listRange(createdFrom = MIN_TIME, createdTo = MAX_TIME): { from: string; to: string } {
  // "$" follows "#", so that every id of the last millisecond is included.
  return { from: new Date(createdFrom).toISOString(), to: `${new Date(createdTo).toISOString()}$` };
}

const MIN_TIME = 0;
/** The last moment of four-digit years; later ones break the text order. */
export const MAX_TIME = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

/** Name, and partition key attribute, of the index for these filters. */
export function listIndexName(filters: readonly string[]): string {
  return `list${filters.map((name) => name.charAt(0).toUpperCase() + name.slice(1)).join('')}`;
}

/** Indexes whose keys tell where their items are counted. */
export const PLACE_INDEXES = {
  backups: listIndexName(['clusterId', 'backupMode']),
  workflows: listIndexName(['bizId', 'flowName']),
  /** Without the running ones. */
  endedWorkflows: listIndexName(['bizId', 'flowName', 'status']),
} as const;

/**
 * One KEYS_ONLY index per subset of the filters. So a page reads only matches, one query of the keys yields the page
 * and the total, and frequent writes (progress) touch no index.
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

/**
 * The partition key value in {@link listIndexName}'s index. Values are ids or enum members, which never contain `#`.
 */
export function listPartition(filters: readonly string[], values: Readonly<Record<string, string>>): string {
  return ['list', ...filters.map((name) => values[name])].join('#');
}

/** An item's attributes for all indexes of its table. */
export function listAttributes(table: TableDefinition, item: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    subsets(table.listFilters).map((filters) => [listIndexName(filters), listPartition(filters, item)]),
  );
}

/**
 * Keys of a missed window. It is stored with the clusters, in its own partition of their list index: no list of
 * clusters includes it, and it outlives its strategy and its cluster.
 */
export function missedWindowKeys(clusterId: string, start: string): Record<string, string> & { clusterId: string } {
  return {
    clusterId: `${missedWindowsOf(clusterId)}#${start}`,
    [listIndexName([])]: missedWindowsOf(clusterId),
    // No id is `~`, so it never has the same place as a backup created in the same millisecond.
    [LIST_ORDER]: listOrder(start, '~'),
  };
}

/** Partition key value of a cluster's missed windows; no cluster id contains `#`. */
export function missedWindowsOf(clusterId: string): string {
  return `missed#${clusterId}`;
}

/** Key of the item that says that every cluster has its place in {@link DUE_INDEXES}; no cluster id contains `#`. */
export const DUE_MARK = 'due#indexed';

/** All subsets, the empty one first; none if there are no names. */
function subsets(names: readonly string[] | undefined): string[][] {
  if (names === undefined) return [];
  const all: string[][] = [[]];
  for (const name of names) all.push(...all.map((subset) => [...subset, name]));
  return all;
}
