import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { MIN_TRANSITION_DAYS, storageClass, TRANSITIONS } from '../functions/domain/storage/storage-class.ts';

/**
 * One tenant is one AWS account and region. Its file, `infra/tenants/NAME.json`, is checked at synth: a wrong field
 * stops it with an error that names the field, shows the value and says what would be right.
 */
const TENANTS_DIRECTORY = join(import.meta.dirname, 'tenants');

/** The tenant that is never deployed: the local cloud runs its template. */
export const LOCAL_TENANT = 'local';

/** The retentions that CloudWatch Logs accepts (`PutRetentionPolicy`), in days. */
const LOG_RETENTION_DAYS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
] as const;

/** S3 allows a hundred years; a typo would cost money that long. */
const MAX_IMMUTABLE_DAYS = 3_650;

const IMMUTABLE_DAYS_RIGHT = `must be a whole number of days from 1 to ${MAX_IMMUTABLE_DAYS}`;

/** In the deployment's own bucket, until `BackupStoragePath` names another. */
export const DEFAULT_PREFIX = 'backups';

const RECOVER_DAYS_RIGHT = 'must be a whole number of days from 1 to 365';

/** A text field with one message for missing, mistyped and misspelled values alike. */
const matching = (pattern: RegExp, right: string) => z.string({ error: right }).regex(pattern, { error: right });

const listOf = <Item extends z.ZodType>(item: Item, right: string) => z.array(item, { error: right });

const securityGroupId = matching(/^sg-[0-9a-f]{8,17}$/, 'must be a security group id such as "sg-0123456789abcdef0"');

const network = z.strictObject(
  {
    vpcId: matching(/^vpc-[0-9a-f]{8,17}$/, 'must be a VPC id such as "vpc-0123456789abcdef0"'),
    /** Private subnets with a route to the AWS APIs (NAT or VPC endpoints) and to the TiDB servers. */
    subnetIds: listOf(
      matching(/^subnet-[0-9a-f]{8,17}$/, 'must be a subnet id such as "subnet-0123456789abcdef0"'),
      'must be a list of subnet ids',
    ).min(1, { error: 'must name at least one subnet' }),
    /**
     * Security groups of the functions and the worker, instead of one that the stack creates. Lambda allows at most
     * five.
     */
    securityGroupIds: listOf(securityGroupId, 'must be a list of security group ids')
      .min(1, { error: 'must name at least one security group' })
      .max(5, { error: 'must name at most five security groups' })
      .optional(),
  },
  { error: 'must be an object with vpcId, subnetIds and, if the stack is to create none, securityGroupIds' },
);

const efs = z.strictObject(
  {
    fileSystemId: matching(/^fs-[0-9a-f]{8,40}$/, 'must be a file system id such as "fs-0123456789abcdef0"'),
    /** Its POSIX user must be allowed to remove what the TiKV nodes write: ideally the same user. */
    accessPointArn: matching(
      /^arn:aws[a-z-]*:elasticfilesystem:[a-z0-9-]+:\d{12}:access-point\/fsap-[0-9a-f]{8,40}$/,
      'must be an access point ARN "arn:aws:elasticfilesystem:REGION:111122223333:access-point/fsap-0123456789abcdef0"',
    ),
    /** Security group of the mount targets, which lets the functions in. */
    securityGroupId,
    /** Mount point of the access point's folder on every TiDB and TiKV node. `BackupStoragePath` is below it. */
    mountPath: matching(
      /^(\/(?!\.\.?(\/|$))[^/\p{Cc}]+)+$/u,
      'must be the absolute path, without a trailing slash, at which every TiDB and TiKV node mounts it',
    ),
  },
  { error: 'must be an object with fileSystemId, accessPointArn, securityGroupId and mountPath' },
);

const roleArn = matching(
  /^arn:aws[a-z-]*:iam::\d{12}:role\/\S+$/,
  'must be a role ARN "arn:aws:iam::111122223333:role/NAME"',
);

const databaseRole = z.preprocess(
  (value) => (typeof value === 'string' ? { arn: value } : value),
  z
    .strictObject(
      {
        arn: roleArn,
        /** The clusters whose backups it may access. Defaults to all. */
        clusterIds: listOf(
          matching(/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/, 'must be the id of a cluster'),
          'must be a list of cluster ids',
        )
          .min(1, { error: 'must name at least one cluster; omit it for all of them' })
          .optional(),
        /** The prefix of `BackupStoragePath` that contains these clusters' folders. */
        prefix: matching(
          /^(?!\.{1,2}(\/|$))[^/*?$\p{Cc}]+(\/(?!\.{1,2}(\/|$))[^/*?$\p{Cc}]+)*$/u,
          'must be a prefix in the bucket such as "backups", without a slash at its ends and without *, ? and $',
        ).optional(),
      },
      { error: `must be a role ARN, or an object with arn, clusterIds and, if it is not "${DEFAULT_PREFIX}", prefix` },
    )
    .refine(({ clusterIds, prefix }) => clusterIds !== undefined || prefix === undefined, {
      path: ['prefix'],
      error: 'is for a role with clusterIds: without them it reaches every prefix',
    }),
);
export type DatabaseRole = z.output<typeof databaseRole>;

const databaseRoles = listOf(databaseRole, 'must be a list of role ARNs').default([]);

const authorization = z.discriminatedUnion(
  'type',
  [
    z.strictObject({ type: z.literal('iam') }, { error: 'must be {"type": "iam"}' }),
    z.strictObject(
      {
        type: z.literal('jwt'),
        issuer: matching(/^https:\/\/[^\s?#]+$/, 'must be the issuer\'s URL, such as "https://login.example.com"'),
        audience: listOf(
          matching(/\S/, 'must be an audience to compare with the token\'s "aud" claim'),
          'must be a list of audiences',
        ).min(1, { error: 'must name at least one audience' }),
        /**
         * The claim that must equal this tenant's name, or be a list with it: the issuer may issue tokens for other
         * tenants too.
         */
        tenantClaim: matching(/\S/, 'must be the name of a claim, such as "tenant"').default('tenant'),
        /**
         * The tenant's clients, if `tenantClaim` is `client_id`: Amazon Cognito's access tokens have no custom claims.
         */
        clients: listOf(
          matching(/^[^\s,]{1,256}$/, 'must be a client id, without blanks and commas'),
          'must be a list of client ids',
        )
          .min(1, { error: 'must name at least one client' })
          .optional(),
        /** The public client, without a secret, that the console signs people in with. */
        consoleClientId: matching(/^[^\s,]{1,256}$/, 'must be a client id, without blanks and commas').optional(),
        /** The issuer's prefix of each scope, such as Amazon Cognito's `RESOURCE-SERVER/`. */
        scopePrefix: matching(
          /^[\x21\x23-\x5b\x5d-\x7e]{1,256}$/,
          'must be what a scope begins with, such as "tidb-backup/", without blanks, quotes and backslashes',
        ).optional(),
      },
      {
        error:
          'must be an object with type, issuer, audience and, where they are needed, tenantClaim, clients, consoleClientId and scopePrefix',
      },
    ),
  ],
  { error: 'must be {"type": "iam"} or {"type": "jwt", "issuer": …, "audience": […]}' },
);

const CONCURRENCY_RIGHT = 'must be a whole number of at least 1';

/** Per function of a kind. Never 0, which would disable it. */
const concurrency = z.int({ error: CONCURRENCY_RIGHT }).min(1, { error: CONCURRENCY_RIGHT }).optional();

/** Lambda reserves this many concurrent executions for each of these functions, and allows no more. */
const reservedConcurrency = z.strictObject(
  { repair: concurrency, failNodes: concurrency, api: concurrency },
  { error: 'must be an object with repair, failNodes and api, or some of them' },
);

const RATE_RIGHT = 'must be a whole number of requests, at least 1';

const requests = z.int({ error: RATE_RIGHT }).min(1, { error: RATE_RIGHT });

/** Limits of the API's stage: API Gateway answers 429 to more than `ratePerSecond` once `burst` is used up. */
const apiThrottle = z.strictObject(
  { ratePerSecond: requests, burst: requests },
  { error: 'must be an object with ratePerSecond and burst' },
);

const readableClass = z.enum(storageClass.options, {
  error: `must be a storage class that BR can read at once: ${storageClass.options.join(', ')}. Files in GLACIER, DEEP_ARCHIVE and the archive tiers of INTELLIGENT_TIERING (ARCHIVE_ACCESS, DEEP_ARCHIVE_ACCESS) must be restored in S3 first, which takes hours`,
});

const AFTER_DAYS_RIGHT = 'must be a whole number of days from 0 to 3650';

const transition = z.strictObject(
  {
    afterDays: z
      .int({ error: AFTER_DAYS_RIGHT })
      .min(0, { error: AFTER_DAYS_RIGHT })
      .max(3_650, { error: AFTER_DAYS_RIGHT }),
    storageClass: readableClass,
  },
  { error: 'must be an object with afterDays and storageClass' },
);

const keyArn = matching(
  /^arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key\/[A-Za-z0-9-]{1,128}$/,
  'must be a key ARN "arn:aws:kms:REGION:111122223333:key/ID"; an alias is not accepted',
);

const LATE_HOURS_RIGHT = 'must be a whole number of hours from 1 to 720';

const bucketArn = matching(
  /^arn:aws[a-z-]*:s3:::[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/,
  'must be a bucket\'s ARN, such as "arn:aws:s3:::backups-copy"',
);

/** Its owner lets in the roles of this deployment, and those of TiDB and TiKV. */
const importBucket = z.strictObject(
  {
    bucketArn,
    /** The key that encrypts its files. Unset if using it takes no right. */
    keyArn: keyArn.optional(),
  },
  'must be {"bucketArn": …}, with a keyArn or without',
);
export type ImportBucket = z.output<typeof importBucket>;

/** The tenant creates the bucket, its versioning, its policy and its lifecycle: docs/disaster-recovery.md says how. */
const secondCopy = z
  .strictObject(
    {
      bucketArn,
      region: matching(/^[a-z]{2}(-[a-z]+)+-\d$/, 'must be an AWS region such as "eu-west-1"'),
      /** Account that owns the bucket and its replicas. Defaults to the tenant's. */
      account: matching(/^\d{12}$/, 'must be the 12 digits of an AWS account id, in quotes').optional(),
      /** Key in the bucket's region that encrypts the replicas. Defaults to the AWS-managed key for S3. */
      keyArn: keyArn.optional(),
      /** Storage class of the replicas. Defaults to that of the files. */
      storageClass: readableClass.optional(),
      /** Whether the bucket has Object Lock: replicas are locked like the files. */
      objectLock: z.boolean({ error: 'must be true or false' }).default(false),
      /** How many hours after its end a backup may be without its copy before an alarm is raised. */
      lateHours: z
        .int({ error: LATE_HOURS_RIGHT })
        .min(1, { error: LATE_HOURS_RIGHT })
        .max(720, { error: LATE_HOURS_RIGHT })
        .default(24),
    },
    { error: 'must be an object with bucketArn, region and, if needed, account, keyArn, storageClass, …' },
  )
  .refine(({ account, keyArn: key }) => account === undefined || key !== undefined, {
    path: ['keyArn'],
    error: 'is needed for a bucket of another account, which cannot use the AWS-managed key',
  })
  .refine(({ region, keyArn: key }) => key === undefined || key.split(':')[3] === region, {
    path: ['keyArn'],
    error: 'must be a key in the region of the copy: S3 uses no other',
  });

const tenantConfigSchema = z
  .strictObject(
    {
      account: matching(/^\d{12}$/, 'must be the 12 digits of an AWS account id, in quotes'),
      region: matching(/^[a-z]{2}(-[a-z]+)+-\d$/, 'must be an AWS region such as "eu-central-1"'),
      /**
       * Network from which the node functions reach TiDB. Unset if they run outside any VPC and reach only public
       * endpoints.
       */
      network: network.optional(),
      /** File system for `nfs` backups. Unset if there are none, so that no function mounts anything. */
      efs: efs.optional(),
      /** Mailed when an alarm begins and ends. If unset, subscribe to the topic. */
      alarmEmail: z.email({ error: 'must be an e-mail address such as "oncall@example.com"' }).optional(),
      authorization: authorization.default({ type: 'iam' }),
      /** Roles of the TiDB servers: BR in them writes `backupmeta` and probes the bucket. Both lists are needed. */
      tidbRoleArns: databaseRoles,
      /** Roles of the TiKV nodes: they, not a function, write and read the backup files. */
      tikvRoleArns: databaseRoles,
      /**
       * Existing secrets that clusters may be registered with, besides those that the service creates; `*` matches any
       * text.
       */
      databaseSecretArns: listOf(
        matching(
          /^arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:\d{12}:secret:[\w/+=.@*-]+$/,
          'must be a secret ARN "arn:aws:secretsmanager:REGION:111122223333:secret:NAME", in which * matches any text',
        ),
        'must be a list of secret ARNs',
      ).default([]),
      /** The customer's own keys that encrypt those secrets; not needed for the account's default key. */
      databaseKeyArns: listOf(keyArn, 'must be a list of key ARNs').default([]),
      /**
       * How many days nobody, not even the account's root, can delete or overwrite a backup in the deployment's own
       * bucket: S3 Object Lock in mode COMPLIANCE. Unset if backups can be deleted at once. It must be set when the
       * bucket is created.
       */
      immutableDays: z
        .int({ error: IMMUTABLE_DAYS_RIGHT })
        .min(1, { error: IMMUTABLE_DAYS_RIGHT })
        .max(MAX_IMMUTABLE_DAYS, { error: IMMUTABLE_DAYS_RIGHT })
        .optional(),
      /**
       * How many days files that somebody else deletes or overwrites in the deployment's own bucket can be recovered.
       * Defaults to 7. What the service deletes is gone at once.
       */
      recoverDeletedDays: z
        .int({ error: RECOVER_DAYS_RIGHT })
        .min(1, { error: RECOVER_DAYS_RIGHT })
        .max(365, { error: RECOVER_DAYS_RIGHT })
        .optional(),
      /** Storage class of BACKUP in the deployment's bucket. Defaults to STANDARD. */
      storageClass: readableClass.optional(),
      /** After how many days the bucket's lifecycle moves backups to another class. Absent: never. */
      transition: transition.optional(),
      /** Where S3 replicates the deployment's bucket to: another region or account. Absent: nowhere. */
      secondCopy: secondCopy.optional(),
      /** Buckets that backups may be imported from, besides the deployment's own and its second copy. */
      importBuckets: z.array(importBucket).max(20, 'must be at most 20 buckets').default([]),
      /**
       * Lambda function that creates clusters to restore into (`functions/domain/provisioning/provisioner.ts`). Unset
       * if users bring their own.
       */
      provisionerArn: matching(
        /^arn:aws[a-z-]*:lambda:[a-z0-9-]+:\d{12}:function:[A-Za-z0-9_-]{1,64}(:[A-Za-z0-9_-]{1,128})?$/,
        'must be a function ARN "arn:aws:lambda:REGION:111122223333:function:NAME", optionally with an alias',
      ).optional(),
      /** Added to every resource, besides `tidb-backup:tenant`. */
      tags: z
        .record(
          matching(
            /^(?!aws:)[\p{L}\p{Z}\p{N}_.:/=+\-@]{1,128}$/iu,
            'must be 1 to 128 characters that AWS allows in a tag',
          ),
          matching(/^[\p{L}\p{Z}\p{N}_.:/=+\-@]{0,256}$/u, 'must be at most 256 characters that AWS allows in a tag'),
          {
            error:
              'must be an object of tags: names of 1 to 128 characters that AWS allows and does not reserve, with text values',
          },
        )
        .default({}),
      /** Limits every role of the stack, if the account requires it. */
      permissionsBoundaryArn: matching(
        /^arn:aws[a-z-]*:iam::(\d{12}|aws):policy\/\S+$/,
        'must be a policy ARN "arn:aws:iam::111122223333:policy/NAME"',
      ).optional(),
      /** IAM path of every role of the stack. */
      rolePath: matching(/^\/([\x21-\x7e]{1,500}\/)?$/, 'must be an IAM path such as "/tidb-backup/"').optional(),
      /** The customer's key instead of one of the stack's. `docs/deploy.md` says what its policy must allow. */
      keyArn: keyArn.optional(),
      /** The customer's bucket instead of one of the stack's. `docs/deploy.md` says what its policy must allow. */
      bucketName: matching(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, "must be a bucket's name").optional(),
      /** Defaults to none: an account must keep 100 executions unreserved, and a new one may have no more. */
      reservedConcurrency: reservedConcurrency.default({}),
      apiThrottle: apiThrottle.default({ ratePerSecond: 50, burst: 100 }),
      /**
       * Whether CloudWatch keeps metrics for each cluster: three, each at the price of a custom metric. By default only
       * totals are kept. Alarms about overdue backups need none of them.
       */
      clusterMetrics: z.boolean({ error: 'must be true or false' }).default(false),
      /** Whether CloudFront serves the console. */
      console: z.boolean({ error: 'must be true or false' }).default(false),
      /** Whether backup files without a record are removed, a day after they were written, or only reported. */
      removeOrphanedFiles: z.boolean({ error: 'must be true or false' }).default(false),
      logRetentionDays: z
        .literal(LOG_RETENTION_DAYS, {
          error: `must be a number of days that CloudWatch Logs supports: ${LOG_RETENTION_DAYS.join(', ')}`,
        })
        .default(90),
    },
    { error: 'must be an object with account, region, …' },
  )
  .refine((config) => config.efs === undefined || config.network !== undefined, {
    path: ['efs'],
    error: 'needs a network: a function outside any VPC cannot mount anything',
  })
  .refine(({ bucketName, immutableDays }) => bucketName === undefined || immutableDays === undefined, {
    path: ['immutableDays'],
    error: 'is for the bucket that the stack creates: give the bucket in bucketName a default retention of its own',
  })
  .refine(({ bucketName, recoverDeletedDays }) => bucketName === undefined || recoverDeletedDays === undefined, {
    path: ['recoverDeletedDays'],
    error:
      'is for the bucket that the stack creates: give the bucket in bucketName versioning, and a lifecycle rule that expires old versions',
  })
  .refine(({ bucketName, transition: moved }) => bucketName === undefined || moved === undefined, {
    path: ['transition'],
    error: 'is for the bucket that the stack creates: give the bucket in bucketName a lifecycle rule of its own',
  })
  .refine(({ bucketName, secondCopy: copy }) => bucketName === undefined || copy === undefined, {
    path: ['secondCopy'],
    error:
      'is for the bucket that the stack creates: give the bucket in bucketName a replication configuration of its own',
  })
  .refine(
    ({ immutableDays, secondCopy: copy }) => copy === undefined || copy.objectLock === (immutableDays !== undefined),
    {
      path: ['secondCopy', 'objectLock'],
      error:
        'must be true if immutableDays is given, and only then: S3 replicates between two buckets that lock, or two that do not',
    },
  )
  .refine(
    ({ region, secondCopy: copy }) => copy === undefined || copy.region !== region || copy.account !== undefined,
    {
      path: ['secondCopy', 'region'],
      error: "must be another region than the deployment's, unless the bucket is of another account",
    },
  )
  .refine(({ account, secondCopy: copy }) => copy?.account === undefined || copy.account !== account, {
    path: ['secondCopy', 'account'],
    error: 'is for a bucket of another account: omit it for one of your own',
  })
  .refine(
    ({ storageClass: first = 'STANDARD', transition: moved }) =>
      moved === undefined || TRANSITIONS[first].includes(moved.storageClass),
    {
      path: ['transition', 'storageClass'],
      error: 'must be a class into which S3 can move files of storageClass',
    },
  )
  .refine(
    ({ transition: moved }) => moved === undefined || moved.afterDays >= (MIN_TRANSITION_DAYS[moved.storageClass] ?? 0),
    {
      path: ['transition', 'afterDays'],
      error: 'must be at least 30: S3 moves no file to STANDARD_IA or ONEZONE_IA sooner',
    },
  )
  .refine(
    ({ authorization: jwt }) => jwt.type !== 'jwt' || (jwt.tenantClaim === 'client_id') === (jwt.clients !== undefined),
    { path: ['authorization', 'clients'], error: 'must be given if tenantClaim is "client_id", and only then' },
  )
  .refine(({ console, authorization: { type } }) => !console || type === 'jwt', {
    path: ['console'],
    error:
      'needs authorization of type "jwt": with IAM, tidb-backup console serves it on the machine of whoever has AWS credentials',
  })
  .refine(({ console, region }) => !console || !region.startsWith('cn-'), {
    path: ['console'],
    error: 'is not for regions of aws-cn, whose CloudFront takes only domain names that are registered there',
  })
  .refine(({ console, authorization: jwt }) => jwt.type !== 'jwt' || console === (jwt.consoleClientId !== undefined), {
    path: ['authorization', 'consoleClientId'],
    error: 'must be given if console is true, and only then',
  })
  .refine(
    ({ authorization: jwt }) =>
      jwt.type !== 'jwt' ||
      jwt.clients === undefined ||
      jwt.consoleClientId === undefined ||
      jwt.clients.includes(jwt.consoleClientId),
    {
      path: ['authorization', 'consoleClientId'],
      error: "must be one of clients, as the API takes no other client's token",
    },
  );

export type TenantConfig = z.infer<typeof tenantConfigSchema>;
export type SecondCopy = z.infer<typeof secondCopy>;

export class TenantConfigError extends Error {
  override readonly name = 'TenantConfigError';
}

/**
 * @param tenant name of the file in `infra/tenants`, without `.json`
 * @throws {TenantConfigError} that lists every wrong field, not only the first
 */
export function readTenantConfig(tenant: string, directory = TENANTS_DIRECTORY): TenantConfig {
  // The name becomes part of resource names and of a path, so it must need no escaping in either.
  if (!/^[a-z][a-z0-9-]{0,29}$/.test(tenant)) {
    throw new TenantConfigError(
      `tenant ${JSON.stringify(tenant)}: a name is 1 to 30 lower-case letters, digits or hyphens and begins with a letter`,
    );
  }
  const file = join(directory, `${tenant}.json`);
  if (!existsSync(file)) {
    const known = readdirSync(directory).flatMap((name) => (name.endsWith('.json') ? [name.slice(0, -5)] : []));
    throw new TenantConfigError(`tenant "${tenant}" has no file ${file}; there are: ${known.sort().join(', ')}`);
  }
  return parseTenantConfig(readFileSync(file, 'utf8'), file);
}

/** @param source named in the error */
export function parseTenantConfig(text: string, source: string): TenantConfig {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new TenantConfigError(`${source} is not JSON: ${String(cause)}`, { cause });
  }
  const result = tenantConfigSchema.safeParse(json, { reportInput: true });
  if (result.success) return result.data;
  const lines = result.error.issues.map(
    (issue) => `  ${z.core.toDotPath(issue.path) || '(the file)'}: ${explain(issue)}`,
  );
  throw new TenantConfigError(`${source}:\n${lines.join('\n')}`);
}

function explain(issue: z.core.$ZodIssue): string {
  // Otherwise a misspelled optional field would silently be ignored.
  if (issue.code === 'custom') return issue.message;
  if (issue.code === 'unrecognized_keys') return `knows no field ${issue.keys.join(', ')}`;
  return issue.input === undefined
    ? `is missing; it ${issue.message}`
    : `${issue.message}, not ${JSON.stringify(issue.input)}`;
}
