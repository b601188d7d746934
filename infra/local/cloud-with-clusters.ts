import * as z from 'zod';
import type { ApiCall } from './aws/http-api/api-credentials.ts';
import type { ApiAccess } from './aws/http-api/authorizers.ts';
import { type LocalCloud, type LocalCloudOptions, startLocalCloud } from './local-cloud.ts';
import type { TidbEndpoint } from './tidb.ts';

/** A sandbox registered as a cluster. */
export interface RegisteredTidb extends TidbEndpoint {
  readonly clusterId: string;
}

/** A local cloud of the app with each sandbox registered as a cluster. */
export interface CloudWithClusters extends LocalCloud {
  readonly clusters: readonly RegisteredTidb[];
}

/** Starts a local cloud from the app's template and registers its sandboxes. */
export async function startCloudWithClusters(options: LocalCloudOptions): Promise<CloudWithClusters> {
  const cloud = await startLocalCloud(options);
  try {
    return { ...cloud, clusters: await registerClusters(cloud) };
  } catch (error) {
    await cloud.stop();
    throw error;
  }
}

const answerSchema = z.object({ data: z.object({ clusterId: z.string() }) });

/** Registers the sandboxes with all their servers through the cloud's own API, as a user would. */
async function registerClusters({ api, tidb, access }: LocalCloud): Promise<RegisteredTidb[]> {
  return Promise.all(
    tidb.map(async ({ host, port, ports, user, password }, index) => {
      const url = `${api}/clusters`;
      const method = 'POST';
      const body = JSON.stringify({
        clusterName: `sandbox-${index + 1}`,
        endpoints: ports.map((each) => `${host}:${each}`),
        account: { user, password },
        tls: 'disabled',
      });
      const credentials = await credentialsOfAdmin(access, { method, url, body });
      const headers = { 'content-type': 'application/json', ...credentials };
      const response = await fetch(url, { method, headers, body });
      const answer = await response.text();
      if (!response.ok) throw new Error(`registering sandbox ${index + 1} answered ${response.status}: ${answer}`);
      const { clusterId } = answerSchema.parse(JSON.parse(answer)).data;
      return { clusterId, host, port, ports, user, password };
    }),
  );
}

async function credentialsOfAdmin(access: ApiAccess, call: ApiCall): Promise<Record<string, string>> {
  if (access.type === 'none') return {};
  const { credentialsFor } = await import('./aws/http-api/api-credentials.ts');
  return credentialsFor(access, 'admin', call);
}
