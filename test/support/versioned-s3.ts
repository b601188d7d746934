import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { S3Client } from '@aws-sdk/client-s3';
import { bindToLoopback } from '../../infra/local/http/loopback-server.ts';

interface Version {
  key: string;
  versionId: string;
  isDeleteMarker?: boolean;
  /** RFC 3339. */
  lastModified?: string;
}

export interface VersionedS3 {
  client: S3Client;
  /** The contents of the bucket. */
  versions: Version[];
  /** The requests so far, by kind. */
  requests: string[];
  /** Answers `ListObjectVersions` like a store without versions. */
  versionsAnswer: 'versions' | 'notImplemented' | 'ignored';
  /** Whether it supports `DeleteObjects`, or only single deletions. */
  deletesSeveral: boolean;
  /** Whether it requires a correct Content-MD5 for `DeleteObjects`. */
  demandsMd5: boolean;
  /** The answer to `ListMultipartUploads`. */
  uploadsAnswer: string;
  /** Keys that cannot be deleted, and until when; `undefined` for another reason. */
  locked: Map<string, string | undefined>;
  onDelete: () => void;
  stop(): Promise<void>;
}

/** The part of a versioned bucket that a deletion sees, with pages of `pageSize`. Source: S3 API reference. */
export async function startVersionedS3(pageSize = 2): Promise<VersionedS3> {
  const server = createServer((request, response) => void answer(request, response));
  const { url, close } = await bindToLoopback(server);
  const s3: VersionedS3 = {
    client: new S3Client({
      endpoint: url,
      region: 'us-east-1',
      forcePathStyle: true,
      maxAttempts: 1,
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    }),
    versions: [],
    requests: [],
    versionsAnswer: 'versions',
    deletesSeveral: true,
    demandsMd5: false,
    uploadsAnswer: '<ListMultipartUploadsResult></ListMultipartUploadsResult>',
    locked: new Map(),
    onDelete: () => {},
    async stop() {
      s3.client.destroy();
      await close();
    },
  };

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '/', url);
    const action =
      ['uploads', 'versions', 'delete', 'retention'].find((name) => searchParams.has(name)) ??
      (request.method === 'DELETE' ? 'deleteOne' : 'objects');
    s3.requests.push(action);
    const key = pathname.split('/').slice(2).join('/');
    const sent = await text(request);
    if (action === 'delete' && s3.demandsMd5 && request.headers['content-md5'] !== md5Of(sent)) {
      response.statusCode = 400;
      return void response.end('<Error><Code>BadDigest</Code></Error>');
    }
    const isRefused =
      (action === 'versions' && s3.versionsAnswer === 'notImplemented') ||
      (action === 'retention' && s3.locked.get(key) === undefined) ||
      (action === 'delete' && !s3.deletesSeveral);
    response.statusCode = isRefused ? 501 : 200;
    if (isRefused) response.end('<Error><Code>NotImplemented</Code></Error>');
    else if (action === 'deleteOne') deleteOne(key, searchParams, response);
    else if (action === 'retention') response.end(retention(s3.locked.get(key)));
    else response.end(body(action, searchParams, sent));
  }

  function retention(until: string | undefined): string {
    return `<Retention><Mode>COMPLIANCE</Mode><RetainUntilDate>${until}</RetainUntilDate></Retention>`;
  }

  function body(action: string, query: URLSearchParams, sent: string): string {
    if (action === 'uploads') return s3.uploadsAnswer;
    if (action === 'delete') return deleteVersions(sent);
    return action === 'versions' && s3.versionsAnswer === 'versions' ? listVersions(query) : listObjects(query);
  }

  function deleteVersions(xml: string): string {
    const errors: string[] = [];
    for (const [, object = ''] of xml.matchAll(/<Object>(.*?)<\/Object>/gs)) {
      const key = /<Key>(.*?)<\/Key>/.exec(object)?.[1] ?? '';
      const versionId = /<VersionId>(.*?)<\/VersionId>/.exec(object)?.[1];
      if (!remove(key, versionId)) errors.push(`<Error><Key>${key}</Key><Code>AccessDenied</Code></Error>`);
    }
    s3.onDelete();
    return `<DeleteResult>${errors.join('')}</DeleteResult>`;
  }

  function deleteOne(key: string, query: URLSearchParams, response: ServerResponse): void {
    const isDeleted = remove(key, query.get('versionId') ?? undefined);
    s3.onDelete();
    response.statusCode = isDeleted ? 204 : 403;
    response.end(isDeleted ? undefined : '<Error><Code>AccessDenied</Code></Error>');
  }

  function remove(key: string, versionId: string | undefined): boolean {
    if (s3.locked.has(key)) return false;
    s3.versions = s3.versions.filter((v) => v.key !== key || (versionId ?? v.versionId) !== v.versionId);
    return true;
  }

  function page(query: URLSearchParams, after: string) {
    const size = Math.min(pageSize, Number(query.get('max-keys') ?? pageSize));
    const order = ({ key, versionId }: Version) => `${key}\n${versionId}`;
    const found = s3.versions
      .filter((version) => version.key.startsWith(query.get('prefix') ?? '') && order(version) > after)
      .sort((a, b) => (order(a) < order(b) ? -1 : 1));
    return { items: found.slice(0, size), isTruncated: found.length > size };
  }

  function listVersions(query: URLSearchParams): string {
    const marker = query.get('key-marker');
    const { items, isTruncated } = page(query, marker === null ? '' : `${marker}\n${query.get('version-id-marker')}`);
    const last = items.at(-1);
    const tag = ({ isDeleteMarker }: Version) => (isDeleteMarker ? 'DeleteMarker' : 'Version');
    return [
      `<ListVersionsResult><IsTruncated>${isTruncated}</IsTruncated>`,
      isTruncated && last
        ? `<NextKeyMarker>${last.key}</NextKeyMarker><NextVersionIdMarker>${last.versionId}</NextVersionIdMarker>`
        : '',
      ...items.map((version) => {
        const written =
          version.lastModified === undefined ? '' : `<LastModified>${version.lastModified}</LastModified>`;
        const named = `<Key>${version.key}</Key><VersionId>${version.versionId}</VersionId>${written}`;
        return `<${tag(version)}>${named}</${tag(version)}>`;
      }),
      '</ListVersionsResult>',
    ].join('');
  }

  function listObjects(query: URLSearchParams): string {
    const { items, isTruncated } = page(query, query.get('continuation-token') ?? '');
    const last = items.at(-1);
    return [
      `<ListBucketResult><IsTruncated>${isTruncated}</IsTruncated>`,
      isTruncated && last ? `<NextContinuationToken>${last.key}\n${last.versionId}</NextContinuationToken>` : '',
      ...items.map(({ key }) => `<Contents><Key>${key}</Key><Size>1</Size></Contents>`),
      '</ListBucketResult>',
    ].join('');
  }

  return s3;
}

function md5Of(body: string): string {
  return createHash('md5').update(body).digest('base64');
}
