import { API } from './areas/api.ts';
import { DOMAIN } from './areas/domain.ts';
import { INFRA } from './areas/infra.ts';
import { TIDB } from './areas/tidb.ts';
import type { Mutant } from './mutant.ts';

/** By what `npm run mutants` calls them. */
export const AREAS: Readonly<Record<string, readonly Mutant[]>> = {
  domain: DOMAIN,
  api: API,
  tidb: TIDB,
  infra: INFRA,
};
