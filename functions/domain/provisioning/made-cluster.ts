import * as z from 'zod/mini';
import { object } from '../shared/object.ts';

/** Who provides the new cluster: the user, with a running and empty one; or the tenant's Lambda function. */
const provisionerKind = z.enum(['adopt', 'lambda']);
export type ProvisionerKind = z.infer<typeof provisionerKind>;

/** What to do with the new cluster if the restore fails. */
export const onFailure = z.enum(['destroy', 'keep']);

/**
 * What happened to it: `destroyed` by the provisioner that created it, nothing is left; `kept` as it is, and registered
 * if it was ever ready; `released`: adopted, so only its registration was removed, and what was restored is left to its
 * owner.
 */
const clusterFate = z.enum(['destroyed', 'kept', 'released']);
export type ClusterFate = z.infer<typeof clusterFate>;

/** What a workflow records about the cluster that it creates. The fate is known once the workflow has failed. */
export const newCluster = object(() => ({
  provisioner: provisionerKind,
  onFailure,
  fate: z.optional(clusterFate),
}));
export type NewCluster = z.infer<typeof newCluster>;
