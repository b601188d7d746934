import { describe, expect, it } from 'vitest';
import { parseEndpoint } from '../../../../functions/adapters/tidb/connection.ts';
import { TidbError } from '../../../../functions/adapters/tidb/tidb-error.ts';
import { sslOptions, tlsProblem } from '../../../../functions/adapters/tidb/tls.ts';

const CLIENT = { certificate: 'PEM', key: 'PEM' };

/** OpenSSL's wording of a TiDB server's alert. */
function alert(code: string, reason: string): TidbError {
  const message = `405D29C64F7F0000:error:0A00045C:SSL routines:ssl3_read_bytes:${reason}:../deps/openssl/openssl/ssl/record/rec_layer_s3.c:918:SSL alert number 116\n`;
  return new TidbError(message, code, undefined);
}

describe('an encrypted connection', () => {
  it('checks the server\'s certificate and name only with "verify"', () => {
    expect(sslOptions({ mode: 'verify', ca: 'PEM' })).toEqual({
      ...{ rejectUnauthorized: true, verifyIdentity: true },
      ca: 'PEM',
    });
    expect(sslOptions({ mode: 'verify' })).toEqual({ rejectUnauthorized: true, verifyIdentity: true });
    for (const mode of ['preferred', 'required'] as const)
      expect(sslOptions({ mode })).toEqual({ rejectUnauthorized: false });
    expect(sslOptions({ mode: 'disabled' })).toBeUndefined();
  });
});

describe('a TLS error', () => {
  it.each([
    ['ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', 'tlsv13 alert certificate required'],
    ['HANDSHAKE_SSL_ERROR', 'ssl/tls alert handshake failure'],
  ])('means that a client certificate is required: %s', (code, reason) => {
    expect(tlsProblem(alert(code, reason), { mode: 'required' })).toBe(
      `it refuses the TLS handshake (${reason}): if it demands a client certificate, set "clientCertificate" and "clientKey"`,
    );
  });

  it.each(['ERR_SSL_TLSV1_ALERT_UNKNOWN_CA', 'HANDSHAKE_SSL_ERROR'])('blames the client certificate: %s', (code) => {
    expect(tlsProblem(alert(code, 'tlsv1 alert unknown ca'), { mode: 'verify', client: CLIENT })).toMatch(
      /^it refuses the client certificate \(tlsv1 alert unknown ca\): set /,
    );
  });

  it.each([
    ['certificate has expired', /^its certificate is out of date .*: renew it$/],
    ['certificate is not yet valid', /^its certificate is out of date/],
    ['unable to get local issuer certificate', /^its certificate is not trusted .*: set "ca" or "caSecretArn"/],
    [
      'unable to verify the first certificate; if the root CA is installed locally, try running Node.js with --use-system-ca',
      /^its certificate is not trusted \(unable to verify the first certificate\): set /,
    ],
    ['unsupported protocol', /^the TLS handshake failed \(unsupported protocol\)$/],
  ])("is recognized by Node's message: %s", (message, problem) => {
    const error = new TidbError(message, 'HANDSHAKE_SSL_ERROR', undefined);

    expect(tlsProblem(error, { mode: 'verify' })).toMatch(problem);
  });

  it.each([
    ['HANDSHAKE_SSL_ERROR', 'Client network socket disconnected before secure TLS connection was established'],
    ['ECONNREFUSED', 'connect ECONNREFUSED 127.0.0.1:4000'],
  ])('is not assumed for an unavailable server: %s', (code, message) => {
    expect(tlsProblem(new TidbError(message, code, undefined), { mode: 'verify' })).toBeUndefined();
  });
});

it.each([
  ['tidb.example.com.:4000', 'tidb.example.com.', 'tidb.example.com'],
  ['[2001:db8::1]:4000', '2001:db8::1', '2001:db8::1'],
  ['10.0.0.1:4000', '10.0.0.1', '10.0.0.1'],
])('checks a certificate against the address of %s', (endpoint, host, serverName) => {
  expect(parseEndpoint(endpoint)).toEqual({ host, port: 4000, serverName });
});
