import { describe, expect, it } from 'vitest';
import { byClockOfStore, stateAsOf, type VersionListed } from '../../../../functions/domain/storage/versions.ts';

const END = Date.parse('2026-03-01T10:00:00.500Z');
const SECOND = 1_000;

/** Versions of a file, the newest first: seconds after the end of the backup, with a `-` for a delete marker. */
function versions(...written: (number | `${number}-`)[]): VersionListed[] {
  return written.map((when, index) => ({
    key: 'backupmeta',
    versionId: `v${written.length - index}`,
    isLatest: index === 0,
    isMarker: typeof when === 'string',
    size: 1,
    writtenAt: Math.floor(END / SECOND) * SECOND + Number.parseInt(String(when), 10) * SECOND,
  }));
}

const idsOf = ({ right, upon }: ReturnType<typeof stateAsOf>) => [
  right?.versionId,
  ...upon.map(({ versionId }) => versionId),
];

describe('how a file was at the end of its backup', () => {
  it.each([
    ['is what was written last by then, whatever was put upon it', versions('30-', 20, 0), ['v1', 'v3', 'v2']],
    ['is the last of what the backup itself wrote', versions(-1, -5), ['v2']],
    ['is gone if the backup itself deleted it', versions('-1-', -5), [undefined]],
    ['stays gone if somebody has written it again', versions(30, '-1-', -5), [undefined]],
    ['takes a deletion for the later of what happened in one second', versions(30, '-1-', -1), [undefined]],
    ['goes by the latest version, whatever else happened in its second', versions(-1, '-1-'), ['v2']],
    ['is lost if all that is kept was written later', versions('90-', 1), [undefined]],
    ['is lost if nothing but markers is left', versions('90-'), [undefined]],
  ])('%s', (_title, of, expected) => {
    expect(idsOf(stateAsOf(of.toReversed(), END))).toEqual(expected);
  });

  it.each([
    ['deleted in the second in which it was written', versions('0-', 0), ['v1', 'v2']],
    ['deleted before the end', versions('-1-', -5), ['v1', 'v2']],
    ['deleted before the end, and written again after it', versions(30, '-1-', -5), ['v1', 'v3', 'v2']],
    ['deleted, and lost', versions('-1-'), [undefined]],
  ])('counts of what BR never deletes although somebody has: %s', (_title, of, expected) => {
    expect(idsOf(stateAsOf(of.toReversed(), END, true))).toEqual(expected);
  });

  it('is the newest version of what is written after the end, such as a manifest', () => {
    expect(idsOf(stateAsOf(versions('90-', '80-', 70, 0), Number.POSITIVE_INFINITY))).toEqual(['v2', 'v4', 'v3']);
    expect(idsOf(stateAsOf(versions('90-'), Number.POSITIVE_INFINITY))).toEqual([undefined]);
  });
});

describe('the end of a backup by the clock of its store', () => {
  const second = Math.floor(END / SECOND) * SECOND;

  it.each([
    ['is as noted if its last file was written by then', versions('30-', 20, 0), END],
    ['is when its last file was written, if that clock is ahead', versions(40, 3), second + 3 * SECOND],
    ['is as noted if that file is one of somebody else, long after', versions(90), END],
    ['is as noted if nothing is left of that file', versions('3-'), END],
  ])('%s', (_title, of, expected) => {
    expect(byClockOfStore(END, of)).toBe(expected);
  });
});
