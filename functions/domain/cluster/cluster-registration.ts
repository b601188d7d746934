import { isIPv4, isIPv6 } from 'node:net';
import * as z from 'zod/mini';
import { described, published } from '../shared/described.ts';
import { identifier } from '../shared/identifiers.ts';
import { object } from '../shared/object.ts';
import { NO_CONTROL_CHARACTERS, withoutControlCharacters } from '../shared/text.ts';
import { isTimeZone, TIME_ZONE_NAME } from '../strategy/time-zone.ts';
import { executor } from '../workflow/executor.ts';
import { certificatesPem, isKeyOf, privateKeyPem } from './certificates.ts';
import { tlsMode } from './cluster.ts';

const ENDPOINT_RULE =
  'must be "host:port": a DNS name, an IPv4 address or an IPv6 address in brackets; a port from 1 to 65535';

const DNS_NAME = /^(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*\.?$/i;

/** {@link ENDPOINT_RULE}, except for the numbers of an IPv6 address and the length of a DNS name. */
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

/** Text that people read and type; it enters no path and no SQL. */
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

export const secretArn = z.string().check(z.regex(SECRET_ARN, 'must be the ARN of a Secrets Manager secret'));

/** The user's own secret: JSON with `username` and `password`. */
export const secretAccount = object(() => ({ secretArn }));

/**
 * The account that runs BACKUP and RESTORE: the user's own secret, or a name and password that the service keeps. MySQL
 * limits user names to 32 characters; a password may be any text.
 */
const accountBySecret = object(() => ({
  ...secretAccount.shape,
  user: z.optional(z.never()),
  password: z.optional(z.never()),
}));
export const accountByPassword = object(() => ({
  secretArn: z.optional(z.never()),
  user: text(32),
  password: z.string().check(
    z.maxLength(512),
    z.refine((value) => value.isWellFormed(), 'must be well-formed Unicode'),
  ),
}));
const ACCOUNT_RULE =
  'must be {"secretArn": the ARN of a secret} or {"user": 1 to 32 characters, "password": up to 512}, and not both';

export const givenAccount = described(
  z.union([accountBySecret, accountByPassword], ACCOUNT_RULE),
  'The TiDB account that backups and restores run as: your own secret, or a name and password that the service keeps',
);
export type GivenAccount = z.infer<typeof givenAccount>;

/** How `GET` shows an account whose password the service keeps. */
const shownAccount = object(() => ({
  secretArn: z.optional(z.never()),
  user: accountByPassword.shape.user,
  password: z.optional(z.never()),
}));

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
  'Its TiDB servers, or a load balancer in front of them',
);

/** The default for new registrations. Those from before `preferred` existed have their mode stored, or `disabled`. */
export const tls = described(z._default(tlsMode, 'preferred'), 'How the service connects to TiDB');

/** The certificates for `tls`. They are kept only in Secrets Manager. */
export const certificateFields = {
  ca: described(
    z.optional(certificatesPem),
    'PEM of the authorities trusted to sign TiDB\'s certificate, for "verify"; defaults to the public ones',
  ),
  caSecretArn: described(z.optional(secretArn), 'Instead of `ca`: your own secret whose text is the PEM'),
  clientCertificate: described(
    z.optional(certificatesPem),
    'PEM of the client certificate for TiDB servers that require one, with its intermediate certificates',
  ),
  clientKey: described(z.optional(privateKeyPem), 'PEM of its private key, without a passphrase; never shown'),
  clientSecretArn: described(
    z.optional(secretArn),
    'Instead of both: your own secret, JSON {"certificate": PEM, "key": PEM}',
  ),
};

/** As in a registration, but omitted fields keep their value. */
const replacedCertificateFields = {
  ...certificateFields,
  ca: described(z.nullish(certificatesPem), 'As in a registration; omit to keep ca or caSecretArn, null removes it'),
  clientCertificate: described(
    z.nullish(certificatesPem),
    'As in a registration; omit to keep clientCertificate or clientSecretArn, null removes it',
  ),
};
export type CertificateFields = z.infer<z.ZodMiniObject<typeof replacedCertificateFields>>;

/** Which fields exclude or need each other; a key must match its certificate. */
export const CERTIFICATE_RULES = [
  z.refine<CertificateFields>(({ ca, caSecretArn }) => !ca || !caSecretArn, {
    path: ['ca'],
    error: 'must not be given together with caSecretArn',
  }),
  z.refine<CertificateFields>(({ clientCertificate, clientKey }) => !clientCertificate === !clientKey, {
    path: ['clientKey'],
    error: 'must be given together with clientCertificate',
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
  { pattern: TIME_ZONE_NAME, description: 'IANA time zone of its strategy, unless the strategy names its own' },
);

/** Chosen by the caller. */
export const wantedClusterId = described(z.optional(identifier), 'Its id; generated if omitted');

const settings = {
  clusterName,
  endpoints,
  timezone,
  executor: described(
    z.optional(executor),
    'Where its backups, and restores into it, run unless a request says otherwise; by default, chosen from the estimated duration',
  ),
};

/** A registered cluster, in a request. */
export const clusterRegistration = object(() => ({
  clusterId: wantedClusterId,
  ...settings,
  account: givenAccount,
  tls,
  ...certificateFields,
})).check(...CERTIFICATE_RULES);
export type ClusterRegistration = z.infer<typeof clusterRegistration>;

/**
 * Replaces a registration. Without an account, the account stays, because a password cannot be read back to be sent
 * again. TLS settings stay too, so that omitting them does not weaken security.
 */
export const clusterReplacement = object(() => ({
  ...settings,
  account: described(
    z.optional(z.union([givenAccount, shownAccount], ACCOUNT_RULE)),
    'Omit it, or give only the user, to keep the account',
  ),
  tls: described(z.optional(tlsMode), 'Omit to keep'),
  ...replacedCertificateFields,
})).check(...CERTIFICATE_RULES);
export type ClusterReplacement = z.infer<typeof clusterReplacement>;
