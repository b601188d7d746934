import { beforeEach, describe, expect, it, vi } from 'vitest';
import { countFiles } from '../../../../functions/workflow/shared/count-files.ts';

const LOCATION = { type: 's3', bucket: 'backups', prefix: 'tidb/a' } as const;

/** A clock whose sleeps end when the test says. */
function prepare(sleeps: (signal?: AbortSignal) => Promise<void>) {
  const timers: (AbortSignal | undefined)[] = [];
  const sleep = (ms: number, signal?: AbortSignal) => {
    expect(ms).toBe(10_000);
    timers.push(signal);
    return sleeps(signal);
  };
  return { clock: { now: () => 0, sleep }, timers };
}

beforeEach(() => {
  vi.spyOn(console, 'warn').mockReturnValue();
});

describe('the number of files of a backup', () => {
  const never = () => new Promise<never>(() => {});

  it('is counted, and leaves no timer', async () => {
    const { clock, timers } = prepare(never);

    expect(
      await countFiles(LOCATION, { files: { contents: async () => ({ files: 7, bytes: 9n, lastWritten: 0 }) }, clock }),
    ).toEqual({
      fileCount: 7,
    });
    expect(timers[0]?.aborted).toBe(true);
  });

  it.each<[string, () => Promise<undefined>]>([
    ['that is missing', async () => undefined],
    ['that cannot be listed', async () => Promise.reject(new Error('throttled'))],
    ['that takes long to list', never],
  ])('is unset for one %s', async (_, contents) => {
    const { clock } = prepare(contents === never ? async () => {} : never);

    expect(await countFiles(LOCATION, { files: { contents }, clock })).toEqual({});
  });
});
