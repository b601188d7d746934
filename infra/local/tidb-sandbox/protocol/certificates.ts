import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { isIPv4, isIPv6 } from 'node:net';

/** A private key and its certificate: PEM texts. */
export interface Identity {
  readonly key: string;
  readonly cert: string;
}

export interface Authority {
  /** Trusts everything that it issues. */
  readonly cert: string;
  /** For a server, its DNS names and IP addresses; for a client, any names. */
  issue(...names: string[]): Identity;
}

/** A certificate authority with a new key each time: nothing is stored, and nothing expires before 2049. */
export function createAuthority(commonName = 'TiDB sandbox CA'): Authority {
  const own = newKey();
  const issuer = { name: distinguishedName(commonName), key: own.privateKey };
  const cert = certificate({ subject: issuer.name, publicKey: own.publicKey, issuer, extensions: [isAuthority] });
  return {
    cert,
    issue(...names) {
      const { privateKey, publicKey } = newKey();
      const subject = distinguishedName(names[0] ?? '');
      return {
        key: pemOfKey(privateKey),
        cert: certificate({ subject, publicKey, issuer, extensions: [alternativeNames(names)] }),
      };
    },
  };
}

/** TiDB creates such a certificate for itself with `auto-tls` (`CreateCertificates`, pkg/util/misc.go); no one trusts it. */
export function autoTlsIdentity(hostname: string): Identity {
  const { privateKey, publicKey } = newKey();
  const subject = distinguishedName('TiDB_Server_Auto_Generated_Server_Certificate');
  const issuer = { name: subject, key: privateKey };
  return {
    key: pemOfKey(privateKey),
    cert: certificate({ subject, publicKey, issuer, extensions: [alternativeNames([hostname])] }),
  };
}

function newKey() {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' });
}

function pemOfKey(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString();
}

/** DER: tag, length, content (X.690). Go accepts a length only in its shortest form. */
function der(tag: number, ...parts: Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  return Buffer.concat([Buffer.from([tag, ...derLength(content.length)]), content]);
}

function derLength(length: number): number[] {
  if (length < 0x80) return [length];
  return length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
}

const sequence = (...parts: Uint8Array[]) => der(0x30, ...parts);
const objectId = (...bytes: number[]) => der(0x06, Buffer.from(bytes));
const octets = (...parts: Uint8Array[]) => der(0x04, ...parts);
const utcTime = (text: string) => der(0x17, Buffer.from(text));
const yes = der(0x01, Buffer.from([0xff]));

const ECDSA_WITH_SHA256 = sequence(objectId(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02));
const VERSION_3 = der(0xa0, der(0x02, Buffer.from([2])));
const VALIDITY = sequence(utcTime('200101000000Z'), utcTime('491231235959Z'));

/** basicConstraints, critical: a CA. */
const isAuthority = sequence(objectId(0x55, 0x1d, 0x13), yes, octets(sequence(yes)));

/** subjectAltName (RFC 5280, 4.2.1.6). */
function alternativeNames(names: readonly string[]): Buffer {
  const general = names.map((name) =>
    isIPv4(name) || isIPv6(name) ? der(0x87, addressBytes(name)) : der(0x82, Buffer.from(name)),
  );
  return sequence(objectId(0x55, 0x1d, 0x11), octets(sequence(...general)));
}

function addressBytes(address: string): Buffer {
  if (isIPv4(address)) return Buffer.from(address.split('.').map(Number));
  const [head = '', tail] = address.split('::').map((part) => part.split(':').filter(Boolean));
  const groups = tail === undefined ? head : [...head, ...Array(8 - head.length - tail.length).fill('0'), ...tail];
  return Buffer.from([...groups].map((group) => group.padStart(4, '0')).join(''), 'hex');
}

function distinguishedName(commonName: string): Buffer {
  return sequence(der(0x31, sequence(objectId(0x55, 0x04, 0x03), der(0x0c, Buffer.from(commonName)))));
}

function certificate(parts: {
  subject: Buffer;
  publicKey: KeyObject;
  issuer: { name: Buffer; key: KeyObject };
  extensions: Buffer[];
}): string {
  const { subject, publicKey, issuer, extensions } = parts;
  const body = sequence(
    VERSION_3,
    // A positive serial number in its shortest form.
    der(0x02, Buffer.from([0x40]), randomBytes(7)),
    ECDSA_WITH_SHA256,
    issuer.name,
    VALIDITY,
    subject,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(...extensions)),
  );
  const signature = der(0x03, Buffer.from([0]), sign('sha256', body, issuer.key));
  const text = sequence(body, ECDSA_WITH_SHA256, signature).toString('base64');
  // Avoids an empty line, which PEM does not allow, after text that fills its last line.
  const lines = text.match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}
