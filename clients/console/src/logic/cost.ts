import { LIST_PRICES_USD } from '../../../../functions/domain/planning/list-prices.ts';

const BYTES_PER_GB = 1024 ** 3;

/** US dollars a month for files in S3 Standard, at list price. */
export function monthlyUsd(sizeBytes: string): number {
  return (Number(sizeBytes) / BYTES_PER_GB) * LIST_PRICES_USD.s3GbMonth;
}
