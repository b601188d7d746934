import { beforeEach, expect, it, vi } from 'vitest';
import { continueSweep, sweepHandler } from '../../../functions/triggers/sweep-handler.ts';

const NOON = '2026-03-01T12:00:00.000Z';
const ARN = 'arn:aws:lambda:us-east-1:111122223333:function:sweep';
const invoke = vi.fn();
beforeEach(() => {
  invoke.mockReset();
  vi.spyOn(console, 'info').mockReturnValue();
  vi.spyOn(console, 'warn').mockReturnValue();
  return () => vi.restoreAllMocks();
});

/** @param at minutes after noon */
const times = (at = 0) => ({
  ...{ lastItemMs: 1_000, everyMinutes: 5, invoke },
  now: () => Date.parse(NOON) + at * 60_000,
});
const withLeft = (left: () => number) => ({ getRemainingTimeInMillis: left, invokedFunctionArn: ARN });
/** A sweep that ends as soon as it must. */
const untilCut = async (_now: number, hasTime: () => boolean) => ({ done: hasTime() });

it('sweeps as of the moment for which the event was sent, and returns what came of it', async () => {
  const sweep = vi.fn(async () => ({ started: 1 }));
  const handler = sweepHandler('swept', times(), sweep);

  expect(
    await handler(
      { time: NOON },
      withLeft(() => 5_000),
    ),
  ).toEqual({ started: 1 });
  expect(sweep).toHaveBeenCalledWith(Date.parse(NOON), expect.any(Function), undefined);
});

it('has time for another item until only the time of one is left', async () => {
  let left = 1_001;
  const handler = sweepHandler('swept', times(), async (_now, hasTime) => {
    const before = hasTime();
    left = 1_000;
    return { before, after: hasTime() };
  });

  expect(
    await handler(
      { time: NOON },
      withLeft(() => left),
    ),
  ).toEqual({ before: true, after: false });
});

it('continues at once, as of the same moment, when it runs out of time', async () => {
  await sweepHandler(
    'swept',
    times(4),
    untilCut,
  )(
    { time: NOON, rounds: 2 },
    withLeft(() => 0),
  );

  expect(invoke.mock.calls).toEqual([[ARN, { time: NOON, rounds: 3 }]]);
});

it('continues from where the sweep says that it stopped', async () => {
  const sweep = vi.fn(async (_now: number, hasTime: () => boolean) => ({ done: hasTime(), stoppedAt: { after: 'b' } }));
  await sweepHandler(
    'swept',
    times(),
    sweep,
  )(
    { time: NOON, from: { after: 'a' } },
    withLeft(() => 0),
  );

  expect(sweep).toHaveBeenCalledWith(Date.parse(NOON), expect.any(Function), { after: 'a' });
  expect(invoke.mock.calls).toEqual([[ARN, { time: NOON, rounds: 1, from: { after: 'b' } }]]);
});

it('hands on where it has stopped', async () => {
  await continueSweep(
    { time: NOON },
    withLeft(() => 0),
    times(),
    7,
  );

  expect(invoke.mock.calls).toEqual([[ARN, { time: NOON, rounds: 1, from: 7 }]]);
});

it('ends when it is done, when the next sweep is due, and after too many rounds', async () => {
  await sweepHandler(
    'swept',
    times(),
    untilCut,
  )(
    { time: NOON },
    withLeft(() => 5_000),
  );
  await sweepHandler(
    'swept',
    times(5),
    untilCut,
  )(
    { time: NOON },
    withLeft(() => 0),
  );
  await sweepHandler(
    'swept',
    times(),
    untilCut,
  )(
    { time: NOON, rounds: 99 },
    withLeft(() => 0),
  );

  expect(invoke).not.toHaveBeenCalled();
});

it('fails if it cannot be continued, so that Lambda retries it', async () => {
  invoke.mockRejectedValue(new Error('throttled'));

  await expect(
    sweepHandler(
      'swept',
      times(),
      untilCut,
    )(
      { time: NOON },
      withLeft(() => 0),
    ),
  ).rejects.toThrow('throttled');
});

it('rejects an event without a time', async () => {
  const handler = sweepHandler('swept', times(), async () => ({}));

  await expect(
    handler(
      {},
      withLeft(() => 0),
    ),
  ).rejects.toThrow();
});
