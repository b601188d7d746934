import * as z from 'zod/mini';
import { described } from './described.ts';
import type { Executor } from './executor.ts';
import { LIST_PRICES_USD, PRICES_AS_OF, PRICES_REGION, type PricedUnit } from './list-prices.ts';

/**
 * What operations cost, in units that have a price. TiDB's own machines, logs, metrics, requests of the API and a NAT gateway
 * are not in it: they are there anyway, or are less than what is. Nor are files that lie elsewhere than in S3.
 */
export type Usage = Partial<Record<PricedUnit, number>>;

/** What is paid again each month. All other units are paid once. */
const MONTHLY: readonly PricedUnit[] = ['s3GbMonth'];

const UNITS = Object.keys(LIST_PRICES_USD) as [PricedUnit, ...PricedUnit[]];

/** US dollars, to a millionth. */
export const cost = z.object({
  onceUsd: described(z.number(), 'US dollars, as all of it'),
  perMonthUsd: described(z.number(), 'Less than zero: what is no longer paid'),
  parts: described(
    z.array(z.object({ unit: z.enum(UNITS), quantity: z.number(), usd: z.number() })),
    'What it is made of; units that cost nothing are left out',
  ),
  pricesRegion: z.literal(PRICES_REGION),
  pricesAsOf: described(z.literal(PRICES_AS_OF), "When they were read, in public copies of AWS's price lists"),
});
export type Cost = z.infer<typeof cost>;

export function costOf(usage: Usage): Cost {
  const parts = UNITS.map((unit) => ({
    unit,
    quantity: rounded(usage[unit] ?? 0),
    usd: (usage[unit] ?? 0) * LIST_PRICES_USD[unit],
  })).filter(({ usd }) => usd !== 0);
  const sum = (isMonthly: boolean) =>
    rounded(parts.reduce((usd, part) => (MONTHLY.includes(part.unit) === isMonthly ? usd + part.usd : usd), 0));
  return {
    onceUsd: sum(false),
    perMonthUsd: sum(true),
    parts: parts.map((part) => ({ ...part, usd: rounded(part.usd) })),
    pricesRegion: PRICES_REGION,
    pricesAsOf: PRICES_AS_OF,
  };
}

function rounded(value: number): number {
  return Math.round(value * 1e6) / 1e6;
}

/** What the functions are given, in GB. */
export const FUNCTION_MEMORY_GB = 0.5;
/** What the worker's task is given. */
export const WORKER_VCPUS = 0.25;
export const WORKER_MEMORY_GB = 0.5;

/** Fargate is paid from the pull of the image on, at least for a minute. */
const WORKER_START_SECONDS = 60;

/** TiKV uploads a file in parts of 5 MiB; each is a request. */
const UPLOAD_PART_BYTES = 5 * 1024 * 1024;
/** Each replica's node reads its files itself. */
const REPLICAS = 3;
const BYTES_PER_GB = 1024 ** 3;
const SECONDS_PER_HOUR = 3_600;

/** The node looks after its statement every two seconds, and reads the record then. */
const SECONDS_PER_LOOK = 2;
/** Each percent of progress, and a score of writes to begin and end with: item and indexes. */
const WRITES_OF_OPERATION = 150;
/** Short functions beside the one that waits for TiDB, a second each at most. */
const SHORT_INVOCATIONS = 8;
/** From the start to the end, with a hand-over to the worker. */
const TRANSITIONS = 7;

interface Work {
  executor: Executor;
  /** How long TiDB is waited for. */
  seconds: number;
}

/** @param sizeBytes of the backup, compressed */
export function usageOfBackup({ sizeBytes, isOnS3, ...work }: Work & { sizeBytes: string; isOnS3: boolean }): Usage {
  if (!isOnS3) return usageOfWork(work);
  return {
    ...usageOfWork(work),
    s3Put: Math.ceil(Number(sizeBytes) / UPLOAD_PART_BYTES),
    s3GbMonth: Number(sizeBytes) / BYTES_PER_GB,
  };
}

/** @param sizesBytes of each backup of the chain */
export function usageOfRestore(work: Work & { sizesBytes: readonly string[]; isOnS3: boolean }): Usage {
  const bytes = sum(work.sizesBytes);
  return { ...usageOfWork(work), ...(work.isOnS3 && { s3Get: Math.ceil((REPLICAS * bytes) / UPLOAD_PART_BYTES) }) };
}

/** Files are listed and deleted a thousand at a time, and looked for once more. */
const FILES_A_CALL = 1_000;
const TRANSITIONS_OF_DELETION = 3;

/** @param backups those that are deleted; of what lies elsewhere than on S3 the price is not known */
export function usageOfDeletion(
  backups: readonly { sizeBytes: string; files?: number | undefined; isOnS3: boolean }[],
): Usage {
  const onS3 = backups.filter(({ isOnS3 }) => isOnS3);
  const calls = onS3.map(({ files }) => Math.ceil((files ?? 0) / FILES_A_CALL));
  return {
    stateTransition: TRANSITIONS_OF_DELETION * backups.length,
    lambdaRequest: TRANSITIONS_OF_DELETION * backups.length,
    lambdaGbSecond: FUNCTION_MEMORY_GB * (TRANSITIONS_OF_DELETION * backups.length + calls.reduce(add, 0)),
    dynamodbWriteUnit: SHORT_INVOCATIONS * backups.length,
    s3List: calls.reduce(add, onS3.length),
    s3GbMonth: -sum(onS3.map(({ sizeBytes }) => sizeBytes)) / BYTES_PER_GB,
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

function sum(decimals: readonly string[]): number {
  return decimals.map(Number).reduce(add, 0);
}
