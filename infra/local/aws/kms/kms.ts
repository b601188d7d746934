import * as z from 'zod';
import type { LoopbackServer } from '../../http/loopback-server.ts';
import type { AwsDoor } from '../aws-door.ts';
import { jsonAction, listenAsJsonService } from '../json-service.ts';
import type { Keys } from './keys.ts';

const ofKey = z.object({ KeyId: z.string() });

/** Serves the KMS actions that make a key unusable and usable again. */
export function listenAsKms(keys: Keys, door: AwsDoor): Promise<LoopbackServer> {
  return listenAsJsonService(
    {
      service: 'kms',
      targetPrefix: 'TrentService',
      version: '1.1',
      actions: {
        DescribeKey: jsonAction(ofKey, ({ KeyId }) => ({ KeyMetadata: keys.describe(KeyId) })),
        ScheduleKeyDeletion: jsonAction(
          z.object({ ...ofKey.shape, PendingWindowInDays: z.coerce.number().min(7).max(30).default(30) }),
          ({ KeyId, PendingWindowInDays }) => keys.scheduleDeletion(KeyId, PendingWindowInDays),
        ),
        CancelKeyDeletion: jsonAction(ofKey, ({ KeyId }) => keys.cancelDeletion(KeyId)),
        DisableKey: jsonAction(ofKey, ({ KeyId }) => keys.setEnabled(KeyId, false)),
        EnableKey: jsonAction(ofKey, ({ KeyId }) => keys.setEnabled(KeyId, true)),
      },
    },
    door,
  );
}
