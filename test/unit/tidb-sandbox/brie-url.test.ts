import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { redactUrl } from '../../../infra/local/tidb-sandbox/brie/redact.ts';
import {
  destinationOf,
  locate,
  locationOfTikv,
  parseStorageUrl,
} from '../../../infra/local/tidb-sandbox/brie/storage-url.ts';

const read = (url: string) => locate(parseStorageUrl(url));

describe('storage URLs', () => {
  it('parses an S3 URL with all its parameters, in any case, with `_` as `-`', () => {
    const url =
      's3://bucket/a/b/?endpoint=http://127.0.0.1:9000&REGION=eu-west-1&access_key=k&Secret-Access-Key=s&session-token=t&force_path_style=false&storage-class=STANDARD_IA&sse=aws:kms&sse-kms-key-id=id&unknown=1';
    expect(read(url)).toEqual({
      kind: 's3',
      bucket: 'bucket',
      prefix: 'a/b',
      endpoint: 'http://127.0.0.1:9000',
      region: 'eu-west-1',
      credentials: { accessKeyId: 'k', secretAccessKey: 's', sessionToken: 't' },
      forcePathStyle: false,
      storageClass: 'STANDARD_IA',
      sse: 'aws:kms',
      sseKmsKeyId: 'id',
    });
  });

  it('takes every + literally, since secret keys contain it', () => {
    expect(read('s3://bucket/a+b?access-key=k+1&secret-access-key=s%2B2')).toMatchObject({
      prefix: 'a+b',
      credentials: { accessKeyId: 'k+1', secretAccessKey: 's+2' },
    });
  });

  it('restores every percent-encoded path and secret', () => {
    const text = fc.string({ minLength: 1, unit: 'grapheme' });
    fc.assert(
      fc.property(text, text, (path, secret) => {
        const url = `s3://bucket/x${encodeURIComponent(path)}y?access-key=k&secret-access-key=${encodeURIComponent(secret)}`;
        expect(read(url)).toMatchObject({ prefix: `x${path}y`, credentials: { secretAccessKey: secret } });
        expect(destinationOf(parseStorageUrl(url))).not.toContain('?');
      }),
    );
  });

  it.each([
    ['local:///backups/a', '/backups/a'],
    ['file:///backups/a/', '/backups/a'],
    ['/backups/a b', '/backups/a b'],
    ['/backups/a%20b', '/backups/a b'],
  ])('parses %s as a directory', (url, directory) => {
    expect(read(url)).toEqual({ kind: 'local', directory });
  });

  it.each([
    ['s3://bucket/%zz', 'invalid destination URL: parse "s3://bucket/%zz": invalid URL escape "%zz"'],
    ['s3://bucket:x/', 'invalid destination URL: parse "s3://bucket:x/": invalid port ":x" after host'],
    [':x', 'invalid destination URL: parse ":x": missing protocol scheme'],
    ['a b:c', 'invalid destination URL: parse "a b:c": first path segment in URL cannot contain colon'],
    ['s3://b\nc', String.raw`invalid destination URL: parse "s3://b\nc": net/url: invalid control character in URL`],
  ])('refuses %s before the job is queued', (url, message) => {
    expect(() => parseStorageUrl(url)).toThrow(expect.objectContaining({ errno: 1105, message }));
  });

  const invalidConfig = '[BR:ExternalStorage:ErrStorageInvalidConfig]invalid external storage config';
  it.each([
    ['s3:///path', `please specify the bucket for s3 in s3:///path: ${invalidConfig}`],
    ['s3://bucket?access-key=k', `secret_access_key not found: ${invalidConfig}`],
    ['s3://bucket?secret-access-key=s', `access_key not found: ${invalidConfig}`],
    ['s3://bucket?endpoint=host', `scheme not found in endpoint: ${invalidConfig}`],
    ['s3://bucket?endpoint=http:///x', `host not found in endpoint: ${invalidConfig}`],
    ['ftp://host/path', `storage ftp not support yet: ${invalidConfig}`],
    ['gcs://bucket/path', "not supported by the sandbox: storage of the kind 'gcs'"],
    [
      's3://bucket?role-arn=arn:aws:iam::111122223333:role/r',
      "not supported by the sandbox: the URL parameter 'role-arn'",
    ],
  ])('refuses %s', (url, message) => {
    expect(() => read(url)).toThrow(expect.objectContaining({ message }));
  });

  it('defaults to path style in BACKUP and RESTORE, and to host style in SHOW BACKUP METADATA', () => {
    const located = (parameters: string, pathStyle?: boolean) => {
      const url = parseStorageUrl(`s3://bucket/p?${parameters}`);
      return locate(url, pathStyle === undefined ? {} : { pathStyle });
    };
    expect(located('')).toHaveProperty('forcePathStyle', true);
    expect(located('', false)).toHaveProperty('forcePathStyle', false);
    expect(located('force-path-style=nonsense', false)).toHaveProperty('forcePathStyle', false);
    for (const pathStyle of [true, false]) {
      expect(located('force-path-style=true', pathStyle)).toHaveProperty('forcePathStyle', true);
      expect(located('force-path-style=0', pathStyle)).toHaveProperty('forcePathStyle', false);
      for (const provider of ['alibaba', 'netease']) {
        const url = `force-path-style=true&provider=${provider}`;
        expect(located(url, pathStyle)).toMatchObject({ provider, forcePathStyle: false });
      }
    }
  });

  it('keeps the keys from TiKV if they are not to be sent', () => {
    const location = read('s3://bucket/p?access-key=k&secret-access-key=s');
    if (location.kind !== 's3') throw new Error('the URL is one of S3');
    expect(locationOfTikv(location, true)).toEqual(location);
    expect(locationOfTikv(location, false)).not.toHaveProperty('credentials');
  });

  it('masks only the secrets of S3 URLs, and sorts the parameters as Go does', () => {
    expect(redactUrl('s3://bucket/a%20b?secret-access-key=1&region=r&Access_Key=2&session-token=3')).toBe(
      's3://bucket/a%20b?Access_Key=xxxxxx&region=r&secret-access-key=xxxxxx&session-token=xxxxxx',
    );
    expect(redactUrl('local:///a?access-key=1')).toBe('local:///a?access-key=1');
  });
});
