import * as z from 'zod/mini';
import { backupMode, decimal64 } from '../backup/backup-record.ts';
import { identifier } from '../shared/identifiers.ts';
import { object } from '../shared/object.ts';
import { claimedWindow, missedWindow, strategy, waiting } from '../strategy/strategy.ts';
import { executor } from '../workflow/executor.ts';
import { checkResult } from './check.ts';

/**
 * How the service connects to TiDB: unencrypted; encrypted if the server offers it; always encrypted; or encrypted with
 * a trusted certificate that names the registered address.
 */
export const tlsMode = z.enum(['disabled', 'preferred', 'required', 'verify']);
export type TlsMode = z.infer<typeof tlsMode>;

/** What holds a cluster; `''` on the wire if nothing does. */
export const maintenanceStatus = z.enum(['BackUp', 'Restore', 'Deleting']);

/** Where the database account is kept. A managed secret is one that the service created from a given password. */
export const databaseAccount = z.discriminatedUnion('managed', [
  object(() => ({ managed: z.literal(false), secretArn: z.string() })),
  object(() => ({ managed: z.literal(true), secretArn: z.string(), user: z.string() })),
]);
export type DatabaseAccount = z.infer<typeof databaseAccount>;

/**
 * PEM in a secret: the user's own, or one that the service created, with the subject and expiry of its first
 * certificate.
 */
const keptCertificate = z.discriminatedUnion('managed', [
  object(() => ({ managed: z.literal(false), secretArn: z.string() })),
  object(() => ({ managed: z.literal(true), secretArn: z.string(), subject: z.string(), validTo: z.iso.datetime() })),
]);
export type KeptCertificate = z.infer<typeof keptCertificate>;

const certificates = object(() => ({
  /** Authorities trusted to sign TiDB's certificate, for `verify`. Defaults to those that Node trusts. */
  ca: z.optional(keptCertificate),
  /** The client certificate, if there is one. */
  client: z.optional(keptCertificate),
}));
export type Certificates = z.infer<typeof certificates>;

/** Which backups are deleted with a removed cluster. */
const deletedBackups = z.enum(['auto', 'all']);
export type DeletedBackups = z.infer<typeof deletedBackups>;

/** The lock of invariant 1: set exactly while the operation `operationId` holds the cluster. */
export const maintenance = object(() => ({
  status: maintenanceStatus,
  operationId: identifier,
  since: z.iso.datetime(),
  /** Set for a backup: automatic ones are counted. */
  backupMode: z.optional(backupMode),
  /** Set for an automatic backup. */
  claim: z.optional(claimedWindow),
  /** Set for a removal: the backups to delete with the cluster. */
  deleteBackups: z.optional(deletedBackups),
}));
export type Maintenance = z.infer<typeof maintenance>;

/** The TiDB that a registration leads to, as its newest backup found. */
export const registeredTidb = object(() => ({
  /** PD's cluster id. */
  clusterId: decimal64,
  /** Backups that do not name their TiDB belong to this one if they started no earlier. */
  since: z.iso.datetime(),
  /** The TiDB that the registration led to before. Unset if it never changed. */
  formerClusterId: z.optional(decimal64),
}));

/** A registered TiDB cluster. */
export const cluster = object(() => ({
  clusterId: identifier,
  clusterName: z.string(),
  /** `host:port` of its TiDB servers, or of a load balancer in front of them. */
  endpoints: z.array(z.string()).check(z.minLength(1)),
  account: databaseAccount,
  tls: tlsMode,
  certificates: z.optional(certificates),
  /** IANA time zone. */
  timezone: z.string(),
  /** Where its backups, and restores into it, run. By default, chosen from the estimated duration. */
  executor: z.optional(executor),
  maintenance: z.optional(maintenance),
  strategy: z.optional(strategy),
  /** Start of the first window that has been neither served nor recorded as missed. Unset if there is none. */
  nextRunAt: z.optional(z.iso.datetime()),
  /** When the last automatic backup started: its window is served, even if the strategy changes. */
  servedAt: z.optional(z.iso.datetime()),
  waiting: z.optional(waiting),
  /** The last window in which no backup was started. */
  lastMissed: z.optional(missedWindow),
  /** The last window that a change of the strategy ended before a backup was started. */
  lastCanceled: z.optional(missedWindow),
  /** Unset if no backup has finished since it was registered. */
  tidb: z.optional(registeredTidb),
  /** The result of the last check. */
  check: z.optional(checkResult),
  createTime: z.iso.datetime(),
  updateTime: z.iso.datetime(),
}));
export type Cluster = z.infer<typeof cluster>;

/** Selects the backups of a cluster id that belong to the TiDB registered now, and not to a former one. */
export interface OwnBackups {
  clusterId: string;
  /** Id of their TiDB. `undefined` if no backup since the registration says it. */
  tidbClusterId: string | undefined;
  /** Backups that do not name their TiDB count if they ended later. */
  since: string;
}

export function ownBackups({
  clusterId,
  tidb,
  createTime,
}: Pick<Cluster, 'clusterId' | 'tidb' | 'createTime'>): OwnBackups {
  return { clusterId, tidbClusterId: tidb?.clusterId, since: tidb?.since ?? createTime };
}

/** ARNs of the secrets that the service created for a cluster, which are deleted with it. */
export function managedSecrets({
  account,
  certificates,
}: Partial<Pick<Cluster, 'account' | 'certificates'>>): string[] {
  const kept = [account, certificates?.ca, certificates?.client];
  return kept.flatMap((secret) => (secret?.managed ? [secret.secretArn] : []));
}
