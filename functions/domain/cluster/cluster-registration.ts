import { isIPv4, isIPv6 } from 'node:net';
import * as z from 'zod/mini';
import { described, published } from '../shared/described.ts';
import { identifier } from '../shared/identifiers.ts';
import { NO_CONTROL_CHARACTERS, withoutControlCharacters } from '../shared/text.ts';
import { isTimeZone, TIME_ZONE_NAME } from '../strategy/time-zone.ts';
import { executor } from '../workflow/executor.ts';
import { certificatesPem, isKeyOf, privateKeyPem } from './certificates.ts';
import { tlsMode } from './cluster.ts';

const ENDPOINT_RULE =
  'must be "host:port": a DNS name, an IPv4 address or an IPv6 address in brackets; a port from 1 to 65535';

const DNS_NAME = /^(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*\.?$/i;

/** {@link ENDPOINT_RULE}, but for the numbers of an IPv6 address and the length of a DNS name. */
const ENDPOINT_PATTERN = (() => {
  const label = '[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?';
  const port = '([1-9]\\d{0,3}|[1-5]\\d{4}|6[0-4]\\d{3}|65[0-4]\\d{2}|655[0-2]\\d|6553[0-5])';
  return `^(\\[[0-9A-Fa-f:.]+\\]|${label}(\\.${label})*\\.?):${port}$`;
})();

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
  published(
    z
      .string()
      .check(
        z.minLength(1),
        z.maxLength(maxLength),
        z.refine(withoutControlCharacters, 'must not contain control characters'),
      ),
    { pattern: NO_CONTROL_CHARACTERS },
  );

const SECRET_ARN = /^arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:\d{12}:secret:[A-Za-z0-9/_+=.@-]{1,512}$/;

export const secretArn = z.string().check(z.regex(SECRET_ARN, 'must be the ARN of a secret of Secrets Manager'));

/** A secret of the user's own: JSON with `username` and `password`. */
export const secretAccount = z.object({ secretArn });

/**
 * The account that BACKUP and RESTORE run as: a secret of the user's own, or a name and password that the service keeps.
 * MySQL's limit for a user name is 32 characters; a password may be anything.
 */
const accountBySecret = z.object({
  ...secretAccount.shape,
  user: z.optional(z.never()),
  password: z.optional(z.never()),
});
export const accountByPassword = z.object({
  secretArn: z.optional(z.never()),
  user: text(32),
  password: z.string().check(
    z.maxLength(512),
    z.refine((value) => value.isWellFormed(), 'must be well-formed Unicode'),
  ),
});
const ACCOUNT_RULE =
  'must be {"secretArn": the ARN of a secret} or {"user": 1 to 32 characters, "password": up to 512}, and not both';

export const givenAccount = described(
  z.union([accountBySecret, accountByPassword], ACCOUNT_RULE),
  'The account of TiDB that backups and restores run as: a secret of your own, or a name and password that the service keeps',
);
export type GivenAccount = z.infer<typeof givenAccount>;

/** As `GET` shows an account whose password the service keeps. */
const shownAccount = z.object({
  secretArn: z.optional(z.never()),
  user: accountByPassword.shape.user,
  password: z.optional(z.never()),
});

export const clusterName = text(128);

export const endpoints = described(
  z
    .array(
      published(z.string().check(z.refine(isEndpoint, ENDPOINT_RULE)), {
        pattern: ENDPOINT_PATTERN,
        description: 'host:port, an IPv6 address in brackets',
      }),
    )
    .check(z.minLength(1), z.maxLength(16)),
  'Its TiDB servers, or a load balancer before them',
);

/** Of a new registration. Those from before `preferred` existed say what they were given, or `disabled`. */
export const tls = described(z._default(tlsMode, 'preferred'), 'How the service connects to TiDB');

/** What `tls` needs beside the mode. Those that are given are kept in Secrets Manager alone. */
export const certificateFields = {
  ca: described(
    z.optional(certificatesPem),
    'PEM of the authorities that may have signed the certificate of TiDB, for "verify"; absent: the public ones',
  ),
  caSecretArn: described(z.optional(secretArn), 'In place of `ca`: a secret of your own whose text is the PEM'),
  clientCertificate: described(
    z.optional(certificatesPem),
    'PEM of the certificate that the service shows to a TiDB which demands one, and of those between it and its authority',
  ),
  clientKey: described(z.optional(privateKeyPem), 'PEM of its private key, without a passphrase; never shown'),
  clientSecretArn: described(
    z.optional(secretArn),
    'In place of both: a secret of your own, JSON {"certificate": PEM, "key": PEM}',
  ),
};

/** As of a registration; those that are absent keep what is there. */
const replacedCertificateFields = {
  ...certificateFields,
  ca: described(z.nullish(certificatesPem), 'As in a registration; absent: ca or caSecretArn stays; null: it goes'),
  clientCertificate: described(
    z.nullish(certificatesPem),
    'As in a registration; absent: clientCertificate or clientSecretArn stays; null: it goes',
  ),
};
export type CertificateFields = z.infer<z.ZodMiniObject<typeof replacedCertificateFields>>;

/** Which of the fields may stand together; a key must be that of its certificate. */
export const CERTIFICATE_RULES = [
  z.refine<CertificateFields>(({ ca, caSecretArn }) => !ca || !caSecretArn, {
    path: ['ca'],
    error: 'must not be given together with caSecretArn',
  }),
  z.refine<CertificateFields>(({ clientCertificate, clientKey }) => !clientCertificate === !clientKey, {
    path: ['clientKey'],
    error: 'must be given together with clientCertificate, or neither',
  }),
  z.refine<CertificateFields>(({ clientCertificate, clientSecretArn }) => !clientCertificate || !clientSecretArn, {
    path: ['clientCertificate'],
    error: 'must not be given together with clientSecretArn',
  }),
  z.refine<CertificateFields>(
    ({ clientCertificate, clientKey }) => !clientCertificate || !clientKey || isKeyOf(clientKey, clientCertificate),
    { path: ['clientKey'], error: 'must be the private key of clientCertificate' },
  ),
];

export const timezone = published(
  z._default(z.string().check(z.refine(isTimeZone, 'must be an IANA time zone, such as "Europe/Berlin"')), 'UTC'),
  { pattern: TIME_ZONE_NAME, description: 'IANA name of the time zone of its strategy, unless that names its own' },
);

/** Chosen by whoever registers it. */
export const wantedClusterId = described(z.optional(identifier), 'The id that it is to have; absent: one is made');

const settings = {
  clusterName,
  endpoints,
  timezone,
  executor: described(
    z.optional(executor),
    'Where its backups run, and restores into it, unless a request says otherwise; absent: where they are estimated to fit',
  ),
};

/** A cluster as it is registered. */
export const clusterRegistration = z
  .object({ clusterId: wantedClusterId, ...settings, account: givenAccount, tls, ...certificateFields })
  .check(...CERTIFICATE_RULES);
export type ClusterRegistration = z.infer<typeof clusterRegistration>;

/**
 * What replaces a registration. The account stays if none is given: a password cannot be read back to be sent again. So does what is
 * set of TLS, which nobody is to weaken by leaving it out.
 */
export const clusterReplacement = z
  .object({
    ...settings,
    account: described(
      z.optional(z.union([givenAccount, shownAccount], ACCOUNT_RULE)),
      'Absent, or the user alone: it stays',
    ),
    tls: described(z.optional(tlsMode), 'Absent: it stays'),
    ...replacedCertificateFields,
  })
  .check(...CERTIFICATE_RULES);
export type ClusterReplacement = z.infer<typeof clusterReplacement>;
