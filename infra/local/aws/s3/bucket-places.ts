import type { IncomingHttpHeaders } from 'node:http';
import { AwsError } from '../aws-error.ts';
import { type Answer, errorAnswer } from './answer.ts';

const SCOPE_REGION = /Credential=[^/,\s]+\/\d{8}\/([^/,\s]+)\//;

/** The region of each bucket, and which buckets and regions no longer answer. */
export class BucketPlaces {
  readonly #home: string;
  readonly #regions = new Map<string, string>();
  readonly #lostBuckets = new Set<string>();
  readonly #lostRegions = new Set<string>();

  /** @param home region of buckets without an explicit one */
  constructor(home: string) {
    this.#home = home;
  }

  put(bucket: string, region: string): void {
    this.#regions.set(bucket, region);
  }

  regionOf(bucket: string): string {
    return this.#regions.get(bucket) ?? this.#home;
  }

  /** Simulates that the bucket was emptied and deleted. */
  loseBucket(bucket: string): void {
    this.#lostBuckets.add(bucket);
  }

  /** Until {@link regainRegion}. */
  loseRegion(region: string): void {
    this.#lostRegions.add(region);
  }

  regainRegion(region: string): void {
    this.#lostRegions.delete(region);
  }

  isLost(bucket: string): boolean {
    return this.#lostBuckets.has(bucket) || this.#lostRegions.has(this.regionOf(bucket));
  }

  /** @returns the answer of S3 in place of the bucket's */
  refusal(bucket: string, { authorization = '' }: IncomingHttpHeaders): Answer | undefined {
    const region = this.regionOf(bucket);
    if (this.#lostRegions.has(region)) {
      return errorAnswer(new AwsError('ServiceUnavailable', 'Service is unable to handle request.', 503));
    }
    if (this.#lostBuckets.has(bucket)) {
      return errorAnswer(new AwsError('NoSuchBucket', 'The specified bucket does not exist', 404));
    }
    const signed = SCOPE_REGION.exec(authorization)?.[1];
    if (!this.#regions.has(bucket) || signed === undefined || signed === region) return undefined;
    const text =
      'The bucket you are attempting to access must be addressed using the specified endpoint. Please send all future requests to this endpoint.';
    return errorAnswer(new AwsError('PermanentRedirect', text, 301));
  }

  /** Every S3 answer names the region. */
  headers(bucket: string): Record<string, string> {
    const region = this.#lostBuckets.has(bucket) ? undefined : this.#regions.get(bucket);
    return region === undefined ? {} : { 'x-amz-bucket-region': region };
  }
}
