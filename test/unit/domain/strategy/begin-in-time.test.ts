import { describe, expect, it } from 'vitest';
import type { Maintenance } from '../../../../functions/domain/cluster/cluster.ts';
import { assertInTime, whyAbandoned, whyTooLate } from '../../../../functions/domain/strategy/begin-in-time.ts';
import { aBackup, CREATED, later } from '../../../support/records.ts';

const MINUTE = 60;
const DAY = 24 * 60 * MINUTE;

const asked: Maintenance = { status: 'BackUp', operationId: 'backup-1', since: CREATED };
const inWindow = (windowEnd: string | undefined): Maintenance => ({
  ...asked,
  claim: {
    claimId: 'claim-1',
    windowStart: CREATED,
    nextRunAt: later(DAY),
    ...(windowEnd !== undefined && { windowEnd }),
  },
});

describe('a waiting operation', () => {
  it.each([
    ['that a user asked for', asked, DAY],
    ['of a window whose end is not known', inWindow(undefined), DAY],
    ['of a window', inWindow(later(60 * MINUTE)), 60 * MINUTE],
    ['that was started as its window ended', inWindow(later(MINUTE)), 5 * MINUTE],
  ])('%s has to start within its time limit, to the millisecond', (_, maintenance, seconds) => {
    const end = Date.parse(later(seconds));

    expect(whyTooLate(maintenance, end - 1)).toBeUndefined();
    expect(whyTooLate(maintenance, end)).toContain('Lambda did not run its functions');
  });

  it('is abandoned with its time limit and the reason', () => {
    const tooLate = Date.parse(later(DAY));

    expect(whyTooLate(asked, tooLate)).toBe(
      'Lambda did not run its functions within 24 hours: they were throttled (429), or inactive functions were not ready yet',
    );
    expect(whyTooLate(inWindow(later(MINUTE)), tooLate)).toContain('while the window was open');
    expect(() => assertInTime(asked, tooLate)).toThrow(
      expect.objectContaining({ name: 'TooLateToBegin', message: whyTooLate(asked, tooLate) }),
    );
  });

  it('continues in time, or if its start of waiting is unknown', () => {
    expect(() => assertInTime(asked, Date.parse(CREATED))).not.toThrow();
    expect(() => assertInTime(undefined, Date.parse(later(DAY)))).not.toThrow();
  });
});

describe('a backup that waits to start', () => {
  const [soon, tooLate] = [Date.parse(CREATED), Date.parse(later(DAY))];

  it('is abandoned if a user cancels it, or if it is too late', () => {
    const canceled = { Error: 'BackupCanceled', Cause: 'a user canceled the backup' };

    expect(whyAbandoned(aBackup({ cancelRequested: true }), asked, soon)).toEqual(canceled);
    expect(whyAbandoned(aBackup({ cancelRequested: true }), asked, tooLate)).toEqual(canceled);
    expect(whyAbandoned(aBackup(), asked, tooLate)).toEqual({
      Error: 'TooLateToBegin',
      Cause: whyTooLate(asked, tooLate),
    });
    expect(whyAbandoned(aBackup(), asked, soon)).toBeUndefined();
  });

  it('is not abandoned once it has started', () => {
    const begun = { ...aBackup(), status: 'Processing', startTime: CREATED, progress: 1 } as const;

    expect(whyAbandoned(begun, asked, tooLate)).toBeUndefined();
  });
});
