import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { type S3WithKeys, type StorageKeys, startS3WithKeys } from '../../support/s3-with-keys.ts';
import { BrieWorld, literal, type TestConnection } from './brie-world.ts';

const KEYS: StorageKeys = { accessKey: 'STOREKEY', secretAccessKey: 'store+secret', sessionToken: 'store/token' };
const HERE = 'eu-west-1';

let world: BrieWorld;
let sql: TestConnection;
let store: S3WithKeys;
let bucket: string;
beforeAll(async () => {
  world = await BrieWorld.start();
  store = await startS3WithKeys(KEYS, { region: HERE });
  bucket = await store.createBucket();
  sql = await (await world.cluster()).connect();
  await sql.run('CREATE DATABASE d', 'CREATE TABLE d.t (a int)', 'INSERT INTO d.t VALUES (1), (2)');
});
afterEach(() => {
  store.requests.length = 0;
  vi.unstubAllEnvs();
});
afterAll(async () => {
  await store.stop();
  await world.stop();
});

/** A URL of a store with its own endpoint. */
function urlOf(parameters: Record<string, string>, { endpoint } = store, inBucket = bucket): string {
  const { accessKey, secretAccessKey, sessionToken } = KEYS;
  const query = new URLSearchParams({
    endpoint,
    'access-key': accessKey,
    'secret-access-key': secretAccessKey,
    ...(sessionToken !== undefined && { 'session-token': sessionToken }),
    ...parameters,
  });
  for (const [name, value] of Object.entries(parameters)) if (value === '') query.delete(name);
  return `s3://${inBucket}/${world.newPrefix()}?${query}`;
}

const backUp = (url: string) => sql.run(`BACKUP DATABASE d TO ${literal(url)}`);
const metadata = (url: string) => sql.rows(`SHOW BACKUP METADATA FROM ${literal(url)}`);
const failure = (statement: Promise<unknown>) =>
  statement.then(
    () => 'none',
    (error: Error) => error.message,
  );

describe('a store with its own endpoint', () => {
  it('is addressed by path in BACKUP, and by host in SHOW BACKUP METADATA unless the URL says otherwise', async () => {
    const url = urlOf({});

    await backUp(url);

    expect(await failure(metadata(url))).toMatch(
      new RegExp(
        `RequestError: send request failed\\ncaused by: dial tcp: lookup ${bucket}\\.127\\.0\\.0\\.1: no such host$`,
      ),
    );
    expect(await metadata(`${url}&force-path-style=true`)).toMatchObject([{ Database: 'd', Table: 't' }]);
  });

  it('is addressed by host in both if its provider is known for it', async () => {
    const url = urlOf({ provider: 'alibaba', 'force-path-style': 'true' });

    for (const message of [await failure(backUp(url)), await failure(metadata(url))]) {
      expect(message).toContain(`lookup ${bucket}.127.0.0.1: no such host`);
    }
    expect(store.requests).toEqual([]);
  });

  it.each([
    ['unknown keys', { 'access-key': 'OTHERKEY' }, 'Forbidden: Forbidden\n\tstatus code: 403'],
    ['a wrong secret key', { 'secret-access-key': 'other' }, 'Forbidden: Forbidden\n\tstatus code: 403'],
  ])('does not tell its region to %s', async (_, parameters, reason) => {
    const silent = await startS3WithKeys(KEYS);

    const message = await failure(backUp(urlOf(parameters, silent)));

    expect(message).toBe(`Backup failed: failed to get region of bucket ${bucket}: ${reason}, request id: , host id: `);
    await silent.stop();
  });

  it('reports wrong keys only after its region', async () => {
    const message = await failure(backUp(urlOf({ 'access-key': 'OTHERKEY' })));

    expect(message).toBe(
      'Backup failed: error occurred when checking backupmeta file: Forbidden: Forbidden\n\tstatus code: 403, request id: , host id: ',
    );
  });

  it('reports a missing bucket, first to TiDB, and for another provider with every file', async () => {
    const silent = await startS3WithKeys(KEYS);
    const urlWith = (parameters: Record<string, string>) =>
      urlOf({ 'force-path-style': 'true', ...parameters }, silent, 'no-such-bucket');

    expect(await failure(backUp(urlWith({})))).toMatch(
      /^Backup failed: failed to get region of bucket no-such-bucket: NotFound: Not Found\n\tstatus code: 404, /,
    );
    expect(await failure(metadata(urlWith({})))).toMatch(/^NotFound: Not Found\n\tstatus code: 404, /);
    expect(await failure(metadata(urlWith({ provider: 'ceph' })))).toMatch(/^NoSuchBucket: /);
    await silent.stop();
  });
});

describe('the region of a bucket', () => {
  const signedFor = () => [...new Set(store.requests.filter(({ refusal }) => !refusal).map(({ region }) => region))];

  it('is found without being given, for TiDB and for TiKV', async () => {
    await backUp(urlOf({}));

    expect(store.requests[0]).toMatchObject({ method: 'HEAD', region: 'us-east-1' });
    expect(signedFor()).toEqual([HERE]);
    expect(store.requests.some(({ url }) => url.includes('.sst'))).toBe(true);
  });

  it('is refused if it differs', async () => {
    expect(await failure(backUp(urlOf({ region: 'eu-west-2' })))).toBe(
      `Backup failed: s3 bucket and region are not matched, bucket=${bucket}, input region=eu-west-2, real region=${HERE}`,
    );
  });

  it('defaults to us-east-1 if the store does not report it, unless a provider is named', async () => {
    const silent = await startS3WithKeys(KEYS, { region: HERE, tellsRegion: false });
    const inBucket = await silent.createBucket();

    expect(await failure(backUp(urlOf({}, silent, inBucket)))).toContain('failed to get region of bucket');
    expect(await failure(backUp(urlOf({ region: HERE }, silent, inBucket)))).toContain(
      `input region=${HERE}, real region=us-east-1`,
    );
    await backUp(urlOf({ region: HERE, provider: 'ceph' }, silent, inBucket));
    expect(await failure(backUp(urlOf({ provider: 'ceph' }, silent, inBucket)))).toContain('status code: 400');
    await silent.stop();
  });
});

describe('the keys of a URL', () => {
  it('are refused with another session token', async () => {
    for (const token of ['other', '']) {
      expect(await failure(metadata(`${urlOf({ 'session-token': token })}&force-path-style=true`))).toContain(
        'ExpiredToken: the request is refused: ExpiredToken\n\tstatus code: 400',
      );
    }
  });

  it("are the TiDB server's own if it has none, and the server may have none either", async () => {
    const withoutKeys = urlOf({ 'access-key': '', 'secret-access-key': '', 'session-token': '' });
    await failure(metadata(`${withoutKeys}&force-path-style=true`));
    expect(store.requests).toMatchObject([{ accessKey: 'ROLEKEY' }, { accessKey: 'ROLEKEY' }]);

    for (const [name, value] of [
      ['AWS_ACCESS_KEY_ID', undefined],
      ['AWS_SECRET_ACCESS_KEY', undefined],
      ['AWS_EC2_METADATA_DISABLED', 'true'],
      ['AWS_CONFIG_FILE', '/dev/null'],
      ['AWS_SHARED_CREDENTIALS_FILE', '/dev/null'],
    ] as const) {
      vi.stubEnv(name, value);
    }
    const connection = await (await world.cluster({ s3Credentials: undefined })).connect();
    const backup = connection.run(`BACKUP DATABASE test TO ${literal(withoutKeys)} SEND_CREDENTIALS_TO_TIKV = FALSE`);
    expect(await failure(backup)).toContain(
      `failed to get region of bucket ${bucket}: NoCredentialProviders: no valid providers in chain`,
    );
  });
});
