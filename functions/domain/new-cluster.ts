import * as z from 'zod/mini';
import { backupScope } from './backup-scope.ts';
import {
  CERTIFICATE_RULES,
  certificateFields,
  clusterName,
  endpoints,
  givenAccount,
  timezone,
  tls,
} from './cluster-registration.ts';
import { described } from './described.ts';
import { executor } from './executor.ts';
import { identifier } from './identifiers.ts';
import { givenParameters } from './provisioner-parameters.ts';
import { systemTablesRequest } from './system-tables.ts';

/** Who makes the new cluster: the user, who gives a running and empty one; or the tenant's Lambda function. */
const provisionerKind = z.enum(['adopt', 'lambda']);
export type ProvisionerKind = z.infer<typeof provisionerKind>;

/** What is to become of the new cluster when the restore into it fails. */
const onFailure = z.enum(['destroy', 'keep']);

/**
 * What became of it: `destroyed` by the provisioner that made it, nothing is left; `kept` as it is, and registered if it
 * was ever ready; `released`: adopted, so only its registration is gone, and what was restored is left to its owner.
 */
const clusterFate = z.enum(['destroyed', 'kept', 'released']);
export type ClusterFate = z.infer<typeof clusterFate>;

/** What a workflow notes about the cluster that it makes. The fate is known once the workflow has failed. */
export const newCluster = z.object({
  provisioner: provisionerKind,
  onFailure,
  fate: z.optional(clusterFate),
});
export type NewCluster = z.infer<typeof newCluster>;

/**
 * The request for a restore into a new cluster. With `endpoints` and `account` it adopts the running, empty cluster that
 * they lead to; without, the tenant's provisioner makes one of `parameters`.
 */
export const newClusterRequest = z
  .object({
    clusterId: z.optional(identifier),
    clusterName,
    backupId: identifier,
    scope: described(z.optional(backupScope), 'What of the backup; absent: all that it holds'),
    endpoints: z.optional(endpoints),
    account: z.optional(givenAccount),
    tls,
    ...certificateFields,
    timezone,
    parameters: z.optional(givenParameters),
    ...systemTablesRequest,
    executor: described(z.optional(executor), 'Where it is to run; absent: where it is estimated to fit'),
    /** Destroying is the default: of a failed restore nothing is left that costs money, and it can be asked for again. */
    onFailure: z._default(onFailure, 'destroy'),
  })
  .check(
    ...CERTIFICATE_RULES,
    z.refine((request) => (request.endpoints === undefined) === (request.account === undefined), {
      path: ['endpoints'],
      error: 'must be given together with account, or neither',
    }),
    z.refine((request) => request.endpoints === undefined || request.parameters === undefined, {
      path: ['parameters'],
      error: 'are for the provisioner, and must be absent where a running cluster is given by endpoints',
    }),
    z.refine(
      ({ endpoints, ca, caSecretArn, clientCertificate, clientSecretArn }) =>
        endpoints !== undefined || !(ca || caSecretArn || clientCertificate || clientSecretArn),
      {
        path: ['endpoints'],
        error: 'must be given with certificates: a cluster that the provisioner makes comes with its own',
      },
    ),
  );
export type NewClusterRequest = z.infer<typeof newClusterRequest>;
