import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, vi } from 'vitest';
import { createOnce } from '../../functions/api/http/idempotency.ts';
import { THIS_API } from '../../functions/api/openapi/this-api.ts';
import type { WindowMissed } from '../../functions/domain/events/window-events.ts';
import type { RequestStore } from '../../functions/domain/shared/request-store.ts';
import type { Unfinished } from '../../functions/domain/workflow/unfinished.ts';
import type { OperationInput } from '../../functions/domain/workflow/workflow.ts';
import type { NodeRun, WorkflowExecutions } from '../../functions/domain/workflow/workflow-executions.ts';
import { type ApiPorts, type ApiRequest, createApi } from './api.ts';
import { recordCommands, startTables, type TestTables } from './dynamodb.ts';
import { CREATED } from './records.ts';

const EARLY = '2000-01-01T00:00:00.000Z';
const SECRET_ARN = 'arn:aws:secretsmanager:us-east-1:111122223333:secret';

/** The API's handlers over real stores; executions and secrets are in memory, and the clock stands still until it is moved. */
export interface ApiWorld {
  api: ApiRequest;
  ports: ApiPorts;
  /** Stored answers to requests with an Idempotency-Key. */
  requests: RequestStore;
  tables: TestTables;
  /** Input of every execution, by name. */
  executions: Map<string, OperationInput>;
  /** Names of executions that have ended. */
  ended: Set<string>;
  /** Value of every secret, by ARN; removed ones are gone. */
  secrets: Map<string, string>;
  nodeRuns: NodeRun[];
  /** Windows published as missed. */
  missed: WindowMissed[];
  /** The ports of reconcile. */
  unfinished: Unfinished;
  /** AWS calls since it was last emptied. */
  calls: string[];
  advance(ms: number): void;
  /** Registers a cluster without a check, and returns its id. */
  register(clusterId: string, change?: object): Promise<string>;
  /** Registers a cluster before all backups of a test, whatever the clock says. */
  registerEarly(clusterId: string): Promise<string>;
  stop(): Promise<void>;
}

/** An {@link ApiWorld} for the tests of a file, without logging. */
export function useApiWorld(): ApiWorld {
  const world = {} as ApiWorld;
  beforeAll(async () => {
    Object.assign(world, await startApiWorld());
    for (const level of ['info', 'warn', 'error'] as const) vi.spyOn(console, level).mockReturnValue();
  });
  afterAll(async () => {
    vi.restoreAllMocks();
    await world.stop();
  });
  return world;
}

export async function startApiWorld(): Promise<ApiWorld> {
  const tables = await startTables();
  const calls = recordCommands(tables.client);
  const executions = new Map<string, OperationInput>();
  const ended = new Set<string>();
  const secrets = new Map<string, string>();
  const nodeRuns: NodeRun[] = [];
  const missed: WindowMissed[] = [];
  let now = Date.parse(CREATED);

  const arnOf: WorkflowExecutions['arnOf'] = (flow, id) =>
    `arn:aws:states:us-east-1:111122223333:execution:${flow}:${id}`;
  const ports: ApiPorts = {
    ...tables.stores,
    executions: {
      arnOf,
      async start(_, input) {
        calls.push('StartExecution');
        executions.set(input.workFlowId, input);
        return !ended.has(input.workFlowId);
      },
      async exists(arn) {
        calls.push('DescribeExecution');
        return executions.has(arn.split(':').at(-1) ?? '');
      },
    },
    histories: {
      async nodeRuns() {
        calls.push('GetExecutionHistory');
        return nodeRuns;
      },
    },
    secrets: {
      async create(folder, id, value) {
        calls.push('CreateSecret');
        const arn = `${SECRET_ARN}:${folder}/${id}-AbCdEf`;
        if (secrets.has(arn) && secrets.get(arn) !== value) throw new Error('ResourceExistsException');
        secrets.set(arn, value);
        return arn;
      },
      async replace(arn, value) {
        calls.push('PutSecretValue');
        if (!secrets.has(arn)) throw new Error('ResourceNotFoundException');
        secrets.set(arn, value);
      },
      async remove(arn) {
        calls.push('DeleteSecret');
        secrets.delete(arn);
      },
    },
    describeApi: async () => THIS_API,
    secretsPrefix: 'tidb-backup',
    hasProvisioner: true,
    hasWorker: true,
    defaultStoragePath: 'own-bucket/tidb',
    importBuckets: ['example-backups'],
    events: {
      async missed(windows) {
        missed.push(...windows);
      },
    },
    metrics: { emit: () => {} },
    clock: { now: () => now },
  };
  const { requests, unfinished } = tables.stores;
  const register: ApiWorld['register'] = async (clusterId, change) => {
    const account = { user: 'backup', password: 'secret' };
    const body = { clusterId, clusterName: 'Orders', endpoints: ['tidb.example.com:4000'], account, ...change };
    const answer = await api('POST /clusters', body);
    if (answer.code !== 0) throw new Error(answer.message);
    // Tests are about other workflows than the check that registration starts.
    for (const [id, input] of executions) {
      if (input.clusterId !== clusterId || !('flowName' in input)) continue;
      await ports.workflows.removeUnstarted(id);
      executions.delete(id);
    }
    return clusterId;
  };
  const api = createApi(ports, { once: createOnce({ requests, clock: ports.clock }) });
  return {
    api,
    ports,
    requests,
    tables,
    executions,
    ended,
    secrets,
    nodeRuns,
    missed,
    unfinished,
    calls,
    advance(ms) {
      now += ms;
    },
    register,
    async registerEarly(clusterId) {
      const { client, names } = tables;
      await register(clusterId);
      const change = { UpdateExpression: 'SET createTime = :at', ExpressionAttributeValues: { ':at': EARLY } };
      await client.send(new UpdateCommand({ TableName: names.clusters, Key: { clusterId }, ...change }));
      return clusterId;
    },
    stop: () => tables.stop(),
  };
}
