import * as z from 'zod/mini';
import { decimal64 } from '../backup/backup-record.ts';
import { type Cluster, tlsMode } from '../cluster/cluster.ts';
import { endpoints, secretAccount, secretArn, tls } from '../cluster/cluster-registration.ts';
import { identifier } from '../shared/identifiers.ts';
import { provisionerParameters } from './provisioner-parameters.ts';

/*
 * The contract with a tenant's provisioner: the Lambda function that `provisionerArn` of the tenant's file names. It makes
 * and destroys TiDB clusters for restores into a new one. It is invoked synchronously with one {@link ProvisionerRequest}
 * and answers the matching one of {@link PROVISIONER_ANSWERS} as JSON.
 *
 * - It answers within 60 s. Making a cluster takes longer: it starts that, and says how it stands when it is asked.
 * - Every request may come more than once, also at the same time; `operationId` tells one cluster from another. To create
 *   what is there, and to destroy what is not, or never was, is a success.
 * - If it throws or times out, it is asked again: five times, within about half a minute. What asking again will not
 *   change it answers as `refused` or `failed`.
 * - `message` is shown to users: a sentence, no secret, no account id.
 */

/** The new cluster: the one thing that all requests about it share. */
const operation = {
  /** Id of the workflow. */
  operationId: identifier,
  /** Under which the service registers the cluster. */
  clusterId: identifier,
};
type ProvisionerOperation = { operationId: string; clusterId: string };

const message = z.string().check(z.maxLength(1_000));

/** What a new cluster is to be. */
const order = {
  /** The user's name for it: any text of up to 128 characters. */
  clusterName: z.string(),
  /** Of the backups that are going to be restored into it; TiKV's files, so about the size of one replica. */
  backupSizeBytes: decimal64,
  /** As the user gave them; `{}` where he gave none. */
  parameters: provisionerParameters,
  /**
   * The account that the user wants it to have: a secret of the service, JSON `{"username": …, "password": …}`, which the function has to
   * be allowed to read (`secretsmanager:GetSecretValue`). Absent: any.
   */
  account: z.optional(secretAccount),
  /** What the user wants of TLS, at least. Absent: nothing. */
  tls: z.optional(tlsMode),
};
const clusterOrder = z.object({ ...operation, ...order });
type ClusterOrder = z.infer<typeof clusterOrder>;

const provisionerRequest = z.discriminatedUnion('action', [
  /** Begin to make the cluster. */
  z.object({ action: z.literal('create'), ...operation, ...order }),
  /** How does it stand? Asked again, first after 2 s and then ever more rarely up to once a minute, for two hours. */
  z.object({ action: z.literal('ready'), ...operation }),
  /** Begin to destroy the cluster, or go on, or say that it is done. Asked again until then, for an hour. */
  z.object({ action: z.literal('destroy'), ...operation }),
]);
export type ProvisionerRequest = z.infer<typeof provisionerRequest>;

export const PROVISIONER_ANSWERS = {
  create: z.discriminatedUnion('status', [
    z.object({ status: z.literal('accepted') }),
    /** It will not be made: `parameters` are wrong, a quota is used up. */
    z.object({ status: z.literal('refused'), message }),
  ]),
  ready: z.discriminatedUnion('status', [
    z.object({ status: z.literal('pending'), message: z.optional(message) }),
    /**
     * It accepts connections, and holds no table. The account may BACKUP and RESTORE; its secret is JSON `{"username": …,
     * "password": …}` and one of those that `databaseSecretArns` of the tenant's file lets the service read. So are the secrets of
     * TLS, which are as in a registration; a CA is for `verify` alone, and neither is for `disabled`.
     */
    z
      .object({
        ...{ status: z.literal('ready'), endpoints, account: secretAccount, tls },
        ...{ caSecretArn: z.optional(secretArn), clientSecretArn: z.optional(secretArn) },
      })
      .check(
        z.refine(({ tls: mode, caSecretArn }) => caSecretArn === undefined || mode === 'verify', {
          path: ['caSecretArn'],
        }),
        z.refine(({ tls: mode, clientSecretArn }) => clientSecretArn === undefined || mode !== 'disabled', {
          path: ['clientSecretArn'],
        }),
      ),
    /** It will never be ready. */
    z.object({ status: z.literal('failed'), message }),
  ]),
  destroy: z.discriminatedUnion('status', [
    z.object({ status: z.literal('pending') }),
    /** Nothing is left of it, or it never was. */
    z.object({ status: z.literal('destroyed') }),
  ]),
} as const;

/** How to reach a cluster. */
export type ClusterAccess = Pick<Cluster, 'endpoints' | 'account' | 'tls' | 'certificates'>;

type Readiness =
  | { status: 'pending'; message?: string | undefined }
  | { status: 'ready'; access: ClusterAccess }
  /** It is registered already, with all that it takes to reach it. */
  | { status: 'registered' };

/** Makes clusters, as the workflow's nodes see it. Each method may be repeated. */
export interface Provisioner {
  /** @throws NodeFailure ProvisionerRefused: asking again is of no use; ProvisionerFailed, ProvisionerNotReady: it may be. So the others too. */
  create(order: ClusterOrder): Promise<void>;
  ready(operation: ProvisionerOperation): Promise<Readiness>;
  destroy(operation: ProvisionerOperation): Promise<'pending' | 'destroyed' | 'released'>;
}
