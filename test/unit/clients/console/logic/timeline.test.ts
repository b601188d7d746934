import { describe, expect, it } from 'vitest';
import { layOut, ticks } from '../../../../../clients/console/src/logic/timeline.ts';

const RANGE = { from: Date.UTC(2026, 0, 1), to: Date.UTC(2026, 0, 11) };
const day = (n: number) => new Date(RANGE.from + n * 86_400_000).toISOString();

const backup = (backupId: string, n: number, change: object = {}) => ({
  ...{ backupId, backupType: 'full' as const, backupMode: 'auto' as const, status: 'Finished' as const },
  createTime: day(n),
  ...change,
});

describe('the timeline', () => {
  it('places backups and missed windows between the ends of the range', () => {
    const missed = [{ start: day(5), end: day(5), reason: 'the cluster was held' }];
    const { marks } = layOut([backup('a', 0), backup('b', 10, { status: 'Failed' })], missed, RANGE);

    expect(marks).toMatchObject([
      { kind: 'full', x: 0, backupIds: ['a'] },
      { kind: 'failed', x: 1, backupIds: ['b'] },
      { kind: 'missed', x: 0.5, reason: 'the cluster was held' },
    ]);
  });

  it('leaves out what lies outside the range', () => {
    expect(layOut([backup('early', -1), backup('late', 11)], [], RANGE).marks).toEqual([]);
  });

  it('joins an incremental backup to its base', () => {
    const incr = backup('b', 5, { backupType: 'incr', baseBackupId: 'a' });

    expect(layOut([incr, backup('a', 0)], [], RANGE).links).toEqual([{ from: 0, to: 0.5, fromKind: 'full' }]);
  });

  it('merges marks that are too close together, newest first, and limits their number', () => {
    const many = Array.from({ length: 1_000 }, (_, n) => backup(`b${n}`, 10 - n / 100));
    const { marks } = layOut(many, [], RANGE);

    expect(marks.length).toBeLessThanOrEqual(61);
    expect(marks.reduce((sum, { count }) => sum + count, 0)).toBe(1_000);
    expect(marks[0]?.backupIds[0]).toBe('b0');
  });

  it('says for each mark whether its backups stay', () => {
    const fates = new Map([
      ['a', 'keep' as const],
      ['b', 'remove' as const],
      ['c', 'remove' as const],
    ]);
    const { marks } = layOut([backup('a', 0), backup('b', 0.001), backup('c', 9)], [], RANGE, fates);

    expect(marks.map(({ fate }) => fate)).toEqual(['mixed', 'remove']);
  });

  it('writes dates from the first to the last moment', () => {
    expect(ticks(RANGE, 3)).toEqual([RANGE.from, Date.UTC(2026, 0, 6), RANGE.to]);
  });
});
