import { describe, expect, it, vi } from 'vitest';
import { NodeFailure } from '../../../../functions/domain/workflow/node-failure.ts';
import { untilRecorded } from '../../../../functions/workflow/shared/until-recorded.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';

function prepare(deadlineMs: number) {
  vi.spyOn(console, 'warn').mockReturnValue();
  const clock = new VirtualClock();
  const began = clock.now();
  const runner = { clock, deadline: began + deadlineMs };
  const away = async () => Promise.reject(new Error('throttled'));
  return { runner, away, seconds: () => (clock.now() - began) / 1_000 };
}

describe('a success', () => {
  it.each([
    ['until the deadline of a function', 300_000, 285.5],
    ['while the next pause ends before the deadline', 30_501, 30.5],
    ['not if the next pause ends at the deadline', 30_500, 15.5],
    ['for some seconds past the deadline', 0, 7.5],
    ['for an hour on the worker', Number.POSITIVE_INFINITY, 3_585.5],
  ])('is retried %s', async (_, deadlineMs, gaveUpAfter) => {
    const { runner, away, seconds } = prepare(deadlineMs);

    await expect(untilRecorded(away, runner)).rejects.toThrow('throttled');
    expect(seconds()).toBe(gaveUpAfter);
  });

  it('is recorded once the store is back', async () => {
    const { runner, seconds } = prepare(300_000);
    let calls = 0;

    await untilRecorded(async () => {
      calls += 1;
      if (calls < 4) throw new Error('throttled');
    }, runner);
    expect([calls, seconds()]).toEqual([4, 3.5]);
  });

  it('is not recorded by a run that another has replaced', async () => {
    const { runner, seconds } = prepare(300_000);
    const superseded = new NodeFailure('OperationSuperseded', 'another run has taken it over');

    await expect(untilRecorded(async () => Promise.reject(superseded), runner)).rejects.toBe(superseded);
    expect(seconds()).toBe(0);
  });
});
