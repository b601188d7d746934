import * as z from 'zod';
import type { LocalCloud } from './local-cloud.ts';
import type { TidbEndpoint } from './tidb.ts';

/** A sandbox that the service knows as a cluster. */
export interface RegisteredTidb extends TidbEndpoint {
  readonly clusterId: string;
}

const answerSchema = z.object({ data: z.object({ clusterId: z.string() }) });

/** Registers the cloud's sandboxes through its own API, as a user would, with all servers of each. */
export async function registerClusters({ api, tidb }: LocalCloud): Promise<RegisteredTidb[]> {
  return Promise.all(
    tidb.map(async ({ host, port, ports, user, password }, index) => {
      const response = await fetch(`${api}/clusters`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({
          clusterName: `sandbox-${index + 1}`,
          endpoints: ports.map((each) => `${host}:${each}`),
          account: { user, password },
          tls: 'disabled',
        }),
      });
      const body = await response.text();
      if (!response.ok) throw new Error(`registering sandbox ${index + 1} answered ${response.status}: ${body}`);
      const { clusterId } = answerSchema.parse(JSON.parse(body)).data;
      return { clusterId, host, port, ports, user, password };
    }),
  );
}
