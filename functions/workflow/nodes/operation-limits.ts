import { ServiceError } from '../../domain/errors.ts';
import { NodeFailure } from '../../domain/node-failure.ts';
import type { ConfigStore } from '../../domain/stores.ts';
import { type TransferLimits, transferLimits } from '../../domain/system-config.ts';

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
