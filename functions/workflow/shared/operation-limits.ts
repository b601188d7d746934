import type { ConfigStore } from '../../domain/config/config-store.ts';
import { type TransferLimits, transferLimits } from '../../domain/config/system-config.ts';
import { ServiceError } from '../../domain/shared/errors.ts';
import { NodeFailure } from '../../domain/workflow/node-failure.ts';

/** @throws NodeFailure ConfigInvalid */
export async function operationLimits(
  operation: 'Backup' | 'Restore',
  config: Pick<ConfigStore, 'read'>,
): Promise<TransferLimits> {
  const stored = await config.read();
  try {
    return transferLimits(stored, operation);
  } catch (error) {
    if (error instanceof ServiceError) throw new NodeFailure('ConfigInvalid', error.message, { cause: error });
    throw error;
  }
}
