/**
 * Parses URLs as Go's net/url does, which TiDB uses for storage URLs. WHATWG's `URL` differs where it matters: it repairs what Go refuses,
 * and treats `s3:` as a scheme without a host.
 */
export interface GoUrl {
  readonly scheme: string;
  readonly host: string;
  /** Decoded. */
  readonly path: string;
  /** As written, if validly escaped. */
  readonly escapedPath: string;
  /** Decoded pairs in order; malformed pairs are left out, as in `url.Query()`. */
  readonly query: readonly (readonly [key: string, value: string])[];
}

/** Its message is Go's: `parse "…": invalid URL escape "%zz"`. */
export class GoUrlError extends Error {
  override readonly name = 'GoUrlError';

  constructor(rawUrl: string, reason: string) {
    super(`parse ${JSON.stringify(rawUrl)}: ${reason}`);
  }
}

/** Characters that Go leaves unescaped in a path (validEncoded and shouldEscape of net/url). */
const escapedPathPattern = /^(?:[\w\-.~!$&'()*+,;=:@[\]/]|%[0-9A-Fa-f]{2})*$/;

/** Throws GoUrlError. */
export function parseGoUrl(rawUrl: string): GoUrl {
  const fail = (reason: string) => new GoUrlError(rawUrl, reason);
  if ([...rawUrl].some((char) => char < ' ' || char === '\x7f')) {
    throw fail('net/url: invalid control character in URL');
  }
  const withoutFragment = rawUrl.split('#', 1)[0] ?? '';
  if (withoutFragment.startsWith(':')) throw fail('missing protocol scheme');
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):/.exec(withoutFragment)?.[1] ?? '';
  const afterScheme = scheme === '' ? withoutFragment : withoutFragment.slice(scheme.length + 1);
  const [beforeQuery, rawQuery] = cut(afterScheme, '?');
  if (scheme === '' && /^[^/]*:/.test(beforeQuery)) throw fail('first path segment in URL cannot contain colon');
  const hasAuthority = beforeQuery.startsWith('//') && (scheme !== '' || !beforeQuery.startsWith('///'));
  const slash = beforeQuery.indexOf('/', 2);
  const pathAt = slash < 0 ? beforeQuery.length : slash;
  const host = hasAuthority ? parseHost(beforeQuery.slice(2, pathAt), fail) : '';
  // `s3:bucket` is an opaque URL without host and path.
  const isOpaque = scheme !== '' && !beforeQuery.startsWith('/');
  const rawPath = hasAuthority ? beforeQuery.slice(pathAt) : isOpaque ? '' : beforeQuery;
  const path = decodePercent(rawPath);
  if (path === undefined) throw fail(`invalid URL escape ${JSON.stringify(badEscape(rawPath))}`);
  return {
    scheme: scheme.toLowerCase(),
    host,
    path,
    escapedPath: escapedPathPattern.test(rawPath)
      ? rawPath
      : encodeURI(path).replaceAll('#', '%23').replaceAll('?', '%3F'),
    query: parseQuery(rawQuery),
  };
}

/** `url.Values.Encode`: sorted by key, space as `+`. */
export function encodeQuery(pairs: GoUrl['query']): string {
  return pairs
    .toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([key, value]) => `${queryEscape(key)}=${queryEscape(value)}`)
    .join('&');
}

function parseHost(authority: string, fail: (reason: string) => GoUrlError): string {
  const host = authority.slice(authority.lastIndexOf('@') + 1);
  const port = /:([^:\]]*)$/.exec(host);
  if (port && !/^\d*$/.test(port[1] ?? '')) throw fail(`invalid port ":${port[1]}" after host`);
  const hostEscape = /%(?:[0-9A-Fa-f]{2})?.{0,2}/.exec(host)?.[0];
  // In a host only bytes beyond ASCII may be escaped.
  if (hostEscape !== undefined && !/^%[89A-Fa-f]/.test(hostEscape)) {
    throw fail(`invalid URL escape ${JSON.stringify(hostEscape.slice(0, 3))}`);
  }
  const unfit = /[ "<>\\^`{|}]/.exec(host)?.[0];
  if (unfit !== undefined) throw fail(`invalid character ${JSON.stringify(unfit)} in host name`);
  return decodePercent(host) ?? host;
}

function parseQuery(rawQuery: string): (readonly [string, string])[] {
  return rawQuery.split('&').flatMap((pair) => {
    if (pair === '' || pair.includes(';')) return [];
    const [rawKey, rawValue] = cut(pair, '=');
    const key = decodePercent(rawKey.replaceAll('+', ' '));
    const value = decodePercent(rawValue.replaceAll('+', ' '));
    return key === undefined || value === undefined ? [] : [[key, value] as const];
  });
}

/** `undefined` if a `%` is not followed by two hexadecimal digits. */
function decodePercent(text: string): string | undefined {
  if (!text.includes('%')) return text;
  if (badEscape(text) !== undefined) return undefined;
  const latin1 = Buffer.from(text, 'utf8').toString('latin1');
  const bytes = latin1.replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1').toString('utf8');
}

function badEscape(text: string): string | undefined {
  return /%(?![0-9A-Fa-f]{2}).{0,2}/s.exec(text)?.[0];
}

function queryEscape(text: string): string {
  const escaped = encodeURIComponent(text).replace(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return escaped.replaceAll('%20', '+');
}

function cut(text: string, separator: string): [before: string, after: string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + separator.length)];
}
