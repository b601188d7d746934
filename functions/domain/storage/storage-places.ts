import { type DeploymentStorage, type StoredConfig, storageBase } from '../config/system-config.ts';
import { ServiceError } from '../shared/errors.ts';
import { isInBucket, type S3Location, type StorageCredentials, type StorageLocation } from './storage-location.ts';

/**
 * A place is where the configuration sends backups, or once sent them, with the keys of that time. Former places are kept, newest
 * first: their backups are still to be restored, deleted and looked for.
 */

/** Each key is changed by a request of its own, and some of the sets in between fit nothing: room for two changes of three keys. */
const KEPT_OF_A_PLACE = 8;

/** Far below the 400 KB of an item. */
const KEPT = 100;

/** Undefined: no backup can go anywhere, as keys are missing or do not fit together. */
export function currentPlace(stored: StoredConfig, deployment: DeploymentStorage): StorageLocation | undefined {
  try {
    return storageBase(stored, deployment);
  } catch (error) {
    if (error instanceof ServiceError) return undefined;
    throw error;
  }
}

/** The former places once `place` is left. */
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

/** Each place once, as the first that names it has it. */
export function distinctPlaces(places: readonly StorageLocation[]): StorageLocation[] {
  return firstOfEach(places, nameOf);
}

/**
 * The sets of keys that may open a location, the likeliest first. A key that is configured for its store comes before the
 * location's own, which it has replaced; but while the configuration moves to another store key by key, it may be that
 * one's already. No key is tried at another endpoint.
 * @returns nothing for a location without keys: roles open it
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

/** Its slash at the end says nothing. */
function endpointOf({ endpoint }: S3Location): string | undefined {
  return endpoint?.replace(/\/+$/, '');
}

function firstOfEach<Value>(values: readonly Value[], key: (value: Value) => string): Value[] {
  return [...Map.groupBy(values, key).values()].flatMap((equal) => equal.slice(0, 1));
}
