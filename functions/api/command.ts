import { cachedConfig } from '../adapters/dynamodb/cached-config.ts';
import { createDocumentClient } from '../adapters/dynamodb/dynamodb.ts';
import { createStores } from '../adapters/dynamodb/stores.ts';
import { createEmfMetrics } from '../adapters/events/emf-metrics.ts';
import { createWindowEvents } from '../adapters/events/window-events.ts';
import { createSecretVault } from '../adapters/secrets/secret-vault.ts';
import { systemClock } from '../adapters/shared/system-clock.ts';
import { createWorkflowExecutions } from '../adapters/step-functions/workflow-executions.ts';
import { deploymentStorage } from '../domain/config/system-config.ts';
import { readEnvironment, STATE_MACHINES, valuesOf } from '../environment.ts';
import { callersOf } from './http/authorization.ts';
import { createHandler } from './http/handler.ts';
import { createOnce } from './http/idempotency.ts';
import { COMMAND_ROUTES } from './routes/command-routes.ts';

const environment = readEnvironment('command');
const stores = createStores(createDocumentClient(), environment);
const clock = systemClock;
const metrics = createEmfMetrics(clock);

export const handler = createHandler(
  COMMAND_ROUTES,
  {
    ...stores,
    config: cachedConfig(stores.config, clock),
    executions: createWorkflowExecutions(valuesOf(STATE_MACHINES, environment)),
    secrets: createSecretVault(environment.SECRETS_KEY_ARN),
    secretsPrefix: environment.SECRETS_PREFIX,
    hasWorker: environment.HAS_WORKER !== undefined,
    hasProvisioner: environment.PROVISIONER_ARN !== undefined,
    ...deploymentStorage(environment),
    importBuckets: environment.IMPORT_BUCKETS?.split(','),
    events: createWindowEvents(),
    metrics,
    clock,
  },
  {
    callers: callersOf(environment),
    metrics,
    once: createOnce({ requests: stores.requests, clock }),
  },
);
