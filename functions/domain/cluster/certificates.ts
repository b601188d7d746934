import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import * as z from 'zod/mini';
import { object } from '../shared/object.ts';

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** The certificates of a PEM text, in order; `undefined` if it holds anything else, or nothing. */
export function readCertificates(pem: string): X509Certificate[] | undefined {
  const blocks = pem.match(CERTIFICATE) ?? [];
  if (blocks.length === 0 || pem.replace(CERTIFICATE, '').includes('-----BEGIN')) return undefined;
  try {
    return blocks.map((block) => new X509Certificate(block));
  } catch {
    return undefined;
  }
}

/**
 * `undefined` if it is not a key, or needs a passphrase. OpenSSL's error is dropped, because it may reveal part of the
 * key.
 */
function readPrivateKey(pem: string): KeyObject | undefined {
  try {
    return createPrivateKey(pem);
  } catch {
    return undefined;
  }
}

export function isKeyOf(key: string, certificate: string): boolean {
  const [leaf] = readCertificates(certificate) ?? [];
  const privateKey = readPrivateKey(key);
  return leaf !== undefined && privateKey !== undefined && leaf.checkPrivateKey(privateKey);
}

const MAX_LENGTH = 32_768;

/** A subject can be arbitrarily long. */
const MAX_SUBJECT_LENGTH = 256;

export const certificatesPem = z.string().check(
  z.maxLength(MAX_LENGTH),
  z.refine(
    (text) => readCertificates(text) !== undefined,
    'must be PEM that contains only certificates: "-----BEGIN CERTIFICATE-----", …',
  ),
);

export const privateKeyPem = z.string().check(
  z.maxLength(MAX_LENGTH),
  z.refine(
    (text) => readPrivateKey(text) !== undefined,
    'must be a private key in PEM, without a passphrase: "-----BEGIN PRIVATE KEY-----", …',
  ),
);

/** The JSON of a client certificate secret. */
export const clientIdentity = object(() => ({ certificate: certificatesPem, key: privateKeyPem })).check(
  z.refine(({ certificate, key }) => isKeyOf(key, certificate), 'the key must belong to the certificate'),
);

/** What may be shown of a PEM that is kept as a secret: its subject and expiry, RFC 3339. */
export function factsOf(pem: string): { subject: string; validTo: string } {
  const [first] = readCertificates(pem) ?? [];
  if (first === undefined) throw new Error('a stored PEM has no certificate');
  const subject = first.subject.replaceAll('\n', ', ').slice(0, MAX_SUBJECT_LENGTH);
  return { subject, validTo: first.validToDate.toISOString() };
}
