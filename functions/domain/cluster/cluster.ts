import * as z from 'zod/mini';
import { backupMode, decimal64 } from '../backup/backup-record.ts';
import { identifier } from '../shared/identifiers.ts';
import { claimedWindow, missedWindow, strategy, waiting } from '../strategy/strategy.ts';
import { executor } from '../workflow/executor.ts';
import { checkResult } from './check.ts';

/**
 * How the service speaks to TiDB: in the clear; encrypted if the server offers it; encrypted; or encrypted with a server whose
 * certificate is trusted and names the registered address.
 */
export const tlsMode = z.enum(['disabled', 'preferred', 'required', 'verify']);
export type TlsMode = z.infer<typeof tlsMode>;

/** What holds a cluster; `''` on the wire when nothing does. */
export const maintenanceStatus = z.enum(['BackUp', 'Restore', 'Deleting']);

/** Where the database account is kept. A managed secret is one that the service made of a given password. */
export const databaseAccount = z.discriminatedUnion('managed', [
  z.object({ managed: z.literal(false), secretArn: z.string() }),
  z.object({ managed: z.literal(true), secretArn: z.string(), user: z.string() }),
]);
export type DatabaseAccount = z.infer<typeof databaseAccount>;

/** PEM in a secret: the user's own, or one that the service made of what it was given; of that, what its first certificate says. */
const keptCertificate = z.discriminatedUnion('managed', [
  z.object({ managed: z.literal(false), secretArn: z.string() }),
  z.object({ managed: z.literal(true), secretArn: z.string(), subject: z.string(), validTo: z.iso.datetime() }),
]);
export type KeptCertificate = z.infer<typeof keptCertificate>;

const certificates = z.object({
  /** Who may have signed TiDB's certificate, with `verify`; absent: the authorities that Node trusts. */
  ca: z.optional(keptCertificate),
  /** What the service proves itself by; absent: nothing. */
  client: z.optional(keptCertificate),
});
export type Certificates = z.infer<typeof certificates>;

/** Which of its backups go with a cluster that is removed. */
const deletedBackups = z.enum(['auto', 'all']);
export type DeletedBackups = z.infer<typeof deletedBackups>;

/** The lock of invariant 1: present exactly while the operation `operationId` holds the cluster. */
export const maintenance = z.object({
  status: maintenanceStatus,
  operationId: identifier,
  since: z.iso.datetime(),
  /** Of a backup: automatic ones are counted. */
  backupMode: z.optional(backupMode),
  /** Of an automatic backup. */
  claim: z.optional(claimedWindow),
  /** Of a removal: the backups that are to go with the cluster. */
  deleteBackups: z.optional(deletedBackups),
});
export type Maintenance = z.infer<typeof maintenance>;

/** Which TiDB a registration leads to, as its newest backup told. */
export const registeredTidb = z.object({
  /** PD's id of it. */
  clusterId: decimal64,
  /** Backups that do not tell their TiDB are this one's if they began no earlier. */
  since: z.iso.datetime(),
  /** Of the TiDB that the registration led to before; absent: it has always been this one. */
  formerClusterId: z.optional(decimal64),
});

/** A registered TiDB cluster. */
export const cluster = z.object({
  clusterId: identifier,
  clusterName: z.string(),
  /** `host:port` of its TiDB servers, or of a load balancer before them. */
  endpoints: z.array(z.string()).check(z.minLength(1)),
  account: databaseAccount,
  tls: tlsMode,
  certificates: z.optional(certificates),
  /** IANA name. */
  timezone: z.string(),
  /** Where its backups run, and the restores into it; absent: where they are estimated to fit. */
  executor: z.optional(executor),
  maintenance: z.optional(maintenance),
  strategy: z.optional(strategy),
  /** Start of the first window that has neither been served nor recorded as missed; absent: there is none. */
  nextRunAt: z.optional(z.iso.datetime()),
  /** When the last automatic backup started: its window is served, whatever becomes of the strategy. */
  servedAt: z.optional(z.iso.datetime()),
  waiting: z.optional(waiting),
  /** The last window in which no backup was started. */
  lastMissed: z.optional(missedWindow),
  /** The last window that a change of the strategy ended before a backup was started. */
  lastCanceled: z.optional(missedWindow),
  /** Absent: no backup has finished since it was registered. */
  tidb: z.optional(registeredTidb),
  /** What the last check found. */
  check: z.optional(checkResult),
  createTime: z.iso.datetime(),
  updateTime: z.iso.datetime(),
});
export type Cluster = z.infer<typeof cluster>;

/** Which backups of a cluster's id are of the TiDB that is registered under it now: the others are a former one's. */
export interface OwnBackups {
  clusterId: string;
  /** Of their TiDB; undefined: none that tells it has finished since the registration. */
  tidbClusterId: string | undefined;
  /** Those that do not tell their TiDB count if they ended later. */
  since: string;
}

export function ownBackups({
  clusterId,
  tidb,
  createTime,
}: Pick<Cluster, 'clusterId' | 'tidb' | 'createTime'>): OwnBackups {
  return { clusterId, tidbClusterId: tidb?.clusterId, since: tidb?.since ?? createTime };
}

/** The ARNs of the secrets that the service made for a cluster: they go with it. */
export function managedSecrets({
  account,
  certificates,
}: Partial<Pick<Cluster, 'account' | 'certificates'>>): string[] {
  const kept = [account, certificates?.ca, certificates?.client];
  return kept.flatMap((secret) => (secret?.managed ? [secret.secretArn] : []));
}
