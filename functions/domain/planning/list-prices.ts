/**
 * AWS list prices of what the service uses: one region, first tier, without free tiers, discounts and taxes. They tell
 * cents from hundreds of dollars; they do not predict a bill. Other regions cost up to half more.
 */
export const PRICES_REGION = 'us-east-1';

/** When the prices were read: from public copies of AWS's lists, not from AWS itself. */
export const PRICES_AS_OF = '2026-03-31';

const PER_THOUSAND = 1 / 1_000;
const PER_MILLION = 1 / 1_000_000;

/** US dollars per unit. AWS's GB of storage and memory are GiB. */
export const LIST_PRICES_USD = {
  /** Lambda, arm64: one GB of memory for one second. */
  lambdaGbSecond: 0.0000133334,
  lambdaRequest: 0.2 * PER_MILLION,
  /** Fargate, Linux on ARM, on demand. */
  fargateVcpuHour: 0.03238,
  fargateGbHour: 0.00356,
  /** Step Functions, standard workflows. */
  stateTransition: 0.025 * PER_THOUSAND,
  /** S3 Standard, the first 50 TB; also Intelligent-Tiering until it finds objects that nobody reads. */
  s3GbMonth: 0.023,
  /** The same, for files that BR deleted and the bucket keeps for a while: paid once. */
  s3DeletedGbMonth: 0.023,
  s3Put: 0.005 * PER_THOUSAND,
  s3List: 0.005 * PER_THOUSAND,
  s3Get: 0.0004 * PER_THOUSAND,
  s3Delete: 0,
  /** S3 Standard-Infrequent Access, and One Zone, whose requests cost the same. */
  s3IaGbMonth: 0.0125,
  s3OneZoneIaGbMonth: 0.01,
  s3IaPut: 0.01 * PER_THOUSAND,
  s3IaGet: 0.001 * PER_THOUSAND,
  s3IaRetrievedGb: 0.01,
  /** S3 Glacier Instant Retrieval. */
  s3GlacierIrGbMonth: 0.004,
  s3GlacierIrPut: 0.02 * PER_THOUSAND,
  s3GlacierIrGet: 0.01 * PER_THOUSAND,
  s3GlacierIrRetrievedGb: 0.03,
  /** Replication of a second copy to another region. */
  s3ReplicatedGb: 0.02,
  /** Monitoring by Intelligent-Tiering. */
  s3MonitoredObjectMonth: 0.0025 * PER_THOUSAND,
  /** A lifecycle transition of an object, into Glacier Instant Retrieval or another class. */
  s3GlacierIrTransition: 0.02 * PER_THOUSAND,
  s3Transition: 0.01 * PER_THOUSAND,
  /** DynamoDB, on demand: a write of up to 1 KB, a consistent read of up to 4 KB. */
  dynamodbWriteUnit: 0.625 * PER_MILLION,
  dynamodbReadUnit: 0.125 * PER_MILLION,
} as const;

export type PricedUnit = keyof typeof LIST_PRICES_USD;
