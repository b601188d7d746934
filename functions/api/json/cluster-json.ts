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
import { object } from '../../domain/shared/object.ts';
import { executor } from '../../domain/workflow/executor.ts';
import { READ_ONLY } from './read-only.ts';
import { time } from './wire-format.ts';

/** The user's own secret; or, for a PEM that the service keeps, the subject and expiry of its first certificate. */
const shownCertificate = z.union([
  object(() => ({ secretArn: z.string() })),
  object(() => ({ subject: z.string(), validTo: time })),
]);

/** Fields of a registered cluster that only the service sets. */
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

/** A registered cluster. Of an account that the service keeps, only the user name is shown. */
export const clusterJson = object(() => ({
  clusterId: identifier,
  clusterName: z.string(),
  endpoints: z.array(z.string()),
  account: z.union([z.object({ secretArn: z.string() }), z.object({ user: z.string() })]),
  tls: tlsMode,
  certificates: described(
    z.optional(z.object({ ca: z.optional(shownCertificate), client: z.optional(shownCertificate) })),
    'Certificates for TLS: the authorities trusted to sign the certificate of TiDB, and the client certificate; omitted if there are none',
  ),
  timezone: z.string(),
  executor: described(
    z.optional(executor),
    'Where its backups, and restores into it, run; if omitted, chosen from the estimated duration',
  ),
  /** TiEM's status of a cluster in use. The service does not monitor clusters, so there is no other. */
  status: z.literal('Running'),
  tidb: described(
    z.optional(registeredTidb),
    "PD's cluster id of the TiDB that its newest backup was taken from. Backups of another TiDB do not count for its retention, chains, drills and ages; backups that do not name theirs count from `since` on. `formerClusterId` is the TiDB that it led to before. Omitted until a backup has finished",
  ),
  /** What holds the cluster; empty if nothing does. */
  maintenanceStatus: z.union([z.literal(''), maintenanceStatus]),
  operationId: described(z.optional(identifier), 'The backup or workflow that holds it; omitted if nothing does'),
  maintenanceSince: described(z.optional(time), 'Since when it holds the cluster'),
  createTime: time,
  updateTime: time,
}))
  .register(z.globalRegistry, { id: 'Cluster' })
  .register(READ_ONLY, { fields: CLUSTER_READ_ONLY.filter((field) => field !== 'check') });

/** With the fields that are too large for a list. */
export const clusterDetailJson = object(() => ({
  ...clusterJson.shape,
  check: described(z.optional(checkResult), 'The result of the last check; omitted if none has ended yet'),
}))
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
