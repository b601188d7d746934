import * as z from 'zod/mini';
import { object } from './domain/shared/object.ts';

const text = z.string().check(z.minLength(1));

const records = { CLUSTERS_TABLE: text, BACKUPS_TABLE: text, WORKFLOWS_TABLE: text };

const config = {
  CONFIG_TABLE: text,
  /** `bucket/prefix` in the deployment's own bucket: the storage path until one is configured. */
  DEFAULT_STORAGE_PATH: text,
  /** Mount point of the shared file system on TiDB's nodes, for `nfs` backups. Unset if the tenant has none. */
  NFS_PATH: z.optional(text),
};

/**
 * Storage classes of the deployment's own bucket, as JSON (`domain/storage/storage-class.ts`). Defaults to S3's own.
 */
const storageTerms = { STORAGE_TERMS: z.optional(text) };

/** A function that declares these gets the shared file system mounted, if the tenant has one. */
const files = {
  NFS_PATH: config.NFS_PATH,
  /** Mount point in the function itself. */
  NFS_MOUNT: z.optional(text),
};

/** For processes that connect to TiDB. */
const network = {
  /** Its comma-separated security groups, for messages that say whom TiDB must let in. Unset outside a VPC. */
  NODE_SECURITY_GROUP_IDS: z.optional(text),
};

/** For imports. */
const imports = {
  /** Lists of imports. */
  IMPORTS_TABLE: text,
  /** Comma-separated buckets, besides the deployment's own, that backups may be imported from. */
  IMPORT_BUCKETS: z.optional(text),
};

/** The Lambda function that creates clusters (`domain/provisioning/provisioner.ts`). Unset if the tenant has none. */
const provisioner = { PROVISIONER_ARN: z.optional(text) };

/** Set if the deployment has a worker, for what takes too long for a function. */
const worker = { HAS_WORKER: z.optional(text) };

/** Set if the tenant wants metrics for each cluster, too. */
const clusterMetrics = { CLUSTER_METRICS: z.optional(text) };

/** The variable that holds the ARN of each workflow's state machine. */
export const STATE_MACHINES = {
  BackupCluster: 'BACKUP_STATE_MACHINE_ARN',
  RestoreExistCluster: 'RESTORE_STATE_MACHINE_ARN',
  RestoreNewCluster: 'RESTORE_NEW_STATE_MACHINE_ARN',
  RestoreDrill: 'DRILL_STATE_MACHINE_ARN',
  DeleteBackup: 'DELETE_STATE_MACHINE_ARN',
  UndeleteBackup: 'UNDELETE_STATE_MACHINE_ARN',
  ImportBackups: 'IMPORT_STATE_MACHINE_ARN',
  CheckCluster: 'CHECK_CLUSTER_STATE_MACHINE_ARN',
  CheckConfig: 'CHECK_CONFIG_STATE_MACHINE_ARN',
} as const;

/** The variable that holds the ARN of the `fail` node, by the workflow that repair ends with it. */
export const FAIL_FUNCTIONS = {
  BackupCluster: 'BACKUP_FAIL_FUNCTION_ARN',
  RestoreExistCluster: 'RESTORE_FAIL_FUNCTION_ARN',
  RestoreNewCluster: 'NEW_CLUSTER_FAIL_FUNCTION_ARN',
  RestoreDrill: 'NEW_CLUSTER_FAIL_FUNCTION_ARN',
  CheckCluster: 'CHECK_FAIL_FUNCTION_ARN',
  CheckConfig: 'CHECK_FAIL_FUNCTION_ARN',
  ImportBackups: 'CHECK_FAIL_FUNCTION_ARN',
} as const;

const stateMachines = required(STATE_MACHINES);
const { BACKUP_STATE_MACHINE_ARN, DRILL_STATE_MACHINE_ARN, DELETE_STATE_MACHINE_ARN } = stateMachines;

/** Repair ends workflows by their `fail` nodes; a deletion it starts again. */
const repair = { ...required(FAIL_FUNCTIONS), DELETE_STATE_MACHINE_ARN };

/** The deployment's tenant, and how tokens name it. */
const callers = {
  TENANT: text,
  /** The claim that must name the tenant. Unset if callers use AWS credentials, and tokens are rejected. */
  TENANT_CLAIM: z.optional(text),
  /** The tenant's comma-separated client ids, if the claim is `client_id`. */
  TENANT_CLIENTS: z.optional(text),
  /** The issuer's prefix of each scope. */
  SCOPE_PREFIX: z.optional(text),
};

/**
 * The environment variables of each function and of the worker. Each process parses its own at cold start, and the
 * stack must provide exactly these: a variable missing on either side fails synthesis.
 */
export const ENVIRONMENTS = {
  query: object(() => ({ ...records, ...config, ...callers, COUNTERS_TABLE: text, IMPORTS_TABLE: text })),
  command: object(() => ({
    ...records,
    ...config,
    ...storageTerms,
    ...callers,
    /** Answers to requests with an Idempotency-Key. */
    REQUESTS_TABLE: text,
    ...stateMachines,
    IMPORT_BUCKETS: imports.IMPORT_BUCKETS,
    ...provisioner,
    ...worker,
    /** Prefix of the names of the secrets that the service creates, without the slash. */
    SECRETS_PREFIX: text,
    /** The key that encrypts those secrets. */
    SECRETS_KEY_ARN: text,
  })),
  autoBackup: object(() => ({ ...records, ...config, ...storageTerms, BACKUP_STATE_MACHINE_ARN })),
  reconcile: object(() => ({ ...records, ...repair })),
  executionEnded: object(() => ({ ...records, ...repair, ...stateMachines })),
  /** Triggered by the streams of the tables. */
  recordChanged: object(() => ({ CLUSTERS_TABLE: text, COUNTERS_TABLE: text, ...clusterMetrics })),
  /** Triggered by the stream of backup records. */
  backupManifests: object(() => ({ BACKUPS_TABLE: text, ...config, ...files })),
  drills: object(() => ({ ...records, ...provisioner, DRILL_STATE_MACHINE_ARN })),
  backupAges: object(() => ({ CLUSTERS_TABLE: text, BACKUPS_TABLE: text, ...clusterMetrics })),
  /** COPY_LATE_HOURS: how many hours after its end a backup may be without its second copy. */
  copies: object(() => ({ BACKUPS_TABLE: text, COPY_LATE_HOURS: text, ...storageTerms })),
  recount: object(() => ({ BACKUPS_TABLE: text, WORKFLOWS_TABLE: text, COUNTERS_TABLE: text })),
  retention: object(() => ({ ...records, DELETE_STATE_MACHINE_ARN })),
  orphanedFiles: object(() => ({
    BACKUPS_TABLE: text,
    ...config,
    ...storageTerms,
    ...files,
    /** Set to remove them; otherwise they are only reported. */
    REMOVE_ORPHANED_FILES: z.optional(text),
  })),
  chooseExecutor: object(() => ({
    CLUSTERS_TABLE: text,
    BACKUPS_TABLE: text,
    CONFIG_TABLE: text,
    ...worker,
    /** Estimated seconds from which on the worker is used. Defaults to ten minutes. */
    WORKER_FROM_SECONDS: z.optional(z.string().check(z.regex(/^\d+$/))),
    ...network,
  })),
  backup: object(() => ({ ...records, ...config, ...files, ...worker, ...network })),
  updateBackupRecord: object(() => ({ BACKUPS_TABLE: text, WORKFLOWS_TABLE: text })),
  backupEnd: object(() => ({ CLUSTERS_TABLE: text, WORKFLOWS_TABLE: text })),
  backupFail: object(() => ({ ...records, ...config, ...storageTerms, ...files, ...network })),
  restoreFromSrcCluster: object(() => ({ ...records, ...config, ...files, ...worker, ...network })),
  restoreEnd: z.object(records),
  restoreFail: object(() => ({ ...records, ...network })),
  deleteBackupFiles: object(() => ({ ...records, ...config, ...storageTerms, ...files, ...network })),
  undeleteBackup: object(() => ({ ...records, ...config })),
  undeleteFail: z.object(records),
  deletionEnd: z.object(records),
  deletionFail: z.object(records),
  createCluster: object(() => ({ BACKUPS_TABLE: text, WORKFLOWS_TABLE: text, ...provisioner })),
  waitClusterReady: object(() => ({ CLUSTERS_TABLE: text, ...provisioner, ...network })),
  restoreNewCluster: object(() => ({ ...records, ...config, ...files, ...worker, ...network })),
  newClusterEnd: z.object(records),
  verifyRestore: object(() => ({ ...records, ...config, ...files, ...worker, ...network })),
  drillEnd: object(() => ({ ...records, ...provisioner })),
  newClusterFail: object(() => ({ ...records, ...provisioner, ...network })),
  importBackups: object(() => ({ ...records, ...config, ...storageTerms, ...files, ...imports })),
  checkCluster: object(() => ({ CLUSTERS_TABLE: text, WORKFLOWS_TABLE: text, ...config, ...files, ...network })),
  checkConfig: object(() => ({ WORKFLOWS_TABLE: text, ...config, ...files })),
  checkScratch: object(() => ({ ...records, ...config, ...files, DELETE_STATE_MACHINE_ARN, ...network })),
  checkFail: object(() => ({ ...records, ...config, ...files, DELETE_STATE_MACHINE_ARN, ...network })),
  /** The container: same as its nodes need as functions. Each task gets its job in addition. */
  worker: object(() => ({ ...records, ...config, ...files, ...network })),
} as const;

type ProcessName = keyof typeof ENVIRONMENTS;
export type FunctionName = Exclude<ProcessName, 'worker'>;
export type Environment<Name extends ProcessName> = z.infer<(typeof ENVIRONMENTS)[Name]>;

/** @throws zod's error, which names the missing variable; Lambda reports it as an init failure. */
export function readEnvironment<Name extends ProcessName>(name: Name): Environment<Name> {
  return ENVIRONMENTS[name].parse(process.env) as Environment<Name>;
}

/** What the environment holds in the variables of a map, by the map's names; undefined for a variable that it lacks. */
export function valuesOf<const Variables extends VariableMap, Holder extends Readonly<Record<string, unknown>>>(
  variables: Variables,
  environment: Holder,
) {
  const values = Object.entries(variables).map(([name, variable]) => [name, environment[variable]]);
  return Object.fromEntries(values) as {
    readonly [Name in keyof Variables]: Variables[Name] extends keyof Holder ? string : undefined;
  };
}

type VariableMap = Readonly<Record<string, string>>;

/** The schema of an environment that has all variables of a map. */
function required<const Variables extends VariableMap>(variables: Variables) {
  const shape = Object.fromEntries(Object.values(variables).map((variable) => [variable, text]));
  return shape as { [Variable in Variables[keyof Variables]]: typeof text };
}

/** How often each sweep runs. */
export const SWEEP_MINUTES = {
  autoBackup: 5,
  reconcile: 5,
  backupAges: 15,
  drills: 15,
  copies: 15,
  retention: 60,
  orphanedFiles: 24 * 60,
  recount: 24 * 60,
} as const satisfies Partial<Record<FunctionName, number>>;
