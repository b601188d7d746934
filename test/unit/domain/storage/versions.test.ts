import { describe, expect, it } from 'vitest';
import {
  byClockOfStore,
  type RightVersion,
  type VersionListed,
  VersionsOfFile,
  versionsAbove,
} from '../../../../functions/domain/storage/versions.ts';

const END = Date.parse('2026-03-01T10:00:00.500Z');
const SECOND = 1_000;

/** Versions of a file, newest first: seconds after the end of the backup, with a `-` for a delete marker. */
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

/** In the order of a listing's page: the markers first. */
const listed = (of: VersionListed[]) => of.toSorted((a, b) => Number(b.isMarker) - Number(a.isMarker));

function stateOf(of: VersionListed[], wanted: RightVersion): VersionsOfFile {
  const file = new VersionsOfFile(wanted);
  for (const version of listed(of)) file.add(version);
  return file;
}

/** Positions of the right version, and of what covers it. */
const idsOf = ({ right, upon }: VersionsOfFile) => [
  right?.versionId,
  ...(upon ?? []).map(({ versionId }) => versionId).sort(),
];

describe('the version of a file at the end of its backup', () => {
  it.each([
    ['is the last one written by then, whatever covers it', versions('30-', 20, 0), ['v1', 'v2', 'v3']],
    ['is the last one that the backup itself wrote', versions(-1, -5), ['v2']],
    ['does not exist if the backup itself deleted it', versions('-1-', -5), [undefined]],
    ['does not exist even if somebody has written it again', versions(30, '-1-', -5), [undefined]],
    ['does not exist if it was written and deleted in the same second', versions(30, '-1-', -1), [undefined]],
    ['is the newest one, whatever else happened in the same second', versions(-1, '-1-'), ['v2']],
    ['is lost if every version left was written later', versions('90-', 1), [undefined]],
    ['is lost if only delete markers are left', versions('90-'), [undefined]],
  ])('%s', (_title, of, expected) => {
    expect(idsOf(stateOf(of, { asOf: END }))).toEqual(expected);
  });

  it.each([
    ['deleted in the second in which it was written', versions('0-', 0), ['v1', 'v2']],
    ['deleted before the end', versions('-1-', -5), ['v1', 'v2']],
    ['deleted before the end, and written again after it', versions(30, '-1-', -5), ['v1', 'v2', 'v3']],
    ['deleted, and lost', versions('-1-'), [undefined]],
  ])('exists although it was deleted, because BR never deletes the file: %s', (_title, of, expected) => {
    expect(idsOf(stateOf(of, { asOf: END, isNeverDeleted: true }))).toEqual(expected);
  });

  it('is the newest one of a file written after the end, such as a manifest', () => {
    const newest = { asOf: Number.POSITIVE_INFINITY };
    expect(idsOf(stateOf(versions('90-', '80-', 70, 0), newest))).toEqual(['v2', 'v3', 'v4']);
    expect(idsOf(stateOf(versions('90-'), newest))).toEqual([undefined]);
  });

  // S3 dates a multipart upload by its start: -3 is written on -5, long after the end.
  it.each([
    [
      'of a file that BR writes once, the first version is right',
      versions(-3, -5),
      { isWrittenOnce: true },
      ['v1', 'v2'],
    ],
    [
      'of versions with the same date, the one listed later is the first',
      versions(-5, -5),
      { isWrittenOnce: true },
      ['v1', 'v2'],
    ],
    ['delete markers do not count', versions('-4-', -3, -5), { isWrittenOnce: true }, ['v1', 'v2', 'v3']],
    ['a recorded version id decides', versions(-7, -5), { pinned: { eTag: '', versionId: 'v1' } }, ['v1', 'v2']],
    ['versions below the newest one stay', versions(-5, -7), { pinned: { eTag: '', versionId: 'v2' } }, ['v2']],
    [
      'the file is lost if the recorded version no longer exists',
      versions(-5, -7),
      { pinned: { eTag: '', versionId: 'v9' } },
      [undefined],
    ],
    ['any other file goes by its dates', versions(-7, -5), {}, ['v1', 'v2']],
  ])('is not misled by the date of an upload: %s', (_title, of, wanted, expected) => {
    expect(idsOf(stateOf(of, { asOf: END, ...wanted }))).toEqual(expected);
  });

  it('holds a thousand versions, and reads those of a file with more from another listing', () => {
    const many = versions(...Array.from({ length: 3_000 }, (_, index) => 3_000 - index), 0);
    const wanted = { asOf: END, isWrittenOnce: true };
    const file = stateOf(many, wanted);

    expect(file).toMatchObject({ right: { versionId: 'v1' }, upon: undefined });
    const right = file.right ?? expect.unreachable('it has one');
    expect([...versionsAbove(many, right, wanted)]).toHaveLength(3_000);
  });
});

describe('the end of a backup by the clock of its store', () => {
  const second = Math.floor(END / SECOND) * SECOND;

  it.each([
    ['is as recorded if its last file was written by then', versions('30-', 20, 0), END],
    ['is when its last file was written, if that clock is ahead', versions(40, 3), second + 3 * SECOND],
    ['is as recorded if somebody else wrote that file long after', versions(90), END],
    ['is as recorded if nothing is left of that file', versions('3-'), END],
  ])('%s', (_title, of, expected) => {
    const first = Math.min(...of.filter(({ isMarker }) => !isMarker).map(({ writtenAt }) => writtenAt));
    expect(byClockOfStore(END, first)).toBe(expected);
  });
});
