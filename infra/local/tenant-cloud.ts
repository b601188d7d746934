import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type LocalCloud, type LocalCloudOptions, startLocalCloud } from './local-cloud.ts';
import { type RegisteredTidb, registerClusters } from './register-clusters.ts';
import { synthesizeInChild } from './synthesize-in-child.ts';

/** A local cloud of the tenant `local`, whose sandboxes are registered as clusters. */
export interface TenantCloud extends LocalCloud {
  readonly clusters: readonly RegisteredTidb[];
}

/** Synthesizes the app into a folder of its own, so that two clouds can run side by side, and starts it. */
export async function startTenantCloud(options: Omit<LocalCloudOptions, 'template'>): Promise<TenantCloud> {
  const assembly = await mkdtemp(join(tmpdir(), 'local-cloud-assembly-'));
  const removeAssembly = () => rm(assembly, { recursive: true, force: true });
  try {
    const cloud = await startLocalCloud({ ...options, template: await synthesizeInChild(assembly) });
    const stop = () => cloud.stop().finally(removeAssembly);
    try {
      return { ...cloud, clusters: await registerClusters(cloud), stop };
    } catch (error) {
      await stop();
      throw error;
    }
  } catch (error) {
    await removeAssembly();
    throw error;
  }
}
