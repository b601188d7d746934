import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sendContentMd5 } from '../../../../functions/adapters/files/s3-dialects.ts';
import { removeFolder } from '../../../../functions/adapters/files/s3-removal.ts';
import { FilesLocked } from '../../../../functions/domain/storage/backup-files.ts';
import { startVersionedS3, type VersionedS3 } from '../../../support/versioned-s3.ts';

const FOLDER = { type: 's3', bucket: 'backups', prefix: 'tidb/cluster-1/backup-1' } as const;
const NEIGHBOUR = { key: `${FOLDER.prefix}0/backupmeta`, versionId: 'v1' };

describe('removing a folder', () => {
  let s3: VersionedS3;
  beforeEach(async () => {
    s3 = await startVersionedS3();
    s3.versions.push(NEIGHBOUR);
  });
  afterEach(() => s3.stop());

  const fill = (...versions: [name: string, versionId: string, isDeleteMarker?: boolean][]) => {
    for (const [name, versionId, isDeleteMarker = false] of versions) {
      s3.versions.push({ key: `${FOLDER.prefix}/${name}`, versionId, isDeleteMarker });
    }
  };
  const files = (count: number) => {
    for (let file = 0; file < count; file += 1) fill([`${file}.sst`, 'null']);
  };

  it('removes old versions and delete markers too, page by page, and checks again', async () => {
    fill(['a', 'v1'], ['a', 'v2'], ['a', 'v3', true], ['b', 'v1'], ['c', 'v1', true]);

    await removeFolder(s3.client, FOLDER);

    expect(s3.versions).toEqual([NEIGHBOUR]);
    const [batch, proof] = [['versions', 'delete'], ['versions']];
    expect(s3.requests).toEqual(['uploads', ...batch, ...batch, ...batch, ...proof]);
  });

  it.each(['notImplemented', 'ignored'] as const)('works in a store without versions (%s)', async (versionsAnswer) => {
    s3.versionsAnswer = versionsAnswer;
    files(5);

    await removeFolder(s3.client, FOLDER);

    expect(s3.versions).toEqual([NEIGHBOUR]);
  });

  it('sends Content-MD5 to a store that requires it', async () => {
    s3.demandsMd5 = true;
    files(3);
    await expect(removeFolder(s3.client, FOLDER)).rejects.toHaveProperty('name', 'BadDigest');

    sendContentMd5(s3.client);
    await removeFolder(s3.client, FOLDER);

    expect(s3.versions).toEqual([NEIGHBOUR]);
  });

  it.each(['versions', 'notImplemented'] as const)(
    'deletes one by one in a store without batch deletion (%s)',
    async (versionsAnswer) => {
      s3.deletesSeveral = false;
      s3.versionsAnswer = versionsAnswer;
      fill(['a', 'v1'], ['a', 'v2'], ['b', 'v1']);

      await removeFolder(s3.client, FOLDER);

      expect(s3.versions).toEqual([NEIGHBOUR]);
    },
  );

  it('fails if an object cannot be deleted individually either', async () => {
    s3.deletesSeveral = false;
    files(3);
    s3.locked.set(`${FOLDER.prefix}/1.sst`, '2027-03-02T10:00:00.000Z');
    await expect(removeFolder(s3.client, FOLDER)).rejects.toEqual(new FilesLocked(FOLDER, '2027-03-02T10:00:00.000Z'));

    s3.locked.set(`${FOLDER.prefix}/1.sst`, undefined);
    await expect(removeFolder(s3.client, FOLDER)).rejects.toThrow('could not be deleted: AccessDenied');
  });

  it.each(['<NextKeyMarker/>', '<NextKeyMarker>a</NextKeyMarker><NextUploadIdMarker>1</NextUploadIdMarker>'])(
    'looks for uploads once if the last page ends with %s',
    async (marker) => {
      s3.uploadsAnswer = `<ListMultipartUploadsResult>${marker}<IsTruncated>false</IsTruncated></ListMultipartUploadsResult>`;

      await removeFolder(s3.client, FOLDER);

      expect(s3.requests.filter((action) => action === 'uploads')).toHaveLength(1);
    },
  );

  it('fails if an object cannot be deleted', async () => {
    files(3);
    s3.locked.set(`${FOLDER.prefix}/1.sst`, undefined);

    await expect(removeFolder(s3.client, FOLDER)).rejects.toThrow('1 files below s3://backups/tidb/cluster-1/backup-1');
  });

  it('of locked files deletes no page after the first refusal, and says when the newest of all is unlocked', async () => {
    files(1);
    for (const day of [2, 3, 4]) {
      const key = `${FOLDER.prefix}/${day}.sst`;
      s3.versions.push({ key, versionId: 'v1', lastModified: `2026-03-0${day === 4 ? 1 : day}T10:00:00.000Z` });
      s3.locked.set(key, `2027-03-0${day}T10:00:00.000Z`);
    }

    const refusal = removeFolder(s3.client, FOLDER);

    // The lock of 3.sst, on the second page, although the oldest, also there, is locked for longer.
    await expect(refusal).rejects.toEqual(new FilesLocked(FOLDER, '2027-03-03T10:00:00.000Z'));
    expect(s3.requests).toEqual(['uploads', 'versions', 'delete', 'retention', 'versions', 'retention']);
    expect(s3.versions).toHaveLength(1 + 3);
  });

  it.each(['versions', 'ignored'] as const)('fails if someone is still writing (%s)', async (versionsAnswer) => {
    s3.versionsAnswer = versionsAnswer;
    files(1);
    s3.onDelete = () => fill(['0.sst', 'v9']);

    await expect(removeFolder(s3.client, FOLDER)).rejects.toThrow('files are still written');
  });

  it('starts no further batch when its time is up', async () => {
    files(5);
    const time = new AbortController();
    s3.onDelete = () => time.abort(new Error('time is up'));

    await expect(removeFolder(s3.client, FOLDER, time.signal)).rejects.toThrow('time is up');

    expect(s3.versions).toHaveLength(1 + 3);
    await removeFolder(s3.client, FOLDER);
    expect(s3.versions).toEqual([NEIGHBOUR]);
  });
});
