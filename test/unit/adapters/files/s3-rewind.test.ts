import {
  DeleteObjectsCommand,
  ListMultipartUploadsCommand,
  ListObjectVersionsCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { rewindFolder } from '../../../../functions/adapters/files/s3-rewind.ts';

const END = Date.parse('2026-03-01T10:00:00.500Z');

describe('a folder that is rewound', () => {
  afterEach(() => vi.restoreAllMocks());

  interface Listed {
    Key: string;
    VersionId: string;
    IsLatest: boolean;
    Size: number;
    LastModified: Date;
  }

  /** A bucket with these versions. @param onPage called with the number of versions listed at once */
  function bucketOf(versions: Listed[], pageSize: number, onPage = (_versions: number) => {}): () => Listed[] {
    let left = versions;
    vi.spyOn(S3Client.prototype, 'send').mockImplementation((async (command: unknown) => {
      if (command instanceof ListMultipartUploadsCommand) return {};
      if (command instanceof ListObjectVersionsCommand) {
        const { Prefix = '', VersionIdMarker } = command.input;
        const found = left.filter(({ Key }) => Key.startsWith(Prefix));
        const from = versions.findIndex(({ VersionId }) => VersionId === VersionIdMarker) + 1;
        const rest = found.filter((version) => versions.indexOf(version) >= from);
        const Versions = rest.slice(0, pageSize).map((version) => ({ ...version, IsLatest: version === left[0] }));
        onPage(Versions.length);
        const { Key: NextKeyMarker, VersionId: NextVersionIdMarker } = Versions.at(-1) ?? {};
        return { Versions, IsTruncated: rest.length > pageSize, NextKeyMarker, NextVersionIdMarker };
      }
      if (!(command instanceof DeleteObjectsCommand)) return expect.unreachable('nothing else is asked');
      const deleted = new Set(command.input.Delete?.Objects?.map(({ VersionId }) => VersionId));
      expect(deleted.size).toBeLessThanOrEqual(1_000);
      left = left.filter(({ VersionId }) => !deleted.has(VersionId));
      return {};
    }) as never);
    return () => left;
  }

  /** @param after for each the milliseconds after the end, newest first */
  const versionsOf = (Key: string, ...after: number[]) =>
    after.map((ms, index) => ({
      ...{ Key, VersionId: `v${after.length - index}`, IsLatest: index === 0, Size: 4 },
      LastModified: new Date(END + ms),
    }));

  const LOCATION = { type: 's3', bucket: 'bucket', prefix: 'b' } as const;

  it("reads its store's clock from a first version that is not on the first page", async () => {
    // The store's clock is ahead by a second.
    const left = bucketOf(versionsOf('b/backupmeta', 100_000, 90_000, 1_000), 2);

    const wanted = { asOf: END, writtenLast: 'backupmeta' };
    const rewound = await rewindFolder(new S3Client({ region: 'us-east-1' }), LOCATION, wanted);

    expect(rewound).toMatchObject({ files: 1 });
    expect(left().map(({ VersionId }) => VersionId)).toEqual(['v1']);
  });

  it('recovers a file with more versions than are held at once', async () => {
    const overwritten = Array.from({ length: 5_000 }, (_, index) => 10_000 - index);
    const left = bucketOf(versionsOf('b/1/a.sst', ...overwritten, -1_000), 1_000);

    const wanted = { asOf: END, isWrittenOnce: () => true };
    const rewound = await rewindFolder(new S3Client({ region: 'us-east-1' }), LOCATION, wanted);

    expect(rewound).toMatchObject({ files: 1, dataBytes: 4n });
    expect(left().map(({ VersionId }) => VersionId)).toEqual(['v1']);
  });

  it('stops searching when its time is up', async () => {
    const time = new AbortController();
    let pages = 0;
    bucketOf(versionsOf('b/1/a.sst', ...Array.from({ length: 10 }, (_, index) => 10 - index)), 1, () => {
      pages += 1;
      if (pages === 3) time.abort();
    });

    const look = rewindFolder(new S3Client({ region: 'us-east-1' }), LOCATION, { asOf: END, signal: time.signal });

    await expect(look).rejects.toThrow();
    expect(pages).toBe(3);
  });
});
