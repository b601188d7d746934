import { describe, expect, it } from 'vitest';
import { BrieQueue } from '../../../infra/local/tidb-sandbox/brie/queue.ts';

const minute = 60_000;
const about = { kind: 'BACKUP', destination: 's3://bucket/path', query: 'BACKUP …', connectionId: 7n } as const;

function queueAt(start: number) {
  const time = { now: start };
  return { queue: new BrieQueue(() => time.now), time };
}

describe('the BRIE queue of a TiDB server', () => {
  it('runs one task at a time, in order of arrival', async () => {
    const { queue } = queueAt(0);
    const [first, second, third] = [queue.register(about), queue.register(about), queue.register(about)];
    const order: bigint[] = [];

    await queue.acquire(first);
    const others = [third, second].toReversed().map((task) => queue.acquire(task).then(() => order.push(task.id)));
    await Promise.resolve();

    expect(order).toEqual([]);
    queue.release();
    await others[0];
    expect(order).toEqual([2n]);
    queue.release();
    await others[1];
    expect(order).toEqual([2n, 3n]);
  });

  it('refuses a task that is canceled while it waits, and continues with the next', async () => {
    const { queue } = queueAt(0);
    const [running, canceled, next] = [queue.register(about), queue.register(about), queue.register(about)];
    await queue.acquire(running);
    const waits = [queue.acquire(canceled), queue.acquire(next)];

    expect(queue.cancel(canceled.id)).toBe(true);

    await expect(waits[0]).rejects.toMatchObject({ errno: 1105, message: 'context canceled' });
    expect(canceled.progress).toMatchObject({ step: 'Wait Canceled', percent: 100 });
    queue.release();
    await waits[1];
    expect(next.executionTime).toBe(0);
  });

  it('does not know the jobs of another server', () => {
    const [{ queue }, { queue: other }] = [queueAt(0), queueAt(0)];
    const task = queue.register(about);
    expect(other.cancel(task.id)).toBe(false);
    expect(other.find(task.id)).toBeUndefined();
  });

  it('keeps the name of a finished step, and marks one that ended early as canceled; both end at 100 %', () => {
    const { queue } = queueAt(0);
    const { progress } = queue.register(about);
    progress.start('Backup', 4);
    progress.advance(1);
    expect(progress).toMatchObject({ step: 'Backup', percent: 25 });
    progress.close();
    expect(progress).toMatchObject({ step: 'Backup Canceled', percent: 100 });

    progress.start('Checksum', 1);
    progress.advance(1);
    progress.close();
    expect(progress).toMatchObject({ step: 'Checksum', percent: 100 });
  });

  it('forgets a finished task after half an hour', () => {
    const { queue, time } = queueAt(0);
    const task = queue.register(about);
    task.finishTime = 0;
    time.now = 29 * minute;
    queue.clearOutdated();
    expect(queue.find(task.id)).toBe(task);
    time.now = 40 * minute;
    queue.clearOutdated();
    expect(queue.find(task.id)).toBeUndefined();
  });

  it("drops even a running task when it clears, which is TiDB's bug", () => {
    const { queue, time } = queueAt(0);
    const task = queue.register(about);
    time.now = 9 * minute;
    queue.clearOutdated();
    expect(queue.find(task.id)).toBe(task);
    time.now = 11 * minute;
    queue.clearOutdated();
    expect(queue.find(task.id)).toBeUndefined();
  });

  it('does not run a task that was dropped while it waited', async () => {
    const { queue, time } = queueAt(0);
    const [running, dropped] = [queue.register(about), queue.register(about)];
    await queue.acquire(running);
    const waits = queue.acquire(dropped);
    time.now = 11 * minute;
    queue.clearOutdated();

    queue.release();

    await expect(waits).rejects.toMatchObject({ errno: 1105, message: 'backup/restore task 2 is canceled' });
    const next = queue.register(about);
    await queue.acquire(next);
    expect(next.executionTime).toBe(11 * minute);
  });
});
