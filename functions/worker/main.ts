import { createDocumentClient } from '../adapters/dynamodb/dynamodb.ts';
import { createStores } from '../adapters/dynamodb/stores.ts';
import { systemClock } from '../adapters/shared/system-clock.ts';
import { createWaitingWorkflow } from '../adapters/step-functions/task-token.ts';
import { createTidbAndFiles } from '../adapters/tidb/tidb-and-files.ts';
import { operationInput } from '../domain/workflow/workflow.ts';
import { readEnvironment } from '../environment.ts';
import { inContext } from '../log.ts';
import { nodeContext } from '../workflow/shared/node-handler.ts';
import { logJsonLines } from './json-lines.ts';
import { nodesOnWorker, WHEN_STOPPED } from './nodes.ts';
import { runTask } from './run-task.ts';
import { readTask } from './task.ts';

/**
 * The worker: an ECS container task that a workflow starts for one statement, or one comparison, that is too long for a
 * function.
 */
logJsonLines((line) => process.stdout.write(line));
const stop = new AbortController();
process.once('SIGTERM', () => stop.abort());

const { token, node, input, beatEveryMs } = readTask(process.env);
const environment = readEnvironment('worker');
const client = createDocumentClient();
const deps = {
  ...createStores(client, environment),
  ...createTidbAndFiles(client, environment, { withAnyKeys: true }),
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
// Open connections are of no use any more.
process.exit(isHeard ? 0 : 1);
