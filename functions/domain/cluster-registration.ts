import { isIPv4, isIPv6 } from 'node:net';
import * as z from 'zod/mini';
import { tlsMode } from './cluster.ts';
import { described } from './described.ts';
import { executor } from './executor.ts';
import { identifier } from './identifiers.ts';
import { withoutControlCharacters } from './text.ts';
import { isTimeZone } from './time-zone.ts';

const ENDPOINT_RULE =
  'must be "host:port": a DNS name, an IPv4 address or an IPv6 address in brackets; a port from 1 to 65535';

const DNS_NAME = /^(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*\.?$/i;

/** See {@link ENDPOINT_RULE}. */
function isEndpoint(text: string): boolean {
  const {
    ipv6,
    host = '',
    port,
  } = /^(?:\[(?<ipv6>[^\]%]*)\]|(?<host>[^:]*)):(?<port>[1-9]\d{0,4})$/.exec(text)?.groups ?? {};
  if (port === undefined || Number(port) > 65_535) return false;
  return ipv6 === undefined ? isIPv4(host) || DNS_NAME.test(host) : isIPv6(ipv6);
}

/** Text that people read and type; it goes into no path and no SQL. */
const text = (maxLength: number) =>
  z
    .string()
    .check(
      z.minLength(1),
      z.maxLength(maxLength),
      z.refine(withoutControlCharacters, 'must not contain control characters'),
    );

const SECRET_ARN = /^arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:\d{12}:secret:[A-Za-z0-9/_+=.@-]{1,512}$/;

/** A secret of the user's own: JSON with `username` and `password`. */
export const secretAccount = z.object({
  secretArn: z.string().check(z.regex(SECRET_ARN, 'must be the ARN of a secret of Secrets Manager')),
});

/**
 * The account that BACKUP and RESTORE run as: a secret of the user's own, or a name and password that the service keeps.
 * MySQL's limit for a user name is 32 characters; a password may be anything.
 */
export const givenAccount = z.union(
  [
    z.object({
      ...secretAccount.shape,
      user: z.optional(z.never()),
      password: z.optional(z.never()),
    }),
    z.object({
      secretArn: z.optional(z.never()),
      user: text(32),
      password: z.string().check(
        z.maxLength(512),
        z.refine((value) => value.isWellFormed(), 'must be well-formed Unicode'),
      ),
    }),
  ],
  'must be {"secretArn": the ARN of a secret} or {"user": 1 to 32 characters, "password": up to 512}, and not both',
);
export type GivenAccount = z.infer<typeof givenAccount>;

export const clusterName = text(128);

export const endpoints = z
  .array(z.string().check(z.refine(isEndpoint, ENDPOINT_RULE)))
  .check(z.minLength(1), z.maxLength(16));

export const tls = z._default(tlsMode, 'disabled');

export const timezone = z._default(
  z.string().check(z.refine(isTimeZone, 'must be an IANA time zone, such as "Europe/Berlin"')),
  'UTC',
);

const settings = {
  clusterName,
  endpoints,
  tls,
  timezone,
  executor: described(
    z.optional(executor),
    'Where its backups run, and restores into it, unless a request says otherwise; absent: where they are estimated to fit',
  ),
};

/** A cluster as it is registered. */
export const clusterRegistration = z.object({ clusterId: z.optional(identifier), ...settings, account: givenAccount });
export type ClusterRegistration = z.infer<typeof clusterRegistration>;

/** What replaces a registration. The account stays if none is given: a password cannot be read back to be sent again. */
export const clusterReplacement = z.object({ ...settings, account: z.optional(givenAccount) });
export type ClusterReplacement = z.infer<typeof clusterReplacement>;
