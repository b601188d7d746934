import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LOCAL_TENANT } from '../tenant-config.ts';
import { Cleanup } from './cleanup.ts';
import { type CloudWithClusters, startCloudWithClusters } from './cloud-with-clusters.ts';
import { LOCAL_JWT, type LocalAuthorization } from './local-authorization.ts';
import type { LocalCloudOptions } from './local-cloud.ts';
import { synthesizeInChild } from './synthesize-in-child.ts';

interface TenantCloudOptions extends Omit<LocalCloudOptions, 'template' | 'authorization'> {
  /** Who may call the API. Default: `none`, which lets in anyone on this machine. */
  readonly authorization?: LocalAuthorization;
  /** Default: `local`. */
  readonly tenant?: string;
}

/** Synthesizes and starts the tenant `local`, in a folder of its own so that two clouds can run side by side. */
export async function startTenantCloud({
  authorization = 'none',
  tenant,
  ...options
}: TenantCloudOptions): Promise<CloudWithClusters> {
  const cleanup = new Cleanup();
  const assembly = await mkdtemp(join(tmpdir(), 'local-cloud-assembly-'));
  cleanup.add(() => rm(assembly, { recursive: true, force: true }));
  try {
    const cloud = await startCloudWithClusters({
      ...options,
      ...(authorization !== 'none' && { authorization: { tokenClaims: { [LOCAL_JWT.tenantClaim]: LOCAL_TENANT } } }),
      template: await synthesizeInChild(assembly, authorization === 'jwt' ? 'jwt' : 'iam', tenant),
    });
    cleanup.add(() => cloud.stop());
    return { ...cloud, stop: () => cleanup.run() };
  } catch (error) {
    await cleanup.run();
    throw error;
  }
}
