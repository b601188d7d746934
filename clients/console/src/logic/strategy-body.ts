import type { components } from '../../../typescript/api.ts';

type Strategy = components['schemas']['BackupStrategy'];

/** A strategy as the API answers it, without what it does not accept back. */
export function savable({ lastMissed: _, lastCanceled: __, clusterId: ___, ...strategy }: Strategy) {
  return strategy;
}
