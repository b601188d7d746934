import path from 'node:path';
import { notSupported, SqlError } from '../sql/errors.ts';
import { BrError } from './brie-error.ts';
import { type GoUrl, GoUrlError, parseGoUrl } from './go-url.ts';
import { normalizeParameter } from './redact.ts';

interface S3Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** An absent option uses the sandbox's default: its own endpoint and role. */
export interface S3Location {
  readonly kind: 's3';
  readonly bucket: string;
  /** Without leading and trailing slashes; may be empty. */
  readonly prefix: string;
  readonly endpoint?: string;
  readonly region?: string;
  readonly provider?: string;
  readonly credentials?: S3Credentials;
  readonly forcePathStyle: boolean;
  readonly storageClass?: string;
  readonly sse?: string;
  readonly sseKmsKeyId?: string;
}

export interface LocalLocation {
  readonly kind: 'local';
  /** Absolute. */
  readonly directory: string;
}

export type StorageLocation = S3Location | LocalLocation;

/** BR understands these, but the sandbox does not implement them. */
const otherSchemes = new Set(['noop', 'hdfs', 'gs', 'gcs', 'azure', 'azblob', 'ks3', 'oss']);

/**
 * Parses a storage URL as TiDB does: every `+` means `%2B`, since secret keys contain it (ParseRawURL in br/pkg/storage/parse.go). Throws
 * 1105 `invalid destination URL: …`.
 */
export function parseStorageUrl(rawUrl: string): GoUrl {
  try {
    return parseGoUrl(rawUrl.replaceAll('+', '%2B'));
  } catch (error) {
    if (error instanceof GoUrlError) throw new SqlError(1105, `invalid destination URL: ${error.message}`);
    throw error;
  }
}

/** The URL as results and SHOW print it: for S3 without the whole query, and thus without secrets. */
export function destinationOf(url: GoUrl): string {
  return url.scheme === '' ? url.escapedPath : `${url.scheme}://${url.host}${url.escapedPath}`;
}

/**
 * What the URL refers to (ParseBackendFromURL in br/pkg/storage/parse.go). Throws BrError.
 * @param options.pathStyle default of `force-path-style`: BR's for BACKUP and RESTORE, Go's for SHOW BACKUP METADATA
 */
export function locate(url: GoUrl, { pathStyle = true } = {}): StorageLocation {
  switch (url.scheme) {
    case '':
      return { kind: 'local', directory: path.resolve(url.path) };
    case 'local':
    case 'file':
      return { kind: 'local', directory: path.resolve('/', url.path) };
    case 's3':
      return locateS3(url, pathStyle);
    default:
      if (otherSchemes.has(url.scheme)) throw notSupported(`storage of the kind '${url.scheme}'`);
      throw invalidConfig(`storage ${url.scheme} not support yet`);
  }
}

/** These stores only support buckets as hosts: BR overrides the URL. */
const HOST_STYLE_PROVIDERS = new Set(['alibaba', 'netease']);

function locateS3(url: GoUrl, pathStyle: boolean): S3Location {
  if (url.host === '') throw invalidConfig(`please specify the bucket for s3 in ${destinationOf(url)}`);
  const parameters = new Map(url.query.map(([key, value]) => [normalizeParameter(key), value]));
  const get = (name: string) => parameters.get(name) || undefined;
  for (const name of ['role-arn', 'external-id']) {
    // Ignoring it would use other rights than a real cluster does.
    if (get(name) !== undefined) throw notSupported(`the URL parameter '${name}'`);
  }
  const endpoint = get('endpoint');
  if (endpoint !== undefined) checkEndpoint(endpoint);
  const credentials = readCredentials(get);
  const region = get('region');
  const provider = get('provider');
  const storageClass = get('storage-class');
  const sse = get('sse');
  const sseKmsKeyId = get('sse-kms-key-id');
  return {
    kind: 's3',
    bucket: url.host,
    prefix: url.path.replace(/^\/+|\/+$/g, ''),
    forcePathStyle:
      !HOST_STYLE_PROVIDERS.has(provider ?? '') && (parseBool(get('force-path-style') ?? '') ?? pathStyle),
    ...(endpoint !== undefined && { endpoint }),
    ...(region !== undefined && { region }),
    ...(provider !== undefined && { provider }),
    ...(credentials !== undefined && { credentials }),
    ...(storageClass !== undefined && { storageClass }),
    ...(sse !== undefined && { sse }),
    ...(sseKmsKeyId !== undefined && { sseKmsKeyId }),
  };
}

function readCredentials(get: (name: string) => string | undefined): S3Credentials | undefined {
  const accessKeyId = get('access-key');
  const secretAccessKey = get('secret-access-key');
  const sessionToken = get('session-token');
  if (accessKeyId === undefined && secretAccessKey === undefined) return undefined;
  if (accessKeyId === undefined) throw invalidConfig('access_key not found');
  if (secretAccessKey === undefined) throw invalidConfig('secret_access_key not found');
  return { accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) };
}

function checkEndpoint(endpoint: string): void {
  const { scheme, host } = parseGoUrl(endpoint);
  if (scheme === '') throw invalidConfig('scheme not found in endpoint');
  if (host === '') throw invalidConfig('host not found in endpoint');
}

/** Go's strconv.ParseBool; `undefined` if it fails, which keeps the default. */
function parseBool(text: string): boolean | undefined {
  if (['1', 't', 'T', 'true', 'TRUE', 'True'].includes(text)) return true;
  return ['0', 'f', 'F', 'false', 'FALSE', 'False'].includes(text) ? false : undefined;
}

function invalidConfig(reason: string): BrError {
  return new BrError(reason, 'ExternalStorage:ErrStorageInvalidConfig');
}

/** The backend for TiKV: without `SEND_CREDENTIALS_TO_TIKV` it does not get the URL's keys and uses its own role. */
export function locationOfTikv(location: S3Location, sendCredentials: boolean): S3Location {
  if (sendCredentials) return location;
  const { credentials: _, ...withRole } = location;
  return withRole;
}
