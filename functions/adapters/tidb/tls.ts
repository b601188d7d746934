import type { SslOptions } from 'mysql2';
import type { TlsMode } from '../../domain/cluster/cluster.ts';
import type { TidbError } from './tidb-error.ts';

/** How a connection is encrypted, and whom it trusts. Everything but the mode is PEM. */
export interface TlsSettings {
  mode: TlsMode;
  /** Authorities trusted to sign the server's certificate; defaults to those that Node trusts. */
  ca?: string | undefined;
  client?: ClientIdentity | undefined;
}

/** The service's identity for a TiDB that requires client certificates. */
interface ClientIdentity {
  certificate: string;
  key: string;
}

/** @returns `undefined` for an unencrypted connection */
export function sslOptions({ mode, ca, client }: TlsSettings): SslOptions | undefined {
  if (mode === 'disabled') return undefined;
  const identity = client && { cert: client.certificate, key: client.key };
  // The socket decides which name the certificate is checked against: see `openSocket`.
  if (mode === 'verify') return { rejectUnauthorized: true, verifyIdentity: true, ...(ca && { ca }), ...identity };
  return { rejectUnauthorized: false, ...identity };
}

/** mysql2's error names: the server does not offer TLS; the handshake failed. */
const NOT_OFFERED = 'HANDSHAKE_NO_SSL_SUPPORT';
const HANDSHAKE_FAILED = 'HANDSHAKE_SSL_ERROR';

export function isWithoutTls({ code }: TidbError): boolean {
  return code === NOT_OFFERED;
}

/** What is wrong with TLS at an endpoint, and what to do; `undefined` if the error has another cause. */
export function tlsProblem({ code, message: text }: TidbError, { client }: TlsSettings): string | undefined {
  if (code === NOT_OFFERED) {
    return 'it does not offer TLS: configure TLS in TiDB, or set "tls" to "preferred" or "disabled"';
  }
  // With TLS 1.3 the server checks the client's certificate after the handshake, and Node names the error itself.
  const message = reasonOf(text);
  const isTls = code === HANDSHAKE_FAILED || code.startsWith('ERR_SSL_');
  if (!isTls || /socket disconnected|ECONNRESET/.test(message)) return undefined;
  if (/ alert /.test(message)) {
    return client === undefined
      ? `it refuses the TLS handshake (${message}): if it demands a client certificate, set "clientCertificate" and "clientKey"`
      : `it refuses the client certificate (${message}): set "clientCertificate" and "clientKey" to a pair of a CA that TiDB trusts`;
  }
  if (/does not match certificate's altnames/.test(message)) {
    return `its certificate is for other addresses (${message}): register an address that the certificate names, or give TiDB a certificate for this one`;
  }
  if (/expired|not yet valid/.test(message)) return `its certificate is out of date (${message}): renew it`;
  if (/certificate|issuer/.test(message)) {
    return `its certificate is not trusted (${message}): set "ca" or "caSecretArn" to the CA that signed it`;
  }
  return `the TLS handshake failed (${message})`;
}

/**
 * OpenSSL's messages hide the reason among numbers and source locations: `403D…:error:0A000418:SSL routines:…:tlsv1
 * alert unknown ca:…`. Node adds advice about its own command line to some of them.
 */
function reasonOf(message: string): string {
  return /:SSL routines:[^:]*:([^:]+):/.exec(message)?.[1] ?? message.replace(/; if the root CA .*/, '');
}
