import { describe, expect, it } from 'vitest';
import type { BackupRecord } from '../../../../functions/domain/backup/backup-record.ts';
import { scratchDatabase } from '../../../../functions/domain/cluster/scratch.ts';
import { NodeFailure } from '../../../../functions/domain/workflow/node-failure.ts';
import { endScratch } from '../../../../functions/workflow/check/end-scratch.ts';
import { FakeTidb } from '../../../support/fake-tidb.ts';
import { MemoryStores } from '../../../support/memory-stores.ts';
import { aBackup, CREATED } from '../../../support/records.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';

const DATABASE = scratchDatabase('backup-1');
const SCRATCH = aBackup({ attempts: 1, scope: { databases: [DATABASE] } });
const PROCESSING: BackupRecord = { ...SCRATCH, status: 'Processing', startTime: CREATED, progress: 40 };
const LEFTOVERS = { databases: ['__TiDB_BR_Temporary_Snapshot_Restore_Checkpoint'], registered: [] };

function prepare({ record = PROCESSING, hasMeta = true }: { record?: BackupRecord; hasMeta?: boolean } = {}) {
  const stores = new MemoryStores(record);
  const clock = new VirtualClock();
  const tidb = new FakeTidb(clock);
  tidb.scratch.add(DATABASE);
  const begun: string[] = [];
  const run = () =>
    endScratch(
      { workFlowId: 'backup-1', clusterId: 'cluster-1', backupId: 'backup-1' },
      {
        clusters: { lock: async () => ({ outcome: 'locked', cluster: stores.cluster ?? expect.unreachable() }) },
        backups: stores.backups,
        config: stores.config,
        deletions: {
          begin: async (_backupId, at, _dependents, reason = '') => {
            begun.push(reason);
            return { ...SCRATCH, status: 'Deleting', deletions: 1, deleteTime: at };
          },
        },
        executions: { start: async () => true },
        files: { exists: async () => hasMeta },
        ...{ tidb, clock, executor: 'lambda', deadline: Number.POSITIVE_INFINITY, outOfTime: 'too long' },
      },
    );
  return { stores, tidb, begun, run };
}

describe('the end of a scratch backup', () => {
  it('resends an interrupted RESTORE before it drops the database', async () => {
    const { run, tidb, stores, begun } = prepare();
    tidb.leftovers = LEFTOVERS;
    tidb.onSend = () => expect(tidb.scratch).toContain(DATABASE);

    expect(await run()).toEqual({ deletion: expect.objectContaining({ status: 'Deleting' }) });

    expect(tidb.sent).toEqual([
      expect.stringMatching(`^RESTORE .*/attempt-1".*"scope":{"databases":\\["${DATABASE}"\\]}`),
    ]);
    expect(tidb.scratch.size).toBe(0);
    expect(stores.record).toMatchObject({ status: 'Canceled', filesRemain: expect.any(String) });
    expect(begun).toEqual(['it was taken by a check']);
    expect(tidb.openConnections).toBe(0);
  });

  it('resends nothing if none was interrupted', async () => {
    const { run, tidb } = prepare();

    await run();

    expect(tidb.sent).toEqual([]);
    expect(tidb.scratch.size).toBe(0);
  });

  it('resends nothing for an incomplete backup', async () => {
    const { run, tidb } = prepare({ hasMeta: false });
    tidb.leftovers = LEFTOVERS;

    await run();

    expect(tidb.sent).toEqual([]);
    expect(tidb.scratch.size).toBe(0);
  });

  it.each(['RestoreLeftovers', 'TablesInTheWay'] as const)(
    'keeps the leftovers of another restore, as TiDB reports them by %s',
    async (name) => {
      const { run, tidb } = prepare();
      tidb.leftovers = LEFTOVERS;
      tidb.endsWith = new NodeFailure(name, 'of another restore');

      expect(await run()).toMatchObject({ deletion: expect.anything() });

      expect(tidb.scratch.size).toBe(0);
    },
  );

  it('keeps the record with the reason while the RESTORE cannot continue', async () => {
    const { run, tidb, stores, begun } = prepare();
    tidb.leftovers = LEFTOVERS;
    tidb.endsWith = new NodeFailure('RestoreFailed', 'TiKV cannot read the store');

    expect(await run()).toEqual({ left: 'TiKV cannot read the store' });

    expect(tidb.scratch).toContain(DATABASE);
    expect(stores.record).toMatchObject({ status: 'Canceled', filesRemain: 'TiKV cannot read the store' });
    expect(begun).toEqual([]);
  });

  it('ends a statement that outlived its node first', async () => {
    const { run, tidb } = prepare();
    tidb.startLeftover();

    await run();

    expect(tidb.isRunning()).toBe(false);
    expect(tidb.scratch.size).toBe(0);
  });

  it('keeps the record while a statement ignores the kill', async () => {
    const { run, tidb, stores } = prepare();
    tidb.startLeftover();
    tidb.runsFor = 3_600_000;
    tidb.ignoresKill = true;

    expect(await run()).toEqual({ left: 'BACKUP is still running and ignored the kill' });

    expect(tidb.scratch).toContain(DATABASE);
    expect(stores.record).toMatchObject({
      status: 'Canceled',
      filesRemain: expect.stringContaining('ignored the kill'),
    });
  });
});
