import { createBackupStore } from '../adapters/dynamodb/backups-store.ts';
import { createClusterStore } from '../adapters/dynamodb/clusters-store.ts';
import { createConfigStore } from '../adapters/dynamodb/config-store.ts';
import { createDocumentClient } from '../adapters/dynamodb/dynamodb.ts';
import { createWorkflowStore } from '../adapters/dynamodb/workflows-store.ts';
import { createBackupFiles } from '../adapters/files/backup-files.ts';
import { createStoresOfBackups } from '../adapters/files/stores-of-backups.ts';
import { createSecretReader } from '../adapters/secrets/secret-reader.ts';
import { systemClock } from '../adapters/shared/system-clock.ts';
import { createWaitingWorkflow } from '../adapters/step-functions/task-token.ts';
import { createTidbGateway } from '../adapters/tidb/gateway.ts';
import { operationInput } from '../domain/workflow/workflow.ts';
import { readEnvironment } from '../environment.ts';
import { inContext } from '../log.ts';
import { nodeContext } from '../workflow/shared/node-handler.ts';
import { logJsonLines } from './json-lines.ts';
import { nodesOnWorker, WHEN_STOPPED } from './nodes.ts';
import { runTask } from './run-task.ts';
import { readTask } from './task.ts';

/** The worker: a container task of ECS, started by a workflow for one statement, or one comparison, that is too long for a function. */
logJsonLines((line) => process.stdout.write(line));
const stop = new AbortController();
process.once('SIGTERM', () => stop.abort());

const { token, node, input, beatEveryMs } = readTask(process.env);
const environment = readEnvironment('worker');
const client = createDocumentClient();
const secrets = createSecretReader();
const stores = createStoresOfBackups(secrets, client, environment);
const deps = {
  clusters: createClusterStore({ client, tableName: environment.CLUSTERS_TABLE }),
  backups: createBackupStore({ client, tableName: environment.BACKUPS_TABLE }),
  workflows: createWorkflowStore({ client, tableName: environment.WORKFLOWS_TABLE }),
  config: createConfigStore({ client, tableName: environment.CONFIG_TABLE }),
  tidb: createTidbGateway(secrets, environment, stores),
  files: createBackupFiles(stores, environment),
  clock: systemClock,
};

const isHeard = await inContext(nodeContext(node, operationInput.parse(input)), () =>
  runTask((interruption) => nodesOnWorker(deps, interruption)[node](input), {
    workflow: createWaitingWorkflow(token),
    clock: systemClock,
    beatEveryMs,
    stopped: stop.signal,
    whenStopped: WHEN_STOPPED[node],
  }),
);
// What still hangs on a connection is of no use to anybody.
process.exit(isHeard ? 0 : 1);
