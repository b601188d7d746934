import { describe, expect, it, vi } from 'vitest';
import type { LookedAtLink } from '../../../../functions/workflow/restore/look-before-restore.ts';
import { whatIsRestored } from '../../../../functions/workflow/restore/what-is-restored.ts';
import { later } from '../../../support/records.ts';
import { FINISHED, INPUT, prepare } from '../../../support/restore-node.ts';

describe('node restoreFromSrcCluster', () => {
  describe('after a run that died or whose answer was lost', () => {
    const ORDERS = { database: 'shop', table: 'orders' };
    const afterDeath = (restored = 0) => {
      vi.spyOn(console, 'warn').mockReturnValue();
      const prepared = prepare();
      const { stores, tidb } = prepared;
      stores.restoreRuns = 1;
      const statement = { server: 'tidb-1:4000', connectionId: '77' };
      stores.restore = restored === 0 ? { restored, statement } : { restored };
      tidb.tables = [ORDERS];
      return prepared;
    };
    /** The previous run's RESTORE. */
    const sent = ({ tidb }: ReturnType<typeof prepare>, runsFor: number) => {
      tidb.runsFor = runsFor;
      tidb.startLeftover();
    };

    it('succeeds without asking TiDB if all was restored', async () => {
      const { run, tidb, stores } = afterDeath(1);

      await expect(run()).resolves.toEqual({ executor: 'lambda', backupTso: '449', sizeBytes: '77' });
      expect(tidb.sent).toEqual([]);
      expect(stores.succeededAt).toBeDefined();
    });

    it('waits for its RESTORE on the server that runs it, and adopts it', async () => {
      const prepared = afterDeath();
      const { run, tidb, stores, clock } = prepared;
      sent(prepared, 300_000);
      const began = clock.now();

      await expect(run()).resolves.toMatchObject({ backupTso: '449', sizeBytes: '77' });

      expect(clock.now() - began).toBeGreaterThan(300_000);
      expect({ sent: tidb.sent, killed: tidb.killed }).toEqual({ sent: [], killed: [] });
      expect(tidb.wantedServer).toBe('tidb-1:4000');
      expect(stores.restore).toEqual({ restored: 1 });
    });

    it('continues a day after the request: it has started in time', async () => {
      const { run, stores } = afterDeath(1);
      stores.hold({ since: later(-86_400) });

      await expect(run()).resolves.toMatchObject({ backupTso: '449' });
    });

    it('keeps the previous run from sending anything', async () => {
      const prepared = afterDeath();
      sent(prepared, 1_000);

      await prepared.run();

      expect(prepared.tidb.disconnected).toEqual(['77']);
    });

    it.each([
      ['TiDB has forgotten it', { hidesProgress: true }],
      ['a table is missing', { tables: [], backupHolds: [ORDERS, { database: 'shop', table: 'items' }] }],
      ['BR has left something behind', { leftovers: { databases: ['__TiDB_BR_Temporary_mysql'], registered: [] } }],
    ])('fails if it has ended and %s, and reports what is left', async (_, state) => {
      const prepared = afterDeath();
      sent(prepared, 1_000);
      Object.assign(prepared.tidb, { ...state, tables: [ORDERS] });

      await expect(prepared.run()).rejects.toMatchObject({
        name: 'TidbConnectionLost',
        message: expect.stringMatching(
          /^an earlier run of the node died while RESTORE ran, and nothing proves that it finished; it left /,
        ),
      });
      expect(prepared.tidb.sent).toEqual([]);
    });

    it('restores if it never started', async () => {
      const { run, tidb } = afterDeath();
      tidb.tables = [];

      await expect(run()).resolves.toMatchObject({ backupTso: '449' });
      expect(tidb.sent).toHaveLength(1);
    });

    it('fails if it is unknown whether it is running', async () => {
      const prepared = afterDeath();
      sent(prepared, 1_000);
      prepared.tidb.silentServer = 'tidb-0:10080';

      await expect(prepared.run()).rejects.toMatchObject({
        name: 'TidbConnectionLost',
        message: expect.stringContaining('it may still be running'),
      });
      expect(prepared.tidb.sent).toEqual([]);
    });

    it('kills it when its own time is up', async () => {
      const prepared = afterDeath();
      sent(prepared, 3_600_000);

      await expect(prepared.run()).rejects.toMatchObject({ name: 'OutOfTime' });
      expect(prepared.tidb.isRunning()).toBe(false);
    });

    it('never takes a cluster for empty that has been restored into', async () => {
      for (const restored of [0, 1]) {
        const prepared = afterDeath(restored);
        if (restored === 0) sent(prepared, 1_000);
        const { deps, tidb } = prepared;
        const link = {
          record: FINISHED,
          contents: { databases: ['shop'], tables: [ORDERS] },
        } as unknown as LookedAtLink;
        const look = { links: [link], release: {}, tables: [ORDERS], emptyDatabases: [], isProvenEmpty: true };
        const statement = { server: 'tidb-1:4000', connectionId: '77' };
        const earlier = restored === 0 ? { restored, statement } : { restored };

        const begun = whatIsRestored(earlier, look, INPUT, await tidb.openSession(), { ...deps, note: async () => {} });

        await expect(begun).resolves.toEqual({ restored: 1, isProvenEmpty: false });
      }
    });

    it('does not start the next link if that of the previous run has ended', async () => {
      const { deps, tidb } = afterDeath();
      tidb.tables = [];
      const link = { record: FINISHED, contents: { databases: [], tables: [] } } as unknown as LookedAtLink;
      const look = { links: [link, link], release: {}, tables: [], emptyDatabases: [], isProvenEmpty: false };
      const earlier = { restored: 1, statement: { server: 'tidb-1:4000', connectionId: '77' } };
      const session = await tidb.openSession();

      await expect(
        whatIsRestored(earlier, look, INPUT, session, { ...deps, note: async () => {} }),
      ).rejects.toMatchObject({ name: 'TidbConnectionLost' });
    });
  });

  it('after its connection was lost, succeeds if TiDB reports success', async () => {
    const { run, tidb } = prepare();
    Object.assign(tidb, { runsFor: 60_000, losesConnectionAfter: 10_000 });
    tidb.onSend = () => Object.assign(tidb, { tables: tidb.backupHolds });

    await expect(run()).resolves.toEqual({ executor: 'lambda', backupTso: '449', sizeBytes: '77' });
  });

  it('after its connection was lost, fails if a table is missing, whatever TiDB says', async () => {
    const { run, tidb } = prepare();
    Object.assign(tidb, { runsFor: 60_000, losesConnectionAfter: 10_000 });

    await expect(run()).rejects.toMatchObject({ name: 'TidbConnectionLost' });
  });

  it('after its connection was lost, fails if databases of BR are left, whatever TiDB says', async () => {
    const { run, tidb } = prepare();
    Object.assign(tidb, { runsFor: 60_000, losesConnectionAfter: 10_000 });
    const databases = ['__TiDB_BR_Temporary_Snapshot_Restore_Checkpoint'];
    tidb.onSend = () => Object.assign(tidb, { tables: tidb.backupHolds, leftovers: { databases, registered: [] } });

    await expect(run()).rejects.toMatchObject({ name: 'TidbConnectionLost' });
  });

  it('after its connection was lost, fails if nothing shows that it finished', async () => {
    const { run, tidb } = prepare();
    Object.assign(tidb, { runsFor: 60_000, losesConnectionAfter: 10_000, hidesProgress: true });

    await expect(run()).rejects.toMatchObject({ name: 'TidbConnectionLost' });
  });
});
