import { DeleteObjectsCommand, ListObjectVersionsCommand, S3Client } from '@aws-sdk/client-s3';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { rewindFolder } from '../../../../functions/adapters/files/s3-rewind.ts';

const END = Date.parse('2026-03-01T10:00:00.500Z');

describe('a folder that is taken back', () => {
  afterEach(() => vi.restoreAllMocks());

  it('tells the clock of its store by a first version that is not on the first page', async () => {
    // The store's clock is ahead by a second.
    let versions = [100_000, 90_000, 1_000].map((after, index) => ({
      ...{ Key: 'b/backupmeta', VersionId: `v${3 - index}`, IsLatest: index === 0, Size: 4 },
      LastModified: new Date(END + after),
    }));
    vi.spyOn(S3Client.prototype, 'send').mockImplementation((async (command: unknown) => {
      if (command instanceof ListObjectVersionsCommand) {
        const from = versions.findIndex(({ VersionId }) => VersionId === command.input.VersionIdMarker) + 1;
        const Versions = versions.slice(from, from + 2);
        const IsTruncated = from + 2 < versions.length;
        return {
          Versions,
          IsTruncated,
          NextKeyMarker: 'b/backupmeta',
          NextVersionIdMarker: Versions.at(-1)?.VersionId,
        };
      }
      if (!(command instanceof DeleteObjectsCommand)) return expect.unreachable('nothing else is asked');
      const deleted = command.input.Delete?.Objects?.map(({ VersionId }) => VersionId);
      versions = versions.filter(({ VersionId }) => !deleted?.includes(VersionId));
      return {};
    }) as never);

    const rewound = await rewindFolder(
      new S3Client({ region: 'us-east-1' }),
      { type: 's3', bucket: 'bucket', prefix: 'b' },
      { asOf: END, writtenLast: 'backupmeta' },
    );

    expect(rewound).toMatchObject({ files: 1 });
    expect(versions.map(({ VersionId }) => VersionId)).toEqual(['v1']);
  });
});
