import { afterEach, describe, expect, it, vi } from 'vitest';
import { pacedStarts } from '../../../../functions/adapters/step-functions/paced-starts.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';

afterEach(() => vi.restoreAllMocks());

/** @param refusals names of errors, one a start */
function prepare(refusals: readonly string[] = []) {
  const clock = new VirtualClock();
  const began = clock.now();
  /** When a start was sent, in milliseconds. */
  const sent: number[] = [];
  const left = [...refusals];
  const { start } = pacedStarts(
    {
      arnOf: (_, id) => id,
      exists: async () => false,
      async start() {
        sent.push(clock.now() - began);
        const name = left.shift();
        if (name !== undefined) throw Object.assign(new Error('refused'), { name });
        return true;
      },
    },
    clock,
  );
  const input = { workFlowId: 'b', backupId: 'b', clusterId: 'c', maintenanceStatusChange: true };
  return { sent, start: () => start('BackupCluster', input) };
}

describe('a paced start', () => {
  it('is one of 600 at once, and then of 120 a second', async () => {
    const { sent, start } = prepare();

    for (let number = 0; number < 841; number += 1) await start();

    expect(sent[600]).toBe(0);
    expect(sent[601]).toBeGreaterThan(0);
    expect(sent[840]).toBeCloseTo(2_000, 0);
  });

  it.each(['ThrottlingException', 'TooManyRequestsException', 'ExecutionLimitExceeded'])(
    'waits longer after each %s, by half a second to eight',
    async (name) => {
      vi.spyOn(Math, 'random').mockReturnValue(1);
      const { sent, start } = prepare(Array.from({ length: 6 }, () => name));

      expect(await start()).toBe(true);

      expect(sent.slice(1).map((at, index) => at - (sent[index] ?? 0))).toEqual([
        500, 1_000, 2_000, 4_000, 8_000, 8_000,
      ]);
    },
  );

  it('waits as little as half of that, so that those refused together do not come back together', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(0);
    const { sent, start } = prepare(['ThrottlingException', 'ThrottlingException']);

    await start();

    expect(sent).toEqual([0, 250, 750]);
  });

  it('is given up within 45 seconds, with its own error', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(1);
    const { sent, start } = prepare(Array.from({ length: 99 }, () => 'ExecutionLimitExceeded'));

    await expect(start()).rejects.toMatchObject({ name: 'StartsThrottled', cause: { name: 'ExecutionLimitExceeded' } });

    expect(sent.at(-1)).toBeGreaterThan(30_000);
    expect(sent.at(-1)).toBeLessThanOrEqual(45_000);
  });

  it('is not repeated after any other error', async () => {
    const { sent, start } = prepare(['ExecutionAlreadyExists']);

    await expect(start()).rejects.toMatchObject({ name: 'ExecutionAlreadyExists' });

    expect(sent).toHaveLength(1);
  });
});
