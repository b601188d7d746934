import { createDocumentClient } from '../adapters/dynamodb/dynamodb.ts';
import { createStores } from '../adapters/dynamodb/stores.ts';
import { invokeLater } from '../adapters/lambda/invoke-later.ts';
import { createFailNodes } from '../adapters/lambda/lambda-fail-nodes.ts';
import { createSecretVault } from '../adapters/secrets/secret-vault.ts';
import { systemClock } from '../adapters/shared/system-clock.ts';
import { createExecutionStates, createWorkflowExecutions } from '../adapters/step-functions/workflow-executions.ts';
import { FAIL_FUNCTIONS, readEnvironment, STATE_MACHINES, SWEEP_MINUTES, valuesOf } from '../environment.ts';
import { reconcile } from '../operations/repair/reconcile.ts';
import { sweepHandler } from './sweep-handler.ts';

const environment = readEnvironment('reconcile');
const deps = {
  ...createStores(createDocumentClient(), environment),
  executions: {
    ...createWorkflowExecutions(valuesOf(STATE_MACHINES, environment)),
    ...createExecutionStates(),
  },
  failNodes: createFailNodes(valuesOf(FAIL_FUNCTIONS, environment)),
  secrets: createSecretVault(),
  clock: systemClock,
};

/** A repair takes as long as its `fail` node: at most five minutes. */
const LAST_REPAIR_MS = 330_000;

export const handler = sweepHandler(
  'reconciled',
  { lastItemMs: LAST_REPAIR_MS, everyMinutes: SWEEP_MINUTES.reconcile, invoke: invokeLater },
  (now, hasTime) => reconcile(now, { ...deps, hasTime }),
);
