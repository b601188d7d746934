import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createSecretReader } from '../../../functions/adapters/secrets/secret-reader.ts';
import { createTidbGateway } from '../../../functions/adapters/tidb/gateway.ts';
import { attemptLocation } from '../../../functions/domain/backup/backup-record.ts';
import { restoreExistCluster } from '../../../functions/operations/restore/restore-exist-cluster.ts';
import { heldChain } from '../../../functions/workflow/restore/held-chain.ts';
import { backupChains } from '../../support/backup-chains.ts';
import { CREATED } from '../../support/records.ts';

const MINUTE = 60_000;

describe('chains of backups, by the real operations and nodes, with a TiDB', () => {
  const chains = backupChains();
  const {
    deps,
    run,
    start,
    backUp,
    restore,
    RESTORED,
    remove,
    record,
    finishedRecord,
    tables,
    prepare,
    startByStrategy,
    mark,
    rows,
  } = chains;

  it('never builds on a backup of another TiDB of the same registration', async () => {
    const other = await chains.world.cluster();
    await other.sql('CREATE DATABASE shop');
    await other.sql('CREATE TABLE shop.orders (id INT PRIMARY KEY)');
    const { source, full } = await prepare();
    const { endpoints, account, ...settings } =
      (await chains.world.clusters.get(other.clusterId)) ?? expect.unreachable('it is registered');
    const former = (await chains.world.clusters.get(source.clusterId))?.tidb;
    await chains.world.clusters.change(source.clusterId, { ...settings, endpoints, account }, CREATED);

    const refused = await run((await start(source, 'incr')).backupId);
    const changed = (await chains.world.clusters.get(source.clusterId))?.tidb;
    const byStrategy = await startByStrategy(source);
    await run(byStrategy);
    const upon = await backUp(source, 'incr');

    expect(former?.clusterId).toBe((await finishedRecord(full)).tidbClusterId);
    expect(refused.error).toBe('BaseUnfit');
    expect(refused.cause).toContain('the registration now leads to');
    expect(changed).toMatchObject({ formerClusterId: former?.clusterId });
    expect(changed?.clusterId).not.toBe(former?.clusterId);
    expect(await record(byStrategy)).toMatchObject({ status: 'Finished', backupType: 'full' });
    expect(await record(upon)).toMatchObject({ base: { backupId: byStrategy }, tidbClusterId: changed?.clusterId });
  });

  it.each(['7.1', '8.5'])('never mistakes the end of one link for that of the next, on TiDB %s', async (version) => {
    const { full, first } = await prepare({ version });
    const target = await chains.world.cluster({ version });
    target.sandbox.setFaults([{ match: `^RESTORE.*/${first}/`, action: 'drop' }]);

    const { error, cause } = await restore(target, first);

    expect(error).toBe('TidbConnectionLost');
    expect(cause).toContain('the connection to TiDB was lost while RESTORE ran');
    const rows = await target.sql('SHOW RESTORES');
    expect(rows).toEqual([expect.objectContaining({ Destination: expect.stringContaining(full), State: 'Checksum' })]);
  });

  it.each(['7.1', '8.5'])('continues after the link that a dead node restored, on TiDB %s', async (version) => {
    const { full, first } = await prepare({ version });
    const target = await chains.world.cluster({ version });
    const { clusterId } = target;
    const { workFlowId } = await restoreExistCluster({ clusterId, backupId: first }, deps());
    const registered = (await chains.world.clusters.get(clusterId)) ?? expect.unreachable('it is registered');
    const session = await createTidbGateway(createSecretReader()).openSession(registered);
    const statement = await session.locate();
    await chains.world.workflows.beginRestore(workFlowId, CREATED);
    await chains.world.workflows.recordRestore(workFlowId, { run: 1, restored: 0, statement, at: CREATED });
    const scope = { databases: ['shop'] };
    await session.restore({ location: attemptLocation(await record(full), 1), limits: {}, scope });
    session.close();

    expect(await run(workFlowId)).toEqual(RESTORED);

    const destinations = (await target.sql('SHOW RESTORES')).map(({ Destination }) => String(Destination)).sort();
    expect(destinations).toEqual([full, first].sort().map((id) => expect.stringContaining(id)));
    expect(await target.sql('SELECT id, name, note FROM shop.orders ORDER BY id')).toMatchObject([
      ...[{ id: 1, name: 'changed' }, { id: 2 }, { id: 4, note: 'new' }],
    ]);
    expect(await chains.world.workflows.get(workFlowId)).toMatchObject({
      status: 'Finished',
      restore: { restored: 2 },
    });
  });

  describe('an incremental backup', () => {
    it('names the newest of its scope as its base, and brings a cluster to its own moment with the whole chain', async () => {
      const { source, full, first, second } = await prepare();
      const target = await chains.world.cluster();

      expect(await restore(target, second)).toEqual(RESTORED);

      expect(await rows(target)).toEqual(await rows(source));
      expect(await tables(target)).toEqual(['shop.added', 'shop.orders']);
      const [fullRecord, firstRecord, secondRecord] = await Promise.all([full, first, second].map(record));
      expect(firstRecord).toMatchObject({
        backupType: 'incr',
        base: { backupId: full, backupTso: fullRecord && 'backupTso' in fullRecord && fullRecord.backupTso },
      });
      expect(secondRecord).toMatchObject({ backupType: 'incr', base: { backupId: first } });
      expect(fullRecord).toMatchObject({ dependents: new Set([first]) });
      for (const link of [fullRecord, firstRecord, secondRecord]) expect(link).not.toHaveProperty('restoredBy');
    });

    it('can be restored to any link of its chain', async () => {
      const { full, first } = await prepare();
      const [early, later] = [await chains.world.cluster(), await chains.world.cluster()];

      expect(await restore(early, full)).toEqual(RESTORED);
      expect(await restore(later, first)).toEqual(RESTORED);

      expect(await tables(early)).toEqual(['shop.orders']);
      expect(await later.sql('SELECT * FROM shop.added')).toEqual([]);
    });

    it('is refused without a finished backup of its scope, and leaves nothing', async () => {
      const source = await chains.world.cluster();
      await source.sql('CREATE DATABASE shop');
      await source.sql('CREATE TABLE shop.orders (id INT PRIMARY KEY)');
      await backUp(source, 'full', { databases: ['shop'] });

      await expect(start(source, 'incr')).rejects.toMatchObject({
        code: 20610,
        message: expect.stringContaining('take one with backupType "full" first'),
      });

      expect(await chains.world.clusters.get(source.clusterId)).not.toHaveProperty('maintenance');
      const { total } = await chains.world.backups.list({ clusterId: source.clusterId }, { page: 1, pageSize: 10 });
      expect(total).toBe(1);
    });

    it('of a scope builds only on the same scope, in any order and case', async () => {
      const { source, second } = await prepare();
      const of = await backUp(source, 'full', { tables: ['shop.orders', 'shop.added'] });
      await source.sql("INSERT INTO shop.orders VALUES (9, 'nine', '')");

      const incremental = await backUp(source, 'incr', { tables: ['SHOP.added', 'shop.Orders'] });
      const whole = await backUp(source, 'incr');

      expect(await record(incremental)).toMatchObject({ base: { backupId: of } });
      expect(await record(whole)).toMatchObject({ base: { backupId: second } });
      const target = await chains.world.cluster();
      expect(await restore(target, incremental)).toEqual(RESTORED);
      expect(await rows(target)).toEqual(await rows(source));
    });
  });

  describe('an incremental backup whose base is past the GC safe point', () => {
    /** Time passes for longer than TiDB remembers changes. */
    async function forgotten() {
      let ahead = 0;
      const source = await chains.world.cluster({ clock: () => Date.now() + ahead });
      await source.sql('CREATE DATABASE shop');
      await source.sql('CREATE TABLE shop.orders (id INT PRIMARY KEY)');
      const full = await backUp(source, 'full');
      ahead = 11 * MINUTE;
      return { source, full };
    }

    it('fails once and says what to do; its base is released', async () => {
      const { source, full } = await forgotten();
      const { backupId } = await start(source, 'incr');

      expect(await run(backupId)).toMatchObject({
        error: 'BasePastGcSafePoint',
        invoked: ['chooseExecutor', 'backup', 'fail'],
      });

      expect(await record(backupId)).toMatchObject({
        status: 'Failed',
        error: {
          code: 20602,
          message: expect.stringMatching(/^BasePastGcSafePoint: .*take a full backup.*tidb_gc_life_time/),
        },
      });
      expect(await record(full)).not.toHaveProperty('dependents');
      expect(await chains.world.s3.keys(chains.world.bucket)).not.toContainEqual(expect.stringContaining(backupId));
    });

    it('continues as a full one in its own path if its strategy says so', async () => {
      const { source, full } = await forgotten();
      const backupId = await startByStrategy(source);

      expect(await run(backupId)).toEqual({ invoked: ['chooseExecutor', 'backup', 'updateBackupRecord', 'end'] });

      const made = await record(backupId);
      expect(made).toMatchObject({ status: 'Finished', backupType: 'full', finishedAttempt: 2 });
      expect(made).not.toHaveProperty('base');
      expect(await record(full)).not.toHaveProperty('dependents');
      const target = await chains.world.cluster();
      expect(await restore(target, backupId)).toEqual(RESTORED);
      expect(await tables(target)).toEqual(['shop.orders']);
    });
  });

  describe('a chain', () => {
    it.each([
      ['is marked for deletion', 'is Deleting, but must be Finished', (id: string) => mark(id)],
      [
        'no longer exists',
        'no longer exists',
        async (id: string) => {
          await mark(id);
          await chains.world.deletions.finish(id);
        },
      ],
    ])('with a link that %s is refused, naming it, before anything is restored', async (_case, why, breakIt) => {
      const { full, second } = await prepare();
      const target = await chains.world.cluster();
      const { workFlowId } = await restoreExistCluster({ clusterId: target.clusterId, backupId: second }, deps());
      await breakIt(full);

      const { error, cause, invoked } = await run(workFlowId);

      expect({ error, invoked }).toEqual({
        error: 'BackupNotRestorable',
        invoked: ['chooseExecutor', 'restoreFromSrcCluster', 'fail'],
      });
      expect(cause).toBe(`its base backup ${full} ${why}`);
      expect(await tables(target)).toEqual([]);
      expect(await record(second)).not.toHaveProperty('restoredBy');
      await expect(
        restoreExistCluster({ clusterId: target.clusterId, backupId: second }, deps()),
      ).rejects.toMatchObject({
        code: 20610,
        message: `backup record invalid: its base backup ${full} ${why}`,
      });
    });

    it('with a link without files is refused, naming its path, before anything is restored, and every link is released', async () => {
      const { full, first, second } = await prepare();
      const target = await chains.world.cluster();
      await chains.world.files.removeAll((await record(first)).location);

      expect(await restore(target, second)).toMatchObject({
        error: 'BackupNotRestorable',
        cause: expect.stringMatching(`no file is in .*/${first}/attempt-1`),
      });

      expect(await tables(target)).toEqual([]);
      for (const link of [full, first, second]) expect(await record(link)).not.toHaveProperty('restoredBy');
    });

    it('does not run beside a table that only a later link brings', async () => {
      const { second } = await prepare();
      const target = await chains.world.cluster();
      await target.sql('CREATE DATABASE shop');
      await target.sql('CREATE TABLE shop.added (mine INT PRIMARY KEY)');

      expect(await restore(target, second)).toMatchObject({
        error: 'TablesInTheWay',
        cause: expect.stringContaining('"shop.added"'),
      });

      expect(await tables(target)).toEqual(['shop.added']);
    });

    it('is kept by a restore: no link of it can be deleted meanwhile, not even by force', async () => {
      const { full, first, second } = await prepare();
      const { clusterId } = await chains.world.cluster();
      const input = await chains.world.acceptedRestore(clusterId, second, randomUUID());
      await heldChain(input, chains.world.backups);

      await expect(remove(second)).rejects.toMatchObject({
        code: 20610,
        message: expect.stringContaining('a restore is reading it'),
      });
      for (const link of [full, first]) {
        await expect(remove(link, true)).rejects.toMatchObject({
          code: 20610,
          message: expect.stringContaining('a restore is reading it'),
        });
      }

      for (const link of [full, first, second]) expect(await record(link)).toHaveProperty('status', 'Finished');
    });
  });
});
