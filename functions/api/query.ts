import { createDocumentClient } from '../adapters/dynamodb/dynamodb.ts';
import { createStores } from '../adapters/dynamodb/stores.ts';
import { createEmfMetrics } from '../adapters/events/emf-metrics.ts';
import { systemClock } from '../adapters/shared/system-clock.ts';
import { createExecutionHistories } from '../adapters/step-functions/workflow-executions.ts';
import { deploymentStorage } from '../domain/config/system-config.ts';
import { readEnvironment } from '../environment.ts';
import { callersOf } from './http/authorization.ts';
import { createHandler } from './http/handler.ts';
import { QUERY_ROUTES } from './routes/query-routes.ts';

const environment = readEnvironment('query');

export const handler = createHandler(
  QUERY_ROUTES,
  {
    ...createStores(createDocumentClient(), environment),
    histories: createExecutionHistories(),
    ...deploymentStorage(environment),
    // Rarely needed: a cold start should not load the other function's routes and zod's JSON Schema support.
    describeApi: async () => (await import('./openapi/this-api.ts')).THIS_API,
    clock: systemClock,
  },
  { callers: callersOf(environment), metrics: createEmfMetrics(systemClock) },
);
