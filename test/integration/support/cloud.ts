import { type CloudWithClusters, startCloudWithClusters } from '../../../infra/local/cloud-with-clusters.ts';
import type { LocalCloudOptions } from '../../../infra/local/local-cloud.ts';
import { synthesizedApp } from './synthesized-app.ts';

export interface TestCloud extends CloudWithClusters {
  /** Log lines of all functions so far. */
  readonly logs: readonly string[];
  /** Refusals of IAM for functions so far. */
  readonly denied: readonly string[];
}

/**
 * A local cloud of the real app, or of a template derived from it, with the requested number of sandboxes (none by default), registered as
 * clusters. The app is synthesized once per test run; allow `beforeAll` two minutes. `stop` fails if a function was denied anything, even
 * if it continued without.
 */
export async function startTestCloud(options: Partial<LocalCloudOptions> = {}): Promise<TestCloud> {
  const logs: string[] = [];
  const denied: string[] = [];
  const template = options.template ?? (await synthesizedApp());
  const cloud = await startCloudWithClusters({
    log: (line) => logs.push(line),
    onDenied: (message) => denied.push(message),
    ...options,
    template,
  });
  const stop = async (): Promise<void> => {
    await cloud.stop();
    if (denied.length > 0) throw new Error(`IAM denied what a function does:\n${denied.join('\n')}`);
  };
  return { ...cloud, stop, logs, denied };
}
