import { API } from './areas/api.ts';
import { DOMAIN } from './areas/domain.ts';
import { FILES } from './areas/files.ts';
import { GRANT_MUTANTS } from './areas/grants.ts';
import { INFRA } from './areas/infra.ts';
import { OPERATIONS } from './areas/operations.ts';
import { STATE_MACHINES } from './areas/state-machines.ts';
import { STORES } from './areas/stores.ts';
import { SWEEPS } from './areas/sweeps.ts';
import { TIDB } from './areas/tidb.ts';
import { TRIGGERS } from './areas/triggers.ts';
import { WORKFLOW } from './areas/workflow.ts';
import type { Mutant } from './mutant.ts';

/** By the name that `npm run mutants` uses. */
export const AREAS: Readonly<Record<string, readonly Mutant[]>> = {
  domain: DOMAIN,
  api: API,
  tidb: TIDB,
  stores: STORES,
  files: FILES,
  operations: OPERATIONS,
  workflow: WORKFLOW,
  triggers: TRIGGERS,
  sweeps: SWEEPS,
  'state-machines': STATE_MACHINES,
  grants: GRANT_MUTANTS,
  infra: INFRA,
};
