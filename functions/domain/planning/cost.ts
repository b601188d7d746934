import * as z from 'zod/mini';
import { described } from '../shared/described.ts';
import { object } from '../shared/object.ts';
import type { CopyPlace, StorageClass, StorageTerms } from '../storage/storage-class.ts';
import type { Executor } from '../workflow/executor.ts';
import { LIST_PRICES_USD, PRICES_AS_OF, PRICES_REGION, type PricedUnit } from './list-prices.ts';

/**
 * The billed usage of operations. It leaves out TiDB's own machines, logs, metrics, API requests and NAT gateways,
 * which exist anyway or cost less than the rest, and files outside S3.
 */
export type Usage = Partial<Record<PricedUnit, number>>;

/** Paid every month. All other units are paid once. */
const MONTHLY: readonly PricedUnit[] = [
  ...(['s3GbMonth', 's3IaGbMonth', 's3OneZoneIaGbMonth', 's3GlacierIrGbMonth'] as const),
  's3MonitoredObjectMonth',
];

const UNITS = Object.keys(LIST_PRICES_USD) as [PricedUnit, ...PricedUnit[]];

/** US dollars, to a millionth. */
export const cost = object(() => ({
  onceUsd: described(z.number(), 'US dollars, as are all amounts'),
  perMonthUsd: described(z.number(), 'Negative for what is no longer paid'),
  parts: described(
    z.array(z.object({ unit: z.enum(UNITS), quantity: z.number(), usd: z.number() })),
    'The parts of the cost; free units are left out',
  ),
  later: described(
    z.optional(z.object({ afterDays: z.int(), onceUsd: z.number(), perMonthUsd: z.number() })),
    "After the bucket's lifecycle rule has moved the files to another storage class: the cost of the move, and of each month from then on",
  ),
  pricesRegion: z.literal(PRICES_REGION),
  pricesAsOf: described(z.literal(PRICES_AS_OF), "When the prices were read, from public copies of AWS's price lists"),
}));
export type Cost = z.infer<typeof cost>;

/** @param later the usage, once and per month, after a transition to another storage class */
export function costOf(usage: Usage, later?: { afterDays: number; usage: Usage }): Cost {
  const parts = UNITS.map((unit) => ({
    unit,
    quantity: rounded(usage[unit] ?? 0),
    usd: (usage[unit] ?? 0) * LIST_PRICES_USD[unit],
  })).filter(({ usd }) => rounded(usd) !== 0);
  const sum = (isMonthly: boolean) =>
    rounded(parts.reduce((usd, part) => (MONTHLY.includes(part.unit) === isMonthly ? usd + part.usd : usd), 0));
  return {
    onceUsd: sum(false),
    perMonthUsd: sum(true),
    parts: parts.map((part) => ({ ...part, usd: rounded(part.usd) })),
    ...(later && { later: laterCost(later) }),
    pricesRegion: PRICES_REGION,
    pricesAsOf: PRICES_AS_OF,
  };
}

function laterCost({ afterDays, usage }: { afterDays: number; usage: Usage }): NonNullable<Cost['later']> {
  const { onceUsd, perMonthUsd } = costOf(usage);
  return { afterDays, onceUsd, perMonthUsd };
}

function rounded(value: number): number {
  return Math.round(value * 1e6) / 1e6;
}

/** Memory of the functions, in GB. */
export const FUNCTION_MEMORY_GB = 0.5;
/** CPUs of the worker's task. */
export const WORKER_VCPUS = 0.25;
export const WORKER_MEMORY_GB = 0.5;

/** Fargate is billed from the image pull on, for at least a minute. */
const WORKER_START_SECONDS = 60;

/** TiKV uploads a file in parts of 5 MiB; each is a request. */
const UPLOAD_PART_BYTES = 5 * 1024 * 1024;
/** Average size of BR's files, as far as it is known; those of small tables are smaller. */
const FILE_BYTES = 32 * 1024 * 1024;
/** Bytes that BR's checkpoint needs per file; BR deletes it at the end. */
const CHECKPOINT_BYTES_PER_FILE = 1_024;
const DAYS_PER_MONTH = 30;
/** Each replica's node reads the files itself. */
const REPLICAS = 3;
const BYTES_PER_GB = 1024 ** 3;
const SECONDS_PER_HOUR = 3_600;

/** The node polls its statement every two seconds, and reads the record each time. */
const SECONDS_PER_LOOK = 2;
/** One per percent of progress, plus some at the start and the end, on the item and its indexes. */
const WRITES_OF_OPERATION = 150;
/** Short functions besides the one that waits for TiDB, at most a second each. */
const SHORT_INVOCATIONS = 8;
/** From start to end, with a hand-over to the worker. */
const TRANSITIONS = 7;

interface Work {
  executor: Executor;
  /** How long the operation waits for TiDB. */
  seconds: number;
}

/** The prices that apply to files on S3. */
interface ClassUnits {
  gbMonth: PricedUnit;
  put: PricedUnit;
  get: PricedUnit;
  /** Unset if retrieval is free. */
  retrievedGb?: PricedUnit;
  transition: PricedUnit;
  objectMonth?: PricedUnit;
}

const STANDARD = { gbMonth: 's3GbMonth', put: 's3Put', get: 's3Get', transition: 's3Transition' } as const;
const INFREQUENT = {
  put: 's3IaPut',
  get: 's3IaGet',
  retrievedGb: 's3IaRetrievedGb',
  transition: 's3Transition',
} as const;

const UNITS_OF: Readonly<Record<StorageClass, ClassUnits>> = {
  STANDARD,
  INTELLIGENT_TIERING: { ...STANDARD, objectMonth: 's3MonitoredObjectMonth' },
  STANDARD_IA: { ...INFREQUENT, gbMonth: 's3IaGbMonth' },
  ONEZONE_IA: { ...INFREQUENT, gbMonth: 's3OneZoneIaGbMonth' },
  GLACIER_IR: {
    ...{ gbMonth: 's3GlacierIrGbMonth', put: 's3GlacierIrPut', get: 's3GlacierIrGet' },
    ...{ retrievedGb: 's3GlacierIrRetrievedGb', transition: 's3GlacierIrTransition' },
  },
};

interface KeptFiles {
  sizeBytes: string;
  /** `undefined` if they were not counted. */
  files?: number | undefined;
  storageClass?: StorageClass | undefined;
}

function usageOfMonth({ sizeBytes, files, storageClass = 'STANDARD' }: KeptFiles): Usage {
  const { gbMonth, objectMonth } = UNITS_OF[storageClass];
  const bytes = Number(sizeBytes);
  return {
    [gbMonth]: bytes / BYTES_PER_GB,
    ...(objectMonth && { [objectMonth]: files ?? Math.ceil(bytes / FILE_BYTES) }),
  };
}

/** @param sizeBytes of the backup, compressed */
export function usageOfBackup({
  sizeBytes,
  isOnS3,
  storageClass = 'STANDARD',
  recoverDeletedDays = 0,
  copy,
  ...work
}: Work & KeptFiles & { isOnS3: boolean } & Pick<StorageTerms, 'recoverDeletedDays' | 'copy'>): Usage {
  if (!isOnS3) return usageOfWork(work);
  const checkpointGb = (Math.ceil(Number(sizeBytes) / FILE_BYTES) * CHECKPOINT_BYTES_PER_FILE) / BYTES_PER_GB;
  const own: Usage = {
    ...usageOfWork(work),
    s3DeletedGbMonth: (checkpointGb * recoverDeletedDays) / DAYS_PER_MONTH,
    [UNITS_OF[storageClass].put]: Math.ceil(Number(sizeBytes) / UPLOAD_PART_BYTES),
    ...usageOfMonth({ sizeBytes, storageClass }),
  };
  if (copy === undefined) return own;
  const replicated: Usage = {
    s3ReplicatedGb: Number(sizeBytes) / BYTES_PER_GB,
    [UNITS_OF[classOfCopy(copy, storageClass)].put]: Math.ceil(Number(sizeBytes) / FILE_BYTES),
  };
  return allOf([own, replicated, monthOfCopy(sizeBytes, copy, storageClass)]);
}

/** Its bucket has lifecycle rules of its own, of which nothing is known. */
function classOfCopy({ storageClass }: CopyPlace, original: StorageClass = 'STANDARD'): StorageClass {
  return storageClass ?? original;
}

function monthOfCopy(sizeBytes: string, copy: CopyPlace, original: StorageClass | undefined): Usage {
  return usageOfMonth({ sizeBytes, storageClass: classOfCopy(copy, original) });
}

/**
 * Usage of a backup during and after the transition of its files to another storage class; `undefined` if there is
 * none.
 */
export function usageAfterTransition(
  sizeBytes: string,
  { transition, copy, storageClass: first }: StorageTerms,
): { afterDays: number; usage: Usage } | undefined {
  if (transition === undefined) return undefined;
  const { afterDays, storageClass } = transition;
  const moved = { [UNITS_OF[storageClass].transition]: Math.ceil(Number(sizeBytes) / FILE_BYTES) };
  const months = [usageOfMonth({ sizeBytes, storageClass }), ...(copy ? [monthOfCopy(sizeBytes, copy, first)] : [])];
  return { afterDays, usage: allOf([moved, ...months]) };
}

/**
 * @param sizesBytes of each backup of the chain
 * @param storageClasses of each, now; defaults to STANDARD
 */
export function usageOfRestore({
  sizesBytes,
  storageClasses = [],
  isOnS3,
  ...work
}: Work & {
  sizesBytes: readonly string[];
  storageClasses?: readonly (StorageClass | undefined)[];
  isOnS3: boolean;
}): Usage {
  if (!isOnS3) return usageOfWork(work);
  const reads = sizesBytes.map((sizeBytes, at): Usage => {
    const { get, retrievedGb } = UNITS_OF[storageClasses[at] ?? 'STANDARD'];
    const bytes = REPLICAS * Number(sizeBytes);
    return { [get]: bytes / UPLOAD_PART_BYTES, ...(retrievedGb && { [retrievedGb]: bytes / BYTES_PER_GB }) };
  });
  const { s3Get, s3IaGet, s3GlacierIrGet, ...retrieved } = allOf(reads);
  const requests = Object.entries({ s3Get, s3IaGet, s3GlacierIrGet }).map(([unit, count = 0]) => [
    unit,
    Math.ceil(count),
  ]);
  return { ...usageOfWork(work), ...Object.fromEntries(requests), ...retrieved };
}

/** Files are listed and deleted a thousand at a time, then listed once more. */
const FILES_A_CALL = 1_000;
const TRANSITIONS_OF_DELETION = 3;

/** @param backups those to delete, with their second copies; prices of stores other than S3 are unknown */
export function usageOfDeletion(
  backups: readonly (KeptFiles & {
    isOnS3: boolean;
    copy?: CopyPlace | undefined;
    writtenTo?: StorageClass | undefined;
  })[],
): Usage {
  const onS3 = backups
    .filter(({ isOnS3 }) => isOnS3)
    .flatMap(({ copy, writtenTo, ...kept }) =>
      copy === undefined ? [kept] : [kept, { ...kept, storageClass: classOfCopy(copy, writtenTo) }],
    );
  const calls = onS3.map(({ files }) => Math.ceil((files ?? 0) / FILES_A_CALL));
  const saved = Object.entries(allOf(onS3.map(usageOfMonth))).map(([unit, quantity]) => [unit, -quantity]);
  return {
    stateTransition: TRANSITIONS_OF_DELETION * backups.length,
    lambdaRequest: TRANSITIONS_OF_DELETION * backups.length,
    lambdaGbSecond: FUNCTION_MEMORY_GB * (TRANSITIONS_OF_DELETION * backups.length + calls.reduce(add, 0)),
    dynamodbWriteUnit: SHORT_INVOCATIONS * backups.length,
    s3List: calls.reduce(add, onS3.length),
    ...Object.fromEntries(saved),
  };
}

/**
 * A folder is searched for uploads, asked for the time of its last file, and listed before and after the undelete; the table checksums
 * are listed too. Versions are removed as they are listed, which costs next to nothing. Copies that a lock demands come on top.
 */
export function usageOfUndelete({
  files = 0,
  hasCopy = false,
}: {
  files?: number | undefined;
  hasCopy?: boolean;
}): Usage {
  // If every file was deleted, the first listing finds a marker on each.
  const pages = Math.ceil((2 * files) / FILES_A_CALL) + Math.ceil(files / FILES_A_CALL);
  const calls = (2 + Math.max(pages, 1)) * (hasCopy ? 2 : 1) + 2;
  return {
    stateTransition: TRANSITIONS_OF_DELETION,
    lambdaRequest: 1,
    lambdaGbSecond: FUNCTION_MEMORY_GB * (1 + calls),
    dynamodbWriteUnit: SHORT_INVOCATIONS,
    s3List: calls,
  };
}

function usageOfWork({ executor, seconds }: Work): Usage {
  const onWorker = executor === 'fargate';
  const hours = (seconds + WORKER_START_SECONDS) / SECONDS_PER_HOUR;
  return {
    lambdaRequest: SHORT_INVOCATIONS + (onWorker ? 0 : 1),
    lambdaGbSecond: FUNCTION_MEMORY_GB * (SHORT_INVOCATIONS + (onWorker ? 0 : seconds)),
    ...(onWorker && { fargateVcpuHour: WORKER_VCPUS * hours, fargateGbHour: WORKER_MEMORY_GB * hours }),
    stateTransition: TRANSITIONS,
    dynamodbWriteUnit: WRITES_OF_OPERATION,
    dynamodbReadUnit: Math.ceil(seconds / SECONDS_PER_LOOK),
  };
}

const add = (one: number, other: number): number => one + other;

function allOf(usages: readonly Usage[]): Usage {
  const all: Usage = {};
  for (const usage of usages) {
    for (const unit of UNITS) {
      const more = usage[unit];
      if (more !== undefined) all[unit] = (all[unit] ?? 0) + more;
    }
  }
  return all;
}
