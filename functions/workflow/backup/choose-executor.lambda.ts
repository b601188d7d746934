import { createDocumentClient } from '../../adapters/dynamodb/dynamodb.ts';
import { createStores } from '../../adapters/dynamodb/stores.ts';
import { createSecretReader } from '../../adapters/secrets/secret-reader.ts';
import { systemClock } from '../../adapters/shared/system-clock.ts';
import { createTidbGateway } from '../../adapters/tidb/gateway.ts';
import { readEnvironment } from '../../environment.ts';
import { nodeHandler } from '../shared/node-handler.ts';
import { chooseExecutor, chooseExecutorInput } from './choose-executor.ts';

const environment = readEnvironment('chooseExecutor');
const deps = {
  ...createStores(createDocumentClient(), environment),
  tidb: createTidbGateway(createSecretReader(), environment),
  clock: systemClock,
  hasWorker: environment.HAS_WORKER !== undefined,
  ...(environment.WORKER_FROM_SECONDS && { workerFromSeconds: Number(environment.WORKER_FROM_SECONDS) }),
};

export const handler = nodeHandler('chooseExecutor', chooseExecutorInput, (input) => chooseExecutor(input, deps));
