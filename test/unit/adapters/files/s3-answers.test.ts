import { syncBuiltinESMExports } from 'node:module';
import timers from 'node:timers/promises';
import { S3Client, S3ServiceException } from '@aws-sdk/client-s3';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createBackupFiles } from '../../../../functions/adapters/files/backup-files.ts';
import { createSecondCopies } from '../../../../functions/adapters/files/s3-copies.ts';
import { deleteVersions } from '../../../../functions/adapters/files/s3-dialects.ts';
import { lockDaysOf, stateOfFile } from '../../../../functions/adapters/files/s3-lock.ts';
import { removeFile, removeFolder } from '../../../../functions/adapters/files/s3-removal.ts';
import { createS3Stores, type S3Stores } from '../../../../functions/adapters/files/s3-stores.ts';
import { abortUploads } from '../../../../functions/adapters/files/s3-uploads.ts';
import { FileRefused, FilesLocked } from '../../../../functions/domain/storage/backup-files.ts';
import type { S3Location } from '../../../../functions/domain/storage/storage-location.ts';
import { NodeFailure } from '../../../../functions/domain/workflow/node-failure.ts';

/* What stores answer that the local ones never do. */

const FOLDER: S3Location = { type: 's3', bucket: 'backups', prefix: 'tidb/c/b' };
const client = new S3Client({ region: 'us-east-1' });

interface SentCommand {
  constructor: { name: string };
  input: {
    Bucket?: string;
    Key?: string;
    VersionId?: string;
    Delete?: { Objects: { Key: string; VersionId?: string }[] };
  };
}

function refusal(name: string, httpStatusCode: number, more: object = {}): S3ServiceException {
  const error = { name, message: name, $fault: 'client', $metadata: { httpStatusCode } } as const;
  return Object.assign(new S3ServiceException(error), more);
}

/** @param answers by action; they throw what the store refuses */
function store(answers: Record<string, (input: SentCommand['input']) => object>): string[] {
  const sent: string[] = [];
  vi.spyOn(S3Client.prototype, 'send').mockImplementation((async (command: SentCommand) => {
    const action = command.constructor.name.replace(/Command$/, '');
    sent.push(action);
    return answers[action]?.(command.input) ?? {};
  }) as never);
  return sent;
}

const throws = (error: Error) => () => {
  throw error;
};

afterEach(() => vi.restoreAllMocks());

describe('a store that throttles deletions', () => {
  const pauses: unknown[] = [];
  beforeEach(() => {
    pauses.length = 0;
    vi.spyOn(timers, 'setTimeout').mockImplementation(async (ms) => void pauses.push(ms));
    syncBuiltinESMExports();
    return () => {
      vi.restoreAllMocks();
      syncBuiltinESMExports();
    };
  });

  const versions = ['a', 'b', 'c'].map((Key) => ({ Key }));

  it('is asked again for what is left, after growing pauses', async () => {
    const asked: string[][] = [];
    store({
      DeleteObjects({ Delete }) {
        const keys = (Delete?.Objects ?? []).map(({ Key }) => Key);
        asked.push(keys);
        return { Errors: keys.slice(asked.length === 3 ? keys.length : 1).map((Key) => ({ Key, Code: 'SlowDown' })) };
      },
    });

    expect(await deleteVersions(client, 'backups', versions)).toEqual([]);

    expect(asked).toEqual([['a', 'b', 'c'], ['b', 'c'], ['c']]);
    expect(pauses).toEqual([100, 200]);
  });

  it('ends the deletion after six tries', async () => {
    const sent = store({ DeleteObjects: () => ({ Errors: [{ Key: 'a', Code: 'SlowDown' }] }) });

    await expect(deleteVersions(client, 'backups', versions)).rejects.toMatchObject({
      ...{ name: 'SlowDown', $metadata: { httpStatusCode: 503 } },
    });
    expect(sent).toHaveLength(6);
  });
});

describe('a store that deletes one by one', () => {
  const deleting = (error: S3ServiceException) => {
    store({ DeleteObjects: throws(refusal('NotImplemented', 501)), DeleteObject: throws(error) });
    return deleteVersions(client, 'backups', [{ Key: 'a' }]);
  };

  it('takes a missing file as deleted', async () => {
    expect(await deleting(refusal('NoSuchKey', 404))).toEqual([]);
  });

  it('reports what it refuses to delete', async () => {
    expect(await deleting(refusal('AccessDenied', 403))).toMatchObject([{ Key: 'a', Code: 'AccessDenied' }]);
  });

  it.each([
    ['is unavailable', refusal('ServiceUnavailable', 503)],
    ['is in another region', refusal('PermanentRedirect', 301, { Region: 'eu-west-1' })],
  ])('fails if it %s', async (_, error) => {
    await expect(deleting(error)).rejects.toBe(error);
  });
});

describe('the lock of a file', () => {
  it('comes with its version, unless versioning is suspended: then every version has the same id', async () => {
    const ObjectLockRetainUntilDate = new Date('2027-01-01T00:00:00.000Z');
    const stateWith = (VersionId: string) => {
      store({ HeadObject: () => ({ ETag: '"e"', VersionId, ObjectLockRetainUntilDate }) });
      return stateOfFile(client, { Bucket: 'backups', Key: 'a' });
    };
    const lockedUntil = '2027-01-01T00:00:00.000Z';

    expect(await stateWith('v1')).toEqual({ lockedUntil, version: { eTag: '"e"', versionId: 'v1' } });
    expect(await stateWith('null')).toEqual({ lockedUntil, version: { eTag: '"e"' } });
  });

  it('is not taken for absent because the request went to the wrong region', async () => {
    const wrong = refusal('PermanentRedirect', 301, { Region: 'eu-west-1' });
    const bad = refusal('AuthorizationHeaderMalformed', 400, { Region: 'eu-west-1' });

    for (const error of [wrong, bad]) {
      store({ HeadObject: throws(error) });
      await expect(stateOfFile(client, { Bucket: 'backups', Key: 'a' })).rejects.toBe(error);
    }
    store({ HeadObject: throws(refusal('Forbidden', 403)) });
    expect(await stateOfFile(client, { Bucket: 'backups', Key: 'a' })).toEqual({});
  });

  it.each([
    ['in days', { Days: 30 }, 30],
    ['in years', { Years: 2 }, 730],
    ['not at all', undefined, undefined],
  ])('of a bucket may be set %s', async (_, DefaultRetention, days) => {
    store({ GetObjectLockConfiguration: () => ({ ObjectLockConfiguration: { Rule: { DefaultRetention } } }) });

    expect(await lockDaysOf(client, { bucket: 'backups' })).toBe(days);
  });
});

describe('unfinished uploads', () => {
  const aborting = (error: Error) => {
    store({ ListMultipartUploads: () => ({ Uploads: [{ Key: 'a' }] }), AbortMultipartUpload: throws(error) });
    return abortUploads(client, FOLDER);
  };

  it('may have ended meanwhile', async () => {
    await expect(aborting(refusal('NoSuchUpload', 404))).resolves.toBeUndefined();
  });

  it('fail the removal if they cannot be aborted', async () => {
    await expect(aborting(refusal('AccessDenied', 403))).rejects.toThrow('AccessDenied');
  });
});

describe('removing files', () => {
  const versionsOf = (...keys: string[]) =>
    keys.map((Key) => ({ Key, VersionId: `of ${Key}`, LastModified: new Date('2026-03-01T10:00:00.000Z') }));

  it('removes one file, and none whose name only starts with its name', async () => {
    const deleted: unknown[] = [];
    store({
      ListObjectVersions: () => ({ Versions: versionsOf('tidb/c/b/backupmeta', 'tidb/c/b/backupmeta.old') }),
      DeleteObjects({ Delete }) {
        deleted.push(...(Delete?.Objects ?? []).map(({ Key }) => Key));
        return {};
      },
      ListObjectsV2: () => ({ Contents: [{ Key: 'tidb/c/b/backupmeta.old' }] }),
    });

    await removeFile(client, FOLDER, 'backupmeta');

    expect(deleted).toEqual(['tidb/c/b/backupmeta']);
  });

  it('waits for the lock of the file listed last, of those written in the same second', async () => {
    const lockOf = { 'tidb/c/b/1.sst': '2027-01-01T00:00:00.000Z', 'tidb/c/b/backupmeta': '2027-01-01T00:00:09.000Z' };
    store({
      ListObjectVersions: () => ({ Versions: versionsOf(...Object.keys(lockOf)) }),
      DeleteObjects: ({ Delete }) => ({
        Errors: Delete?.Objects.map(({ Key, VersionId }) => ({ Key, VersionId, Code: 'AccessDenied' })),
      }),
      GetObjectRetention: ({ Key }) => ({
        Retention: { RetainUntilDate: new Date(lockOf[Key as keyof typeof lockOf]) },
      }),
    });

    await expect(removeFolder(client, FOLDER)).rejects.toEqual(new FilesLocked(FOLDER, '2027-01-01T00:00:09.000Z'));
  });

  it('says until when a second copy is locked', async () => {
    const copy = { bucket: 'copies', region: 'eu-west-1' };
    const locked = new FilesLocked(FOLDER, '2027-01-01T00:00:00.000Z');
    const removing = (error: Error) => {
      const at: S3Stores['at'] = async (location) => {
        if (location.bucket === copy.bucket) throw error;
        return undefined as never;
      };
      const files = createBackupFiles({ at, keysOf: async () => undefined }, {});
      return files.removeAll({ ...FOLDER, copy });
    };

    await expect(removing(locked)).rejects.toBe(locked);
    await expect(removing(new Error('gone'))).rejects.toThrow('its second copy remains: gone');
  });
});

it('a copy in a bucket without versions must have the size of its original', async () => {
  const versionOf = (Size: number) => ({ Key: 'tidb/c/b/a', VersionId: 'null', IsLatest: true, Size });
  const location = { ...FOLDER, copy: { bucket: 'copies', region: 'eu-west-1' } };
  const copies = createSecondCopies({ at: (s3, work) => work(client, s3, undefined) });
  const compare = (size: number) => {
    store({ ListObjectVersions: ({ Bucket }) => ({ Versions: [versionOf(Bucket === 'copies' ? size : 5)] }) });
    return copies.compare(location);
  };

  expect(await compare(4)).toEqual({ files: 0, missing: 'tidb/c/b/a' });
  expect(await compare(5)).toEqual({ files: 1 });
});

it('a store whose keys could not be read is opened again by the next call', async () => {
  let reads = 0;
  const stores = createS3Stores({
    async storageKeys() {
      reads += 1;
      if (reads === 1) throw new NodeFailure('ConfigInvalid', 'the secret cannot be read');
      return { accessKey: 'key', secretAccessKey: 'secret' };
    },
  });
  const location = { ...FOLDER, credentials: { accessKeySecretArn: 'a', secretAccessKeySecretArn: 's' } };
  const keyOf = () => stores.at(location, async (_client, _s3, keys) => keys?.accessKey);

  await expect(keyOf()).rejects.toThrow('the secret cannot be read');
  expect(await keyOf()).toBe('key');
});

describe('a file that cannot be read', () => {
  const KEYS = { accessKeySecretArn: 'arn:a', secretAccessKeySecretArn: 'arn:b' };
  const reading = async (name: string, httpStatusCode: number, location = FOLDER) => {
    store({ GetObject: throws(refusal(name, httpStatusCode)) });
    const storageKeys = async () => ({ accessKey: 'key', secretAccessKey: 'secret' });
    const stores = createS3Stores({ storageKeys });
    return await createBackupFiles(stores, {})
      .read(location, 'backupmeta')
      .then(
        () => expect.unreachable(),
        (error: unknown) => error,
      );
  };

  it.each([
    ['AccessDenied', 403],
    ['InvalidObjectState', 403],
    ['KMS.DisabledException', 400],
  ])('is refused for good: %s', async (name, status) => {
    expect(await reading(name, status)).toBeInstanceOf(FileRefused);
  });

  it.each([
    ['ExpiredToken', 400],
    ['RequestTimeTooSkewed', 403],
    ['KMS.ThrottlingException', 400],
    ['SlowDown', 503],
  ])('can be read later: %s', async (name, status) => {
    const error = await reading(name, status);
    expect(error).not.toBeInstanceOf(FileRefused);
    expect(error).toBeInstanceOf(Error);
  });

  it('because it is archived is not blamed on the configured keys', async () => {
    const error = await reading('InvalidObjectState', 403, { ...FOLDER, credentials: KEYS });
    expect(error).toBeInstanceOf(FileRefused);
    expect(String(error)).not.toContain('BackupS3AccessKey');
  });
});
