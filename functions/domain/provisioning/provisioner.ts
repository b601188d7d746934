import * as z from 'zod/mini';
import { decimal64 } from '../backup/backup-record.ts';
import { type Cluster, tlsMode } from '../cluster/cluster.ts';
import { endpoints, secretAccount, secretArn, tls } from '../cluster/cluster-registration.ts';
import { identifier } from '../shared/identifiers.ts';
import { provisionerParameters } from './provisioner-parameters.ts';

/*
 * The contract with a tenant's provisioner: the Lambda function that `provisionerArn` of the tenant file names. It creates
 * and destroys TiDB clusters for restores into a new one. The service invokes it synchronously with one
 * {@link ProvisionerRequest}; it answers the matching one of {@link PROVISIONER_ANSWERS} as JSON.
 *
 * - It answers within 60 s. Creating a cluster takes longer: it starts that, and reports the state when asked.
 * - Any request may arrive more than once, also concurrently; `operationId` identifies the cluster. Creating an existing
 *   cluster and destroying a missing one are successes.
 * - If it throws or times out, the service retries five times, within about half a minute. Failures that a retry cannot
 *   fix are answered as `refused` or `failed`.
 * - `message` is shown to users: a sentence, without secrets or account ids.
 */

/** Identifies the new cluster in all requests about it. */
const operation = {
  /** Id of the workflow. */
  operationId: identifier,
  /** The id under which the service registers the cluster. */
  clusterId: identifier,
};
type ProvisionerOperation = { operationId: string; clusterId: string };

const message = z.string().check(z.maxLength(1_000));

/** The requested cluster. */
const order = {
  /** The user's name for it: any text of up to 128 characters. */
  clusterName: z.string(),
  /** Total size of the backups to restore into it, in TiKV's files: about the size of one replica. */
  backupSizeBytes: decimal64,
  /** As the user gave them, or `{}`. */
  parameters: provisionerParameters,
  /**
   * The account that the user wants: a secret of the service, JSON `{"username": …, "password": …}`, which the function
   * must be allowed to read (`secretsmanager:GetSecretValue`). Unset if any account will do.
   */
  account: z.optional(secretAccount),
  /** The least TLS mode that the user accepts. Unset for any. */
  tls: z.optional(tlsMode),
};
const clusterOrder = z.object({ ...operation, ...order });
type ClusterOrder = z.infer<typeof clusterOrder>;

const provisionerRequest = z.discriminatedUnion('action', [
  /** Start to create the cluster. */
  z.object({ action: z.literal('create'), ...operation, ...order }),
  /**
   * Report the state of the cluster. Sent again, first after 2 s and then less and less often, down to once a minute,
   * for two hours.
   */
  z.object({ action: z.literal('ready'), ...operation }),
  /** Start or continue to destroy the cluster, or report that it is destroyed. Sent again until then, for an hour. */
  z.object({ action: z.literal('destroy'), ...operation }),
]);
export type ProvisionerRequest = z.infer<typeof provisionerRequest>;

export const PROVISIONER_ANSWERS = {
  create: z.discriminatedUnion('status', [
    z.object({ status: z.literal('accepted') }),
    /** It will not be created: `parameters` are wrong, or a quota is used up. */
    z.object({ status: z.literal('refused'), message }),
  ]),
  ready: z.discriminatedUnion('status', [
    z.object({ status: z.literal('pending'), message: z.optional(message) }),
    /**
     * It accepts connections and holds no tables. The account may BACKUP and RESTORE; its secret is JSON `{"username":
     * …, "password": …}` and is covered by `databaseSecretArns` of the tenant file. So are the TLS secrets, which are
     * as in a registration; a CA is allowed only with `verify`, and no certificate with `disabled`.
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
    /** Nothing of it is left, or it never existed. */
    z.object({ status: z.literal('destroyed') }),
  ]),
} as const;

/** How to reach a cluster. */
export type ClusterAccess = Pick<Cluster, 'endpoints' | 'account' | 'tls' | 'certificates'>;

type Readiness =
  | { status: 'pending'; message?: string | undefined }
  | { status: 'ready'; access: ClusterAccess }
  /** It is already registered, with everything needed to reach it. */
  | { status: 'registered' };

/** Creates clusters, as the workflow's nodes see it. Every method is idempotent. */
export interface Provisioner {
  /**
   * @throws NodeFailure ProvisionerRefused: a retry cannot help; ProvisionerFailed, ProvisionerNotReady: it may. So do
   * the other methods.
   */
  create(order: ClusterOrder): Promise<void>;
  ready(operation: ProvisionerOperation): Promise<Readiness>;
  destroy(operation: ProvisionerOperation): Promise<'pending' | 'destroyed' | 'released'>;
}
