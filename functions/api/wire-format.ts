import * as z from 'zod/mini';
import { identifier } from '../domain/identifiers.ts';
import { isTimeZone } from '../domain/time-zone.ts';

/** What TiEM's Go structs show for a time that is not set. */
export const ZERO_TIME = '0001-01-01T00:00:00Z';

/** RFC 3339 in UTC. */
export const time = z.iso.datetime();

/** The name of a time zone, as it is asked for. */
export const timeZone = z.string().check(z.refine(isTimeZone, 'must be an IANA time zone, such as "Europe/Berlin"'));

/** The `data` of a request that has nothing to say. */
export const emptyData = z.object({});

/** The one parameter of a path. */
export const clusterIdParam = z.object({ clusterId: identifier });

/** A whole number of a query string. */
export const queryNumber = (minimum: number, maximum: number) =>
  z.pipe(
    z
      .string()
      .check(
        z.refine(
          (text) => /^\d{1,12}$/.test(text) && Number(text) >= minimum && Number(text) <= maximum,
          `must be a whole number from ${minimum} to ${maximum}`,
        ),
      )
      .register(z.globalRegistry, { type: 'integer', minimum, maximum }),
    z.transform(Number),
  );

/** `true` or `false` in a query string. */
export const queryFlag = z.pipe(
  z.enum(['true', 'false']),
  z.transform((text) => text === 'true'),
);
