import * as z from 'zod/mini';
import { described, published } from '../../domain/shared/described.ts';
import { identifier } from '../../domain/shared/identifiers.ts';
import { object } from '../../domain/shared/object.ts';
import { isTimeZone, TIME_ZONE_NAME } from '../../domain/strategy/time-zone.ts';

/** How TiEM's Go structs show an unset time. */
export const ZERO_TIME = '0001-01-01T00:00:00Z';

/** RFC 3339 in UTC. */
export const time = z.iso.datetime();

/** A time zone name in a request. */
export const timeZone = published(
  z.string().check(z.refine(isTimeZone, 'must be an IANA time zone, such as "Europe/Berlin"')),
  { pattern: TIME_ZONE_NAME },
);

/** The `data` of an empty answer. */
export const emptyData = object(() => ({}));

/** An id in a body that repeats the path. TiEM's clients send it, or send it empty. */
export const repeatedIdentifier = described(
  z.optional(z.union([identifier, z.literal('')])),
  'As in the path, or empty',
);

/** The path parameter of a cluster. */
export const clusterIdParam = object(() => ({ clusterId: identifier }));

/** A whole number in a query string. */
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

/** Unix seconds, up to the end of the year 9999. TiEM's clients send 0 for an unset time. */
const unixSeconds = z.optional(queryNumber(0, 253_402_300_799));

/** Bounds on the time of creation, with {@link IN_ORDER} among the checks. */
export const timeRange = { startTime: unixSeconds, endTime: unixSeconds };
type TimeRange = z.infer<z.ZodMiniObject<typeof timeRange>>;

export const IN_ORDER = z.refine<TimeRange>(
  ({ startTime, endTime }) => !startTime || !endTime || startTime <= endTime,
  { path: ['endTime'], error: 'must not be before startTime' },
);

/** In milliseconds since 1970. */
export function createdIn({ startTime, endTime }: TimeRange): {
  createdFrom: number | undefined;
  createdTo: number | undefined;
} {
  return {
    createdFrom: startTime ? startTime * 1_000 : undefined,
    // Includes the whole last second: records have milliseconds.
    createdTo: endTime ? endTime * 1_000 + 999 : undefined,
  };
}

/** A repeatable parameter: API Gateway joins its values by commas. */
export const queryIdentifiers = z.pipe(
  z.pipe(
    z.string().register(z.globalRegistry, { type: 'array', items: { type: 'string' } }),
    z.transform((text: string) => text.split(',')),
  ),
  z.array(identifier),
);

/** `true` or `false` in a query string. */
export const queryFlag = z.pipe(
  z.enum(['true', 'false']),
  z.transform((text) => text === 'true'),
);
