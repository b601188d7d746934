import { describe, expect, it } from 'vitest';
import { duration, printable, size, time } from '../../../../clients/cli/format.ts';
import { progressLine, secondsLeft } from '../../../../clients/cli/progress.ts';
import { facts, table } from '../../../../clients/cli/table.ts';

describe('the time left', () => {
  it.each([
    [{ percent: 25, elapsedSeconds: 60 }, 180],
    [{ percent: 100, elapsedSeconds: 60 }, 0],
    // Its own pace counts more than its plan.
    [{ percent: 50, elapsedSeconds: 60, expectedSeconds: 600 }, 60],
    [{ elapsedSeconds: 20, expectedSeconds: 60 }, 40],
    [{ percent: 0, elapsedSeconds: 20, expectedSeconds: 60 }, 40],
    [{ elapsedSeconds: 90, expectedSeconds: 60 }, undefined],
    [{ percent: 1, elapsedSeconds: 5 }, undefined],
    [{ elapsedSeconds: 5 }, undefined],
  ])('of %j is %j', (progress, left) => {
    expect(secondsLeft(progress)).toBe(left);
  });
});

describe('a line of progress', () => {
  it('has a bar, percent, times and the step', () => {
    expect(progressLine({ percent: 50, elapsedSeconds: 72, step: 'backing up' }, 100)).toBe(
      '[############------------]   50 %  1 min 12 s, about 1 min 12 s left  backing up',
    );
  });

  it("uses the plan's pace if the operation reports none, and never shows the end early", () => {
    expect(progressLine({ elapsedSeconds: 30, expectedSeconds: 60 }, 100)).toContain('  50 %');
    expect(progressLine({ elapsedSeconds: 300, expectedSeconds: 60 }, 100)).toContain('  99 %');
  });

  it('fits the terminal', () => {
    expect(progressLine({ percent: 50, elapsedSeconds: 72, step: 'backing up' }, 40)).toHaveLength(39);
  });
});

describe('values', () => {
  it.each([
    [size('0'), '0 B'],
    [size('1023'), '1023 B'],
    [size('16127184'), '15.4 MiB'],
    [size('9223372036854775807'), '8192.0 PiB'],
    [size(undefined), ''],
    [time('2026-03-01T07:00:05.123Z'), '2026-03-01 07:00:05Z'],
    [time('0001-01-01T00:00:00Z'), ''],
    [duration(59.6), '1 min 00 s'],
    [duration(3_661), '1 h 01 min'],
    [printable('a\x1b[31mb\nc'), 'a\\u001b[31mb c'],
  ])('%j', (shown, expected) => {
    expect(shown).toBe(expected);
  });
});

describe('tables', () => {
  it('are as wide as their values', () => {
    expect(
      table(
        ['ID', 'NAME'],
        [
          ['a-long-id', 'A'],
          ['b', undefined],
        ],
        String,
      ),
    ).toEqual(['ID         NAME', 'a-long-id  A', 'b']);
  });

  it('of facts omit unknown values', () => {
    expect(
      facts([
        ['id', 'a'],
        ['status', 'Finished'],
        ['error', undefined],
      ]),
    ).toEqual(['id      a', 'status  Finished']);
  });
});
