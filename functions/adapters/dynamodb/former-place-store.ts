import * as z from 'zod/mini';
import type { FormerPlaceStore } from '../../domain/storage/former-place-store.ts';
import { storageLocation } from '../../domain/storage/storage-location.ts';
import { withFormerPlace } from '../../domain/storage/storage-places.ts';
import { getItem, type Table } from './dynamodb.ts';
import { any, is, isMissing } from './expressions.ts';
import { FORMER_PLACES_ID } from './tables.ts';
import { updateItem } from './update-item.ts';

/** `revision` counts the changes, for optimistic locking. */
const formerPlaces = z.object({ places: z.array(storageLocation), revision: z.number() });

/** Concurrent changes of the configuration are rare; each is retried after another one. */
const TRIES = 10;

/** @param table of the configuration */
export function createFormerPlaceStore(table: Table): FormerPlaceStore {
  const Key = { configId: FORMER_PLACES_ID };
  const read = async () => (await getItem(table, Key, formerPlaces)) ?? { places: [], revision: 0 };

  return {
    read: async () => (await read()).places,

    async add(place, at) {
      for (let left = TRIES; left > 0; left -= 1) {
        const { places: before, revision } = await read();
        const after = withFormerPlace(place, before);
        const write = await updateItem(table, Key, {
          set: { places: after, revision: revision + 1, updateTime: at },
          condition: any(isMissing('configId'), is('revision', revision)),
        });
        if (write !== undefined) return { before, after };
      }
      throw new Error('the former places of backups are changed by too many requests at once');
    },
  };
}
