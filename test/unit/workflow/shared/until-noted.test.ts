import { describe, expect, it, vi } from 'vitest';
import { NodeFailure } from '../../../../functions/domain/workflow/node-failure.ts';
import { untilNoted } from '../../../../functions/workflow/shared/until-noted.ts';
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
    ['until the deadline of a function', 300_000, 285, 300],
    ['some seconds at its end', 0, 5, 10],
    ['for an hour on the worker', Number.POSITIVE_INFINITY, 3_580, 3_600],
  ])('is noted again %s', async (_, deadlineMs, atLeast, atMost) => {
    const { runner, away, seconds } = prepare(deadlineMs);

    await expect(untilNoted(away, runner)).rejects.toThrow('throttled');
    expect(seconds()).toBeGreaterThanOrEqual(atLeast);
    expect(seconds()).toBeLessThanOrEqual(atMost);
  });

  it('is not noted by a run that another has taken over', async () => {
    const { runner, seconds } = prepare(300_000);
    const superseded = new NodeFailure('OperationSuperseded', 'another run has taken it over');

    await expect(untilNoted(async () => Promise.reject(superseded), runner)).rejects.toBe(superseded);
    expect(seconds()).toBe(0);
  });
});
