import { describe, expect, it } from 'vitest';
import { rewindFolder } from '../../../../functions/adapters/files/s3-rewind.ts';
import { usageOfUndelete } from '../../../../functions/domain/planning/cost.ts';
import type { CopyProgress, Rewind, RewoundFiles } from '../../../../functions/domain/storage/backup-files.ts';
import type { PinnedVersion } from '../../../../functions/domain/storage/versions.ts';
import { VersionBucket } from '../../../support/version-bucket.ts';

const START = Date.parse('2026-03-01T10:00:00.000Z');
const END = START + 60_000;
const LOCATION = { type: 's3', bucket: 'bucket', prefix: 'b' } as const;

/** A backup, and what somebody with the database's rights did to it. */
class Damaged {
  readonly bucket: VersionBucket;
  readonly names: string[];
  readonly #meta: PinnedVersion;

  constructor(files: number, isLocked: boolean) {
    this.bucket = new VersionBucket({ now: START, isLocked });
    this.names = Array.from({ length: files }, (_, index) => `1/${String(index).padStart(6, '0')}.sst`);
    for (const name of this.names) this.bucket.put(`b/${name}`, name);
    this.bucket.now = END - 1_000;
    const versionId = this.bucket.put('b/backupmeta', 'meta');
    this.#meta = { eTag: `"${versionId}"`, versionId };
    this.bucket.now = END + 3_600_000;
    this.overwrite(['backupmeta', ...this.names]);
  }

  overwrite(names: readonly string[]): void {
    for (const name of names) {
      this.bucket.put(`b/${name}`, 'garbage');
      this.bucket.remove(`b/${name}`);
    }
    this.bucket.now += 10_000;
  }

  /** One run, which may die. @returns undefined if its time was up */
  async run(rewind: Partial<Rewind> = {}): Promise<RewoundFiles | undefined> {
    const wanted: Rewind = {
      ...{ asOf: END, writtenLast: 'backupmeta', pinned: { backupmeta: this.#meta } },
      isWrittenOnce: (name) => name.endsWith('.sst'),
      isNeverDeleted: (name) => name.endsWith('.sst') || name === 'backupmeta',
      ...rewind,
    };
    try {
      return await rewindFolder(this.bucket.client, LOCATION, wanted, async () => {
        this.bucket.now += 1_000;
      });
    } catch (error) {
      if (rewind.signal?.aborted) return undefined;
      throw error;
    }
  }

  /** Runs of so many calls, until one is done. */
  async runs(calls: number, between = (_run: number) => {}): Promise<{ rewound: RewoundFiles; runs: number }> {
    let copying: CopyProgress | undefined;
    const onCopied = async (progress: CopyProgress) => {
      copying = JSON.parse(JSON.stringify(progress));
    };
    for (let runs = 1; runs <= 20; runs += 1) {
      const time = new AbortController();
      let left = calls;
      this.bucket.onCall = () => {
        left -= 1;
        if (left === 0) time.abort();
      };
      const rewound = await this.run({ copying, onCopied, signal: time.signal });
      if (rewound !== undefined) return { rewound, runs };
      between(runs);
    }
    throw new Error('20 runs were not enough');
  }

  count(command: string): number {
    return this.bucket.calls.filter((call) => call === command).length;
  }

  expectWhole(): void {
    expect(this.bucket.contentOf('b/backupmeta')).toBe('meta');
    expect(this.names.filter((name) => this.bucket.contentOf(`b/${name}`) !== name)).toEqual([]);
  }
}

describe('a folder that takes several runs to rewind', () => {
  it('copies each of 50,000 locked files about once, and looks at each a few times', async () => {
    const damaged = new Damaged(50_000, true);

    const { rewound, runs } = await damaged.runs(15_000);

    damaged.expectWhole();
    expect(runs).toBeGreaterThan(3);
    expect(rewound).toMatchObject({ files: 50_001, copied: { pinned: { eTag: expect.any(String) } } });
    // Each run loses at most a part and a batch.
    expect(damaged.count('CopyObjectCommand')).toBeLessThan(50_001 + runs * 3_000);
    // 150 pages of versions before the copies, 200 after them in each of two looks, and a few for each part and run.
    expect(damaged.count('ListObjectVersionsCommand')).toBeLessThan(150 + 2 * 200 + 25 + runs * 20);
    // From then on the copies count: nothing is left to do.
    const { asOf = 0, pinned: backupmeta } = rewound.copied ?? {};
    const calls = damaged.bucket.calls.length;
    const isOther = () => false;
    const wanted = {
      asOf,
      ...(backupmeta && { pinned: { backupmeta } }),
      isWrittenOnce: isOther,
      isNeverDeleted: isOther,
    };
    expect(await damaged.run(wanted)).toEqual({ files: 50_001, dataBytes: rewound.dataBytes });
    expect(damaged.bucket.calls.length - calls).toBeLessThan(210);
  }, 60_000);

  it('continues with 50,000 files without a lock', async () => {
    const damaged = new Damaged(50_000, false);

    const { rewound, runs } = await damaged.runs(90);

    damaged.expectWhole();
    expect(runs).toBeGreaterThan(2);
    expect(rewound).toMatchObject({ files: 50_001 });
    expect(rewound).not.toHaveProperty('copied');
    expect(damaged.count('CopyObjectCommand')).toBe(0);
  }, 60_000);

  it.each([true, false])(
    'brings back what is damaged again meanwhile (locked: %s)',
    async (isLocked) => {
      const damaged = new Damaged(9_000, isLocked);

      const { rewound } = await damaged.runs(isLocked ? 4_000 : 18, (run) => {
        damaged.bucket.put(`b/1/0000${run}x.sst`, 'never was one of its files');
        if (run <= 2) damaged.overwrite(['backupmeta', ...damaged.names.slice(0, 2_500)]);
      });

      damaged.expectWhole();
      expect(rewound).toMatchObject({ files: 9_001 });
      if (isLocked) expect(damaged.bucket.contentOf('b/1/00001x.sst')).toBeUndefined();
    },
    60_000,
  );

  it('makes as many calls as its plan says', async () => {
    const damaged = new Damaged(2_000, false);
    const { s3List } = usageOfUndelete({ files: 2_001 });
    await damaged.run();
    damaged.bucket.calls = [];
    for (const name of ['backupmeta', ...damaged.names]) damaged.bucket.remove(`b/${name}`);

    await damaged.run();

    // Two more for the table checksums.
    expect(damaged.count('ListObjectVersionsCommand') + damaged.count('ListMultipartUploadsCommand') + 2).toBe(s3List);
  });

  it('survives a death at any call', async () => {
    const whole = new Damaged(2_100, true);
    await whole.run();
    const deaths = whole.bucket.calls.flatMap((call, at) =>
      call !== 'CopyObjectCommand' || at % 1_000 === 0 ? at : [],
    );
    expect(deaths.length).toBeGreaterThan(20);
    for (const death of deaths) {
      const damaged = new Damaged(2_100, true);
      let copying: CopyProgress | undefined;
      const onCopied = async (progress: CopyProgress) => {
        copying = progress;
      };
      damaged.bucket.onCall = () => {
        if (damaged.bucket.calls.length === death) throw new Error('died');
      };
      await expect(damaged.run({ onCopied })).rejects.toThrow('died');
      damaged.bucket.onCall = () => {};
      damaged.bucket.now += 10_000;
      const isRecorded = copying !== undefined;
      expect(await damaged.run({ copying, onCopied }), `call ${death}`).toMatchObject({ files: 2_101 });
      damaged.expectWhole();
      // What was recorded is not copied again.
      expect(damaged.count('CopyObjectCommand')).toBeLessThanOrEqual(isRecorded ? 2_101 + 1_000 : 2 * 2_101);
    }
  }, 60_000);
});
