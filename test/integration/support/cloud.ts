import { type LocalCloud, type LocalCloudOptions, startLocalCloud } from '../../../infra/local/local-cloud.ts';
import { type RegisteredTidb, registerClusters } from '../../../infra/local/register-clusters.ts';
import { synthesizedApp } from './synthesized-app.ts';

/** A local cloud of the real app, its sandboxes (none by default) registered as clusters. */
export interface TestCloud extends LocalCloud {
  readonly clusters: readonly RegisteredTidb[];
  /** Log lines of all functions so far. */
  readonly logs: readonly string[];
}

/** The app is synthesized once per test run; allow `beforeAll` two minutes. */
export async function startTestCloud(options: Omit<LocalCloudOptions, 'template'> = {}): Promise<TestCloud> {
  const logs: string[] = [];
  const cloud = await startLocalCloud({ log: (line) => logs.push(line), ...options, template: await synthesizedApp() });
  return { ...cloud, logs, clusters: await registerClusters(cloud) };
}
