import { type Connection, createConnection } from 'mysql2/promise';
import type { FunctionName } from '../../functions/environment.ts';
import type { RegisteredTidb } from '../../infra/local/cloud-with-clusters.ts';
import { poll } from '../../infra/local/demo/poll.ts';
import { dropSampleData, loadSampleData } from '../../infra/local/demo/sample-data.ts';
import type { LocalCloud } from '../../infra/local/local-cloud.ts';
import { startTenantCloud } from '../../infra/local/tenant-cloud.ts';
import { functionOf } from '../support/bundles.ts';
import { type Api, apiClient } from './api-client.ts';

/** The subject of the benches: a local cloud with two registered sandboxes that counts the calls of its functions. */
export interface BenchCloud {
  readonly cloud: LocalCloud;
  readonly api: Api;
  readonly source: RegisteredTidb;
  readonly target: RegisteredTidb;
  /** Calls of these functions to the AWS endpoints while `work` runs. */
  countCalls<Result>(functions: readonly FunctionName[], work: () => Promise<Result>): Promise<[Result, number]>;
}

export async function startBenchCloud(): Promise<BenchCloud> {
  const callers: (string | undefined)[] = [];
  const cloud = await startTenantCloud({
    tidb: { clusters: 2 },
    // A function that has run once stays warm for the whole bench.
    idleSeconds: 600,
    onAwsCall: ({ caller }) => callers.push(caller),
  });
  const [source, target] = cloud.clusters;
  if (source === undefined || target === undefined) throw new Error('the local cloud has fewer than two sandboxes');
  return {
    cloud,
    api: apiClient(cloud.api),
    source,
    target,
    async countCalls(functions, work) {
      const ids = new Set(functions.map((name) => logicalIdOf(cloud, name)));
      const before = callers.length;
      const result = await work();
      return [result, callers.slice(before).filter((caller) => caller !== undefined && ids.has(caller)).length];
    },
  };
}

export async function startBackup(
  api: Api,
  { clusterId }: RegisteredTidb,
  backupType: 'full' | 'incr' = 'full',
): Promise<string> {
  const body = { clusterId, backupMode: 'manual', backupType };
  const { backupId } = await api<{ backupId: string }>('POST', '/backups', body);
  return backupId;
}

/** @returns when the workflow has finished. @throws if it ends otherwise */
export async function untilFinished(api: Api, workFlowId: string): Promise<void> {
  await poll(`the end of workflow ${workFlowId}`, async () => {
    const { info } = await api<{ info: { status: string } }>('GET', `/workflow/${workFlowId}`);
    if (info.status === 'Error' || info.status === 'Canceled') throw new Error(`${workFlowId} ended as ${info.status}`);
    return info.status === 'Finished' ? info : undefined;
  });
}

/** Replaces a sandbox's sample data. @param scale 0 leaves it without any */
export async function refill(cluster: RegisteredTidb, scale: number): Promise<void> {
  const connection = await connect(cluster);
  await dropSampleData(connection);
  if (scale > 0) await loadSampleData(connection, scale);
  await connection.end();
}

function connect({ host, port, user, password }: RegisteredTidb): Promise<Connection> {
  return createConnection({ host, port, user, password });
}

/** CDK's logical ids contain the function's name between its construct's and a hash: `ApiQueryFunction148D8074`. */
function logicalIdOf(cloud: LocalCloud, name: FunctionName): string {
  const matches = cloud.functions().filter(({ logicalId }) => functionOf(logicalId) === name);
  const [match] = matches;
  if (match === undefined || matches.length > 1) throw new Error(`${matches.length} functions are named ${name}`);
  return match.logicalId;
}
