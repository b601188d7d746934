import { createDocumentClient } from '../../adapters/dynamodb/dynamodb.ts';
import { createStores } from '../../adapters/dynamodb/stores.ts';
import { createSecretReader } from '../../adapters/secrets/secret-reader.ts';
import { systemClock } from '../../adapters/shared/system-clock.ts';
import { createTidbGateway } from '../../adapters/tidb/gateway.ts';
import { readEnvironment } from '../../environment.ts';
import { failedOperation } from '../shared/failed-operation.ts';
import { nodeHandler } from '../shared/node-handler.ts';
import { restoreFail } from './restore-fail.ts';

const environment = readEnvironment('restoreFail');
const deps = {
  ...createStores(createDocumentClient(), environment),
  tidb: createTidbGateway(createSecretReader(), environment),
  clock: systemClock,
};

export const handler = nodeHandler('fail', failedOperation, (input) => restoreFail(input, deps));
