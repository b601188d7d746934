import * as z from 'zod/mini';
import { checkResult } from '../../domain/cluster/check.ts';
import {
  type Cluster,
  type KeptCertificate,
  maintenanceStatus,
  registeredTidb,
  tlsMode,
} from '../../domain/cluster/cluster.ts';
import { described } from '../../domain/shared/described.ts';
import { identifier } from '../../domain/shared/identifiers.ts';
import { executor } from '../../domain/workflow/executor.ts';
import { READ_ONLY } from './read-only.ts';
import { time } from './wire-format.ts';

/** A secret of the user's own; or of a PEM that the service keeps, whose its first certificate is, and how long it is valid. */
const shownCertificate = z.union([
  z.object({ secretArn: z.string() }),
  z.object({ subject: z.string(), validTo: time }),
]);

/** What the service alone says of a cluster that is registered. */
export const CLUSTER_READ_ONLY = [
  'certificates',
  'status',
  'tidb',
  'maintenanceStatus',
  'operationId',
  'maintenanceSince',
  'createTime',
  'updateTime',
  'check',
];

/** A registered cluster. Of an account that the service keeps, only the user's name is ever shown. */
export const clusterJson = z
  .object({
    clusterId: identifier,
    clusterName: z.string(),
    endpoints: z.array(z.string()),
    account: z.union([z.object({ secretArn: z.string() }), z.object({ user: z.string() })]),
    tls: tlsMode,
    certificates: described(
      z.optional(z.object({ ca: z.optional(shownCertificate), client: z.optional(shownCertificate) })),
      'What was given for TLS: the authorities that may have signed the certificate of TiDB, and the certificate that the service shows it; absent: neither',
    ),
    timezone: z.string(),
    executor: described(
      z.optional(executor),
      'Where its backups run, and restores into it; absent: where they are estimated to fit',
    ),
    /** TiEM's word for a cluster in use. The service does not watch clusters, so it is the only one. */
    status: z.literal('Running'),
    tidb: described(
      z.optional(registeredTidb),
      'The TiDB that its newest backup was taken of, by the id that PD gave it. Backups of another one do not count for its retention, chains, drills and ages; those that do not tell theirs count from `since` on. `formerClusterId` is what it led to before. Absent: no backup has finished yet',
    ),
    /** What holds the cluster; empty: nothing. */
    maintenanceStatus: z.union([z.literal(''), maintenanceStatus]),
    operationId: described(z.optional(identifier), 'The backup or workflow that holds it; absent: nothing does'),
    maintenanceSince: described(z.optional(time), 'Since when it does'),
    createTime: time,
    updateTime: time,
  })
  .register(z.globalRegistry, { id: 'Cluster' })
  .register(READ_ONLY, { fields: CLUSTER_READ_ONLY.filter((field) => field !== 'check') });

/** With what takes too much room in a list. */
export const clusterDetailJson = z
  .object({
    ...clusterJson.shape,
    check: described(z.optional(checkResult), 'What the last check found; absent: none has ended yet'),
  })
  .register(z.globalRegistry, { id: 'ClusterDetail' })
  .register(READ_ONLY, { fields: CLUSTER_READ_ONLY });

export function toClusterDetailJson(cluster: Cluster): z.infer<typeof clusterDetailJson> {
  return { ...toClusterJson(cluster), ...(cluster.check && { check: cluster.check }) };
}

function shown(kept: KeptCertificate): z.infer<typeof shownCertificate> {
  return kept.managed ? { subject: kept.subject, validTo: kept.validTo } : { secretArn: kept.secretArn };
}

export function toClusterJson({
  maintenance,
  account,
  certificates,
  ...cluster
}: Cluster): z.infer<typeof clusterJson> {
  return {
    clusterId: cluster.clusterId,
    clusterName: cluster.clusterName,
    endpoints: cluster.endpoints,
    account: account.managed ? { user: account.user } : { secretArn: account.secretArn },
    tls: cluster.tls,
    ...(certificates && {
      certificates: {
        ...(certificates.ca && { ca: shown(certificates.ca) }),
        ...(certificates.client && { client: shown(certificates.client) }),
      },
    }),
    timezone: cluster.timezone,
    ...(cluster.executor && { executor: cluster.executor }),
    status: 'Running',
    ...(cluster.tidb && { tidb: cluster.tidb }),
    maintenanceStatus: maintenance?.status ?? '',
    ...(maintenance && { operationId: maintenance.operationId, maintenanceSince: maintenance.since }),
    createTime: cluster.createTime,
    updateTime: cluster.updateTime,
  };
}
