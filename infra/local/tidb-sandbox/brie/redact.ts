import { encodeQuery, type GoUrl, parseGoUrl } from './go-url.ts';

const secretParameters = new Set(['access-key', 'secret-access-key', 'session-token']);

/** Query keys are case-insensitive, and `_` counts as `-` (BR: ExtractQueryParameters). */
export function normalizeParameter(key: string): string {
  return key.toLowerCase().replaceAll('_', '-');
}

/** Masks the secrets of an `s3` URL; other and unreadable URLs stay unchanged (ast.RedactURL). */
export function redactUrl(rawUrl: string): string {
  const url = tryParse(rawUrl);
  if (url?.scheme !== 's3') return rawUrl;
  const query = url.query.map(
    ([key, value]) => [key, secretParameters.has(normalizeParameter(key)) ? 'xxxxxx' : value] as const,
  );
  return `s3://${url.host}${url.escapedPath}${query.length === 0 ? '' : `?${encodeQuery(query)}`}`;
}

function tryParse(rawUrl: string): GoUrl | undefined {
  try {
    return parseGoUrl(rawUrl);
  } catch {
    return undefined;
  }
}
