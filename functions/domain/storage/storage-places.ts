import { type DeploymentStorage, type StoredConfig, storageBase } from '../config/system-config.ts';
import { ServiceError } from '../shared/errors.ts';
import { isInBucket, type S3Location, type StorageCredentials, type StorageLocation } from './storage-location.ts';

/**
 * A place is where the configuration sends, or once sent, backups, with the keys of that time. Former places are kept,
 * newest first, so that their backups can still be restored, deleted and searched.
 */

/**
 * Each key is changed by its own request, so intermediate sets may be inconsistent: room for two changes of three keys.
 */
const KEPT_OF_A_PLACE = 8;

/** Far below the 400 KB of an item. */
const KEPT = 100;

/** `undefined` if no backup can go anywhere, because keys are missing or inconsistent. */
export function currentPlace(stored: StoredConfig, deployment: DeploymentStorage): StorageLocation | undefined {
  try {
    return storageBase(stored, deployment);
  } catch (error) {
    if (error instanceof ServiceError) return undefined;
    throw error;
  }
}

/** The former places after the configuration leaves `place`. */
export function withFormerPlace(place: StorageLocation, former: readonly StorageLocation[]): StorageLocation[] {
  const count = new Map<string, number>();
  return firstOfEach([place, ...former], (each) => JSON.stringify([nameOf(each), ...secretArnsOf([each])]))
    .filter((each) => {
      const ofPlace = (count.get(nameOf(each)) ?? 0) + 1;
      count.set(nameOf(each), ofPlace);
      return ofPlace <= KEPT_OF_A_PLACE;
    })
    .slice(0, KEPT);
}

/** Each place once; the first entry wins. */
export function distinctPlaces(places: readonly StorageLocation[]): StorageLocation[] {
  return firstOfEach(places, nameOf);
}

/**
 * The sets of keys that may open a location, most likely first. A key configured for the same store comes before the
 * location's own, which it has replaced. But while the configuration moves to another store key by key, it may already
 * be that store's. No key is tried at another endpoint.
 * @returns nothing for a location without keys, which roles open
 */
export function credentialsFor(
  location: S3Location,
  current: StorageLocation | undefined,
  former: readonly StorageLocation[],
): StorageCredentials[] {
  if (location.credentials === undefined) return [];
  const atEndpoint = (places: readonly StorageLocation[]) =>
    places.filter(isInBucket).filter((place) => endpointOf(place) === endpointOf(location));
  const inBucket = (places: S3Location[]) => places.filter(({ bucket }) => bucket === location.bucket);
  const [now, before] = [atEndpoint(current === undefined ? [] : [current]), atEndpoint(former)];
  const credentials = [...inBucket(now), location, ...inBucket(before), ...now, ...before].flatMap(
    (place) => place.credentials ?? [],
  );
  return firstOfEach(credentials, (each) => JSON.stringify(Object.values(each)));
}

export function secretArnsOf(places: readonly StorageLocation[]): Set<string> {
  return new Set(places.filter(isInBucket).flatMap(({ credentials }) => Object.values(credentials ?? {})));
}

function nameOf(place: StorageLocation): string {
  return JSON.stringify(place.type === 's3' ? [endpointOf(place), place.bucket, place.prefix] : place.path);
}

/** A trailing slash makes no difference. */
function endpointOf({ endpoint }: S3Location): string | undefined {
  return endpoint?.replace(/\/+$/, '');
}

function firstOfEach<Value>(values: readonly Value[], key: (value: Value) => string): Value[] {
  return [...Map.groupBy(values, key).values()].flatMap((equal) => equal.slice(0, 1));
}
