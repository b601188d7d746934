import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Cleanup } from './cleanup.ts';
import { type CloudWithClusters, startCloudWithClusters } from './cloud-with-clusters.ts';
import type { LocalCloudOptions } from './local-cloud.ts';
import { synthesizeInChild } from './synthesize-in-child.ts';

/** Synthesizes the tenant `local` into a folder of its own, so that two clouds can run side by side, and starts it. */
export async function startTenantCloud(options: Omit<LocalCloudOptions, 'template'>): Promise<CloudWithClusters> {
  const cleanup = new Cleanup();
  const assembly = await mkdtemp(join(tmpdir(), 'local-cloud-assembly-'));
  cleanup.add(() => rm(assembly, { recursive: true, force: true }));
  try {
    const cloud = await startCloudWithClusters({ ...options, template: await synthesizeInChild(assembly) });
    cleanup.add(() => cloud.stop());
    return { ...cloud, stop: () => cleanup.run() };
  } catch (error) {
    await cleanup.run();
    throw error;
  }
}
