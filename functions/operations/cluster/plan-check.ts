import type { ClusterStore } from '../../domain/cluster/cluster-store.ts';
import type { ConfigStore } from '../../domain/config/config-store.ts';
import { type DeploymentStorage, storageBase } from '../../domain/config/system-config.ts';
import type { CheckPlan, Conflict } from '../../domain/planning/plan.ts';
import { ServiceError } from '../../domain/shared/errors.ts';
import { displayPath } from '../../domain/storage/storage-location.ts';
import { lookAtLock } from '../shared/lock-cluster.ts';

export interface PlanConfigCheckDeps extends DeploymentStorage {
  config: Pick<ConfigStore, 'read'>;
}

export interface PlanClusterCheckDeps extends PlanConfigCheckDeps {
  clusters: Pick<ClusterStore, 'get'>;
}

/**
 * What {@link checkCluster} would do now.
 * @throws ServiceError 10003; with `scratch` also 20600, 20601
 */
export async function planClusterCheck(
  { clusterId, scratch = false }: { clusterId: string; scratch?: boolean | undefined },
  deps: PlanClusterCheckDeps,
): Promise<CheckPlan> {
  const { conflicts } = await lookAtLock(clusterId, deps.clusters);
  if (!scratch) return { ...(await planConfigCheck(deps)), clusterId };
  const path = displayPath(storageBase(await deps.config.read(), deps));
  return {
    ...planOf(path, conflicts),
    clusterId,
    writes: [...probeIn(path), 'a database with one row in the cluster', `a backup of it in ${path}/${clusterId}`],
  };
}

/** What {@link checkConfig} would do now. */
export async function planConfigCheck(deps: PlanConfigCheckDeps): Promise<CheckPlan> {
  const stored = await deps.config.read();
  try {
    return planOf(displayPath(storageBase(stored, deps)));
  } catch (error) {
    // The check would report the same.
    if (error instanceof ServiceError) return planOf(undefined);
    throw error;
  }
}

function planOf(path: string | undefined, conflicts: Conflict[] = []): CheckPlan {
  return {
    action: 'check',
    ...(path !== undefined && { path }),
    writes: path === undefined ? [] : probeIn(path),
    conflicts,
    checksLeft: ['everything: the API reaches neither TiDB nor the store'],
  };
}

const probeIn = (path: string) => [`a file in ${path}, unless the store locks files`];
