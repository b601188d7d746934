import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSecretReader } from '../../../functions/adapters/secrets/secret-reader.ts';
import { createTidbGateway } from '../../../functions/adapters/tidb/gateway.ts';
import { attemptLocation, type BackupRecord } from '../../../functions/domain/backup/backup-record.ts';
import { type BackupScope, formatTableName } from '../../../functions/domain/backup/backup-scope.ts';
import { ownBackups } from '../../../functions/domain/cluster/cluster.ts';
import { onlyAttempt } from '../../../functions/domain/shared/request-attempt.ts';
import type { FlowName, OperationInput } from '../../../functions/domain/workflow/workflow.ts';
import { backupCluster } from '../../../functions/operations/backup/backup-cluster.ts';
import { startBackup } from '../../../functions/operations/backup/start-backup.ts';
import { removeCluster } from '../../../functions/operations/cluster/remove-cluster.ts';
import { deleteBackupRecord } from '../../../functions/operations/deletion/delete-backup-records.ts';
import { restoreExistCluster } from '../../../functions/operations/restore/restore-exist-cluster.ts';
import { heldChain } from '../../../functions/workflow/restore/held-chain.ts';
import { type NodeWorld, startNodeWorld, type TestCluster } from '../../support/node-world.ts';
import { CREATED } from '../../support/records.ts';
import { runWorkflow, type WorkflowRun } from '../../support/run-workflow.ts';
import { loadNodes } from '../../support/workflow-nodes.ts';

const FILES = {
  BackupCluster: 'backup-cluster.asl.json',
  RestoreExistCluster: 'restore-exist-cluster.asl.json',
  DeleteBackup: 'delete-backup.asl.json',
  UndeleteBackup: 'undelete-backup.asl.json',
  RestoreNewCluster: 'restore-new-cluster.asl.json',
  RestoreDrill: 'restore-drill.asl.json',
  CheckCluster: 'check-cluster.asl.json',
  CheckConfig: 'check-config.asl.json',
  ImportBackups: 'import-backups.asl.json',
} as const satisfies Record<FlowName, string>;
const MINUTE = 60_000;

describe('chains of backups and parts of them, by the real operations and nodes, with a TiDB', () => {
  let world: NodeWorld;
  let nodes: Awaited<ReturnType<typeof loadNodes>>;
  /** Executions that were started but have not run, by workflow. */
  const started = new Map<string, { flow: FlowName; input: OperationInput }>();

  beforeAll(async () => {
    world = await startNodeWorld();
    nodes = await loadNodes(world);
  });
  afterAll(() => world.stop());

  const clock = { now: Date.now };
  const deps = () => ({
    ...world,
    attempt: onlyAttempt(clock),
    clock,
    defaultStoragePath: world.bucket,
    hasWorker: false,
    executions: {
      arnOf: (_: FlowName, id: string) => `arn:aws:states:us-east-1:111122223333:execution:w:${id}`,
      start: async (flow: FlowName, input: OperationInput) => {
        started.set(input.workFlowId, { flow, input });
        return true;
      },
      exists: async (arn: string) => started.has(arn.split(':').at(-1) ?? ''),
    },
  });

  async function run(workFlowId: string): Promise<WorkflowRun> {
    const { flow, input } = started.get(workFlowId) ?? expect.unreachable('it was started');
    const { cause, ...ended } = await runWorkflow(FILES[flow], input, nodes[FILES[flow]]);
    // As Lambda reports it.
    return cause === undefined ? ended : { ...ended, cause: JSON.parse(cause).errorMessage };
  }

  const start = ({ clusterId }: TestCluster, backupType: 'full' | 'incr', scope?: BackupScope) =>
    backupCluster({ clusterId, backupMode: 'manual', backupType, scope }, deps());

  async function backUp(cluster: TestCluster, backupType: 'full' | 'incr', scope?: BackupScope): Promise<string> {
    const { backupId } = await start(cluster, backupType, scope);
    expect(await run(backupId)).toEqual({ invoked: ['chooseExecutor', 'backup', 'updateBackupRecord', 'end'] });
    return backupId;
  }

  async function restore({ clusterId }: TestCluster, backupId: string, scope?: BackupScope): Promise<WorkflowRun> {
    const { workFlowId } = await restoreExistCluster({ clusterId, backupId, scope }, deps());
    return await run(workFlowId);
  }

  const RESTORED = { invoked: ['chooseExecutor', 'restoreFromSrcCluster', 'end'] };

  async function remove(backupId: string, force?: boolean) {
    const answer = await deleteBackupRecord({ backupId, force }, deps());
    return answer.deletedBackupIds;
  }

  const record = async (backupId: string): Promise<BackupRecord> =>
    (await world.backups.get(backupId)) ?? expect.unreachable('the record is there');

  const finishedRecord = async (backupId: string) => {
    const found = await record(backupId);
    return found.status === 'Finished' ? found : expect.unreachable('it is finished');
  };

  const tables = async (cluster: TestCluster) => {
    const rows = await cluster.sql('SELECT table_schema, table_name FROM information_schema.tables');
    const names = rows.map((row) => Object.values(row).join('.'));
    return names.filter((name) => /^(shop|crm)\./.test(name)).sort();
  };

  /** A full backup and two incremental ones: rows are added, changed and removed between them, and so are columns and tables. */
  async function prepare(options: Parameters<NodeWorld['cluster']>[0] = {}) {
    const source = await world.cluster(options);
    await source.sql('CREATE DATABASE shop');
    await source.sql('CREATE TABLE shop.orders (id INT PRIMARY KEY, name VARCHAR(20))');
    await source.sql("INSERT INTO shop.orders VALUES (1, 'one'), (2, 'two'), (3, 'three')");
    const full = await backUp(source, 'full');
    await source.sql('DELETE FROM shop.orders WHERE id = 3');
    await source.sql("UPDATE shop.orders SET name = 'changed' WHERE id = 1");
    await source.sql("ALTER TABLE shop.orders ADD COLUMN note VARCHAR(20) DEFAULT 'none'");
    await source.sql("INSERT INTO shop.orders VALUES (4, 'four', 'new')");
    await source.sql('CREATE TABLE shop.added (id INT PRIMARY KEY)');
    const first = await backUp(source, 'incr');
    await source.sql('INSERT INTO shop.added VALUES (7)');
    await source.sql("UPDATE shop.orders SET note = 'late' WHERE id = 2");
    const second = await backUp(source, 'incr');
    return { source, full, first, second };
  }

  /** A full backup of a cluster with a table. */
  async function fullOnly() {
    const source = await world.cluster();
    await source.sql('CREATE DATABASE shop');
    await source.sql('CREATE TABLE shop.orders (id INT PRIMARY KEY)');
    return { source, full: await backUp(source, 'full') };
  }

  it('never builds on a backup of another TiDB of the same registration', async () => {
    const other = await world.cluster();
    await other.sql('CREATE DATABASE shop');
    await other.sql('CREATE TABLE shop.orders (id INT PRIMARY KEY)');
    const { source, full } = await prepare();
    const { endpoints, account, ...settings } =
      (await world.clusters.get(other.clusterId)) ?? expect.unreachable('it is registered');
    const former = (await world.clusters.get(source.clusterId))?.tidb;
    await world.clusters.change(source.clusterId, { ...settings, endpoints, account }, CREATED);

    const refused = await run((await start(source, 'incr')).backupId);
    const changed = (await world.clusters.get(source.clusterId))?.tidb;
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
    const target = await world.cluster({ version });
    target.sandbox.setFaults([{ match: `^RESTORE.*/${first}/`, action: 'drop' }]);

    const { error, cause } = await restore(target, first);

    expect(error).toBe('TidbConnectionLost');
    expect(cause).toContain('the connection to TiDB was lost while RESTORE ran');
    const rows = await target.sql('SHOW RESTORES');
    expect(rows).toEqual([expect.objectContaining({ Destination: expect.stringContaining(full), State: 'Checksum' })]);
  });

  it.each(['7.1', '8.5'])('continues after the link that a dead node restored, on TiDB %s', async (version) => {
    const { full, first } = await prepare({ version });
    const target = await world.cluster({ version });
    const { clusterId } = target;
    const { workFlowId } = await restoreExistCluster({ clusterId, backupId: first }, deps());
    const registered = (await world.clusters.get(clusterId)) ?? expect.unreachable('it is registered');
    const session = await createTidbGateway(createSecretReader()).openSession(registered);
    const statement = await session.locate();
    await world.workflows.beginRestore(workFlowId, CREATED);
    await world.workflows.recordRestore(workFlowId, { run: 1, restored: 0, statement, at: CREATED });
    const scope = { databases: ['shop'] };
    await session.restore({ location: attemptLocation(await record(full), 1), limits: {}, scope });
    session.close();

    expect(await run(workFlowId)).toEqual(RESTORED);

    const destinations = (await target.sql('SHOW RESTORES')).map(({ Destination }) => String(Destination)).sort();
    expect(destinations).toEqual([full, first].sort().map((id) => expect.stringContaining(id)));
    expect(await target.sql('SELECT id, name, note FROM shop.orders ORDER BY id')).toMatchObject([
      ...[{ id: 1, name: 'changed' }, { id: 2 }, { id: 4, note: 'new' }],
    ]);
    expect(await world.workflows.get(workFlowId)).toMatchObject({ status: 'Finished', restore: { restored: 2 } });
  });

  /** As a sweep of auto-backup starts it. */
  async function startByStrategy({ clusterId }: TestCluster): Promise<string> {
    const backupId = randomUUID();
    const [since, at] = [new Date().toISOString(), CREATED];
    await world.clusters.lock(clusterId, { status: 'BackUp', operationId: backupId, since, backupMode: 'auto' });
    const own = ownBackups((await world.clusters.get(clusterId)) ?? expect.unreachable('it is registered'));
    const base = { type: 's3', bucket: world.bucket, prefix: 'tidb' } as const;
    await startBackup(
      {
        ...{ backupId, clusterId, own, backupMode: 'auto', checksums: false, base, at },
        ...{ backupType: 'incr', withoutBase: 'full', fallbackToFull: true },
      },
      () => expect.unreachable('it is started'),
      deps(),
    );
    return backupId;
  }

  /** Marks a base for deletion despite its dependents, which no operation does. */
  async function mark(backupId: string): Promise<void> {
    const there = await record(backupId);
    const seen = there.status === 'Finished' ? there.dependentsAdded : undefined;
    expect(await world.deletions.begin(backupId, CREATED, seen)).toHaveProperty('status', 'Deleting');
  }

  const baseOf = ({ base }: BackupRecord) => base ?? expect.unreachable('it is incremental');

  const filesOf = async (...backupIds: string[]) => {
    const keys = await world.s3.keys(world.bucket);
    return keys.filter((key) => backupIds.some((backupId) => key.includes(backupId)));
  };

  /** The first node of a deletion, without its retry policy. */
  const runOnce = (backupId: string) => {
    const { input } = started.get(`${backupId}-delete-1`) ?? expect.unreachable('it was started');
    return nodes[FILES.DeleteBackup]
      .deleteBackupFiles({ input, executionArn: `arn:${backupId}`, startTime: CREATED })
      .catch((error: unknown) => error);
  };

  const rows = async (cluster: TestCluster) => [
    await cluster.sql('SELECT * FROM shop.orders ORDER BY id'),
    await cluster.sql('SELECT * FROM shop.added ORDER BY id'),
  ];

  describe('an incremental backup', () => {
    it('names the newest of its scope as its base, and brings a cluster to its own moment with the whole chain', async () => {
      const { source, full, first, second } = await prepare();
      const target = await world.cluster();

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
      const [early, later] = [await world.cluster(), await world.cluster()];

      expect(await restore(early, full)).toEqual(RESTORED);
      expect(await restore(later, first)).toEqual(RESTORED);

      expect(await tables(early)).toEqual(['shop.orders']);
      expect(await later.sql('SELECT * FROM shop.added')).toEqual([]);
    });

    it('is refused without a finished backup of its scope, and leaves nothing', async () => {
      const source = await world.cluster();
      await source.sql('CREATE DATABASE shop');
      await source.sql('CREATE TABLE shop.orders (id INT PRIMARY KEY)');
      await backUp(source, 'full', { databases: ['shop'] });

      await expect(start(source, 'incr')).rejects.toMatchObject({
        code: 20610,
        message: expect.stringContaining('take one with backupType "full" first'),
      });

      expect(await world.clusters.get(source.clusterId)).not.toHaveProperty('maintenance');
      const { total } = await world.backups.list({ clusterId: source.clusterId }, { page: 1, pageSize: 10 });
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
      const target = await world.cluster();
      expect(await restore(target, incremental)).toEqual(RESTORED);
      expect(await rows(target)).toEqual(await rows(source));
    });
  });

  describe('an incremental backup whose base is past the GC safe point', () => {
    /** Time passes for longer than TiDB remembers changes. */
    async function forgotten() {
      let ahead = 0;
      const source = await world.cluster({ clock: () => Date.now() + ahead });
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
      expect(await world.s3.keys(world.bucket)).not.toContainEqual(expect.stringContaining(backupId));
    });

    it('continues as a full one in its own path if its strategy says so', async () => {
      const { source, full } = await forgotten();
      const backupId = await startByStrategy(source);

      expect(await run(backupId)).toEqual({ invoked: ['chooseExecutor', 'backup', 'updateBackupRecord', 'end'] });

      const made = await record(backupId);
      expect(made).toMatchObject({ status: 'Finished', backupType: 'full', finishedAttempt: 2 });
      expect(made).not.toHaveProperty('base');
      expect(await record(full)).not.toHaveProperty('dependents');
      const target = await world.cluster();
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
          await world.deletions.finish(id);
        },
      ],
    ])('with a link that %s is refused, naming it, before anything is restored', async (_case, why, breakIt) => {
      const { full, second } = await prepare();
      const target = await world.cluster();
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
      const target = await world.cluster();
      await world.files.removeAll((await record(first)).location);

      expect(await restore(target, second)).toMatchObject({
        error: 'BackupNotRestorable',
        cause: expect.stringMatching(`no file is in .*/${first}/attempt-1`),
      });

      expect(await tables(target)).toEqual([]);
      for (const link of [full, first, second]) expect(await record(link)).not.toHaveProperty('restoredBy');
    });

    it('does not run beside a table that only a later link brings', async () => {
      const { second } = await prepare();
      const target = await world.cluster();
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
      const { clusterId } = await world.cluster();
      const input = await world.acceptedRestore(clusterId, second, randomUUID());
      await heldChain(input, world.backups);

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

  describe('a part of a backup', () => {
    async function twoDatabases() {
      const source = await world.cluster();
      await source.sql('CREATE DATABASE shop');
      await source.sql('CREATE DATABASE crm');
      for (const name of ['shop.orders', 'shop.items', 'crm.people']) {
        await source.sql(`CREATE TABLE ${name} (id INT PRIMARY KEY)`);
        await source.sql(`INSERT INTO ${name} VALUES (1)`);
      }
      return source;
    }

    it.each([
      [{ databases: ['shop'] }, ['shop.items', 'shop.orders']],
      [{ tables: ['SHOP.Orders', 'crm.people'] }, ['crm.people', 'shop.orders']],
    ])('is restored from a full one: %j', async (scope, expected) => {
      const source = await twoDatabases();
      const backupId = await backUp(source, 'full');
      const target = await world.cluster();
      await target.sql('CREATE DATABASE shop');
      // In the way of the whole, and of no part of it.
      await target.sql('CREATE DATABASE crm');
      if (!expected.includes('crm.people')) await target.sql('CREATE TABLE crm.people (id INT PRIMARY KEY)');

      expect(await restore(target, backupId, scope)).toEqual(RESTORED);

      expect(await tables(target)).toEqual([...new Set(['crm.people', ...expected])].sort());
      expect(await target.sql('SELECT * FROM shop.orders')).toEqual([{ id: 1 }]);
    });

    it('is restored from a chain, including a table that came later', async () => {
      const { source, second } = await prepare();
      const target = await world.cluster();

      expect(await restore(target, second, { tables: ['shop.added'] })).toEqual(RESTORED);

      expect(await tables(target)).toEqual(['shop.added']);
      expect(await target.sql('SELECT * FROM shop.added')).toEqual(await source.sql('SELECT * FROM shop.added'));
    });

    it.each([
      [{ databases: ['nowhere', 'shop'] }, '"nowhere"'],
      [{ tables: ['shop.orders', 'shop.`no such`'] }, '"shop.no such"'],
    ])('that the backup does not contain is refused once, by its names: %j', async (scope, names) => {
      const backupId = await backUp(await twoDatabases(), 'full');
      const target = await world.cluster();

      expect(await restore(target, backupId, scope)).toEqual({
        error: 'ScopeNotFound',
        cause: `the backup does not hold ${names}; remove them from the scope`,
        invoked: ['chooseExecutor', 'restoreFromSrcCluster', 'fail'],
      });

      expect(await tables(target)).toEqual([]);
    });

    it("that is outside the backup's scope is refused at once, with its contents", async () => {
      const backupId = await backUp(await twoDatabases(), 'full', { databases: ['shop'] });
      const { clusterId } = await world.cluster();

      for (const scope of [{ databases: ['crm'] }, { tables: ['crm.people'] }]) {
        await expect(restoreExistCluster({ clusterId, backupId, scope }, deps())).rejects.toMatchObject({
          code: 20610,
          message: expect.stringContaining('it holds only the databases "shop"'),
        });
      }
      expect(await world.clusters.get(clusterId)).not.toHaveProperty('maintenance');
    });

    it.each(['`', '.', ' ', '"', "'", '\\', '\n', '*', '--', '/* x */', '%_', '😀'])(
      'is backed up and restored by names that contain %j',
      async (awkward) => {
        const source = await world.cluster();
        const [database, table] = [`d${awkward}b`, `t${awkward}b`];
        const quoted = [database, table].map((name) => `\`${name.replaceAll('`', '``')}\``);
        await source.sql(`CREATE DATABASE ${quoted[0]}`);
        for (const name of [quoted.join('.'), `${quoted[0]}.other`])
          await source.sql(`CREATE TABLE ${name} (id INT PRIMARY KEY)`);
        await source.sql(`INSERT INTO ${quoted.join('.')} VALUES (1)`);

        const scope = { tables: [formatTableName({ database, table })] };
        const backupId = await backUp(source, 'full', scope);
        const target = await world.cluster();

        expect(await restore(target, backupId, scope)).toEqual(RESTORED);
        expect(await target.sql(`SELECT * FROM ${quoted.join('.')}`)).toEqual([{ id: 1 }]);
        const all = await target.sql("SELECT table_name FROM information_schema.tables WHERE table_name = 'other'");
        expect(all).toEqual([]);
      },
    );

    it.each([
      [{ databases: ['shop', 'nowhere'] }, '"nowhere"'],
      [{ tables: ['shop.nothing', 'shop.orders'] }, '"shop.nothing"'],
    ])('that the cluster lacks is a failed backup, not an empty one: %j', async (scope, names) => {
      const source = await twoDatabases();
      const { backupId } = await start(source, 'full', scope);

      expect(await run(backupId)).toMatchObject({
        error: 'ScopeNotFound',
        invoked: ['chooseExecutor', 'backup', 'fail'],
      });

      expect(await record(backupId)).toMatchObject({
        status: 'Failed',
        error: {
          code: 10001,
          message: `ScopeNotFound: the cluster does not have ${names}; remove them from the scope`,
        },
      });
    });

    it('includes a database without tables beside one with some', async () => {
      const source = await twoDatabases();
      await source.sql('CREATE DATABASE bare');
      const backupId = await backUp(source, 'full', { databases: ['shop', 'bare'] });
      const target = await world.cluster();

      expect(await restore(target, backupId)).toEqual(RESTORED);

      expect(await target.sql("SHOW DATABASES LIKE 'bare'")).toHaveLength(1);
    });
  });

  describe('deleting the base of others', () => {
    it('is refused, and lists them', async () => {
      const { full, first, second } = await prepare();

      await expect(remove(full)).rejects.toMatchObject({
        code: 20610,
        message: `backup record invalid: it is Finished; incremental backups build on it: "${second}", "${first}"; delete these first, or all with force=true`,
      });

      expect(await record(full)).toHaveProperty('status', 'Finished');
    });

    it('from its end leaves no file', async () => {
      const { full, first, second } = await prepare();

      for (const backupId of [second, first, full]) {
        await remove(backupId);
        expect(await run(`${backupId}-delete-1`)).toEqual({ invoked: ['deleteBackupFiles', 'end'] });
        expect(await world.backups.get(backupId)).toBeUndefined();
      }
      expect(await filesOf(full, first, second)).toEqual([]);
    });

    it('by force deletes them too, the last of the chain first, in any order of their workflows', async () => {
      const { full, first, second } = await prepare();

      expect(await remove(full, true)).toEqual([second, first, full]);

      // Its turn has not come: no file is removed while its dependents exist.
      expect(await runOnce(full)).toMatchObject({ name: 'DependentsRemain', message: expect.stringContaining(first) });
      expect(await filesOf(full)).not.toEqual([]);
      for (const backupId of [second, first, full])
        expect(await run(`${backupId}-delete-1`)).not.toHaveProperty('error');
      expect(await filesOf(full, first, second)).toEqual([]);
      for (const backupId of [second, first, full]) expect(await world.backups.get(backupId)).toBeUndefined();
    });

    it('by force is refused while one of them is running, and then deletes none', async () => {
      const { source, full, first, second } = await prepare();
      const { backupId: running } = await start(source, 'incr');

      await expect(remove(full, true)).rejects.toMatchObject({
        code: 20610,
        message: expect.stringContaining(`the dependent backup ${running} is Initializing; cancel it`),
      });

      for (const link of [full, first, second]) expect(await record(link)).toHaveProperty('status', 'Finished');
      expect(await run(running)).not.toHaveProperty('error');
    });

    it.each(['Failed', 'Canceled', 'gone'])(
      'ignores one that is %s and whose hold was left by a death',
      async (how) => {
        const { source, full } = await fullOnly();
        const { backupId } = await start(source, 'incr');
        if (how === 'Failed') await world.backups.fail(backupId, { error: { code: 1, message: 'x' }, at: CREATED });
        else if (how === 'Canceled') await world.backups.cancel(backupId, { at: CREATED });
        else await world.backups.removeUnstarted(backupId);
        expect(await record(full)).toMatchObject({ dependents: new Set([backupId]) });

        await remove(full);

        expect(await record(full)).toHaveProperty('status', 'Deleting');
      },
    );

    it('leaves a base of another TiDB under the same id unused', async () => {
      const { source, full } = await fullOnly();
      const { clusterId } = source;
      const {
        maintenance: _,
        tidb: __,
        ...registered
      } = (await world.clusters.get(clusterId)) ?? expect.unreachable('it is registered');
      await removeCluster(clusterId, undefined, {
        ...{ ...deps(), secrets: { remove: async () => {} } },
        ...{ strategies: { keepMissed: async () => {} } },
        ...{ events: { missed: async () => {} }, metrics: { emit: () => {} } },
      });
      await world.clusters.create({ ...registered, createTime: new Date().toISOString() });

      await expect(start(source, 'incr')).rejects.toMatchObject({
        code: 20610,
        message: expect.stringContaining('from the same TiDB'),
      });

      const first = await startByStrategy(source);
      expect(await record(first)).toHaveProperty('backupType', 'full');
      expect(await run(first)).not.toHaveProperty('error');
      expect(baseOf(await record(await backUp(source, 'incr')))).toMatchObject({ backupId: first });
      expect(await record(full)).not.toHaveProperty('dependents');
    });

    it('wins over a new one that would build on it', async () => {
      const { source, full } = await fullOnly();
      const backups = {
        ...world.backups,
        // It is marked just after it was found.
        newestOfScope: async (...wanted: Parameters<typeof world.backups.newestOfScope>) => {
          const base = await world.backups.newestOfScope(...wanted);
          await world.deletions.begin(full, CREATED);
          return base;
        },
      };

      await expect(
        backupCluster(
          { clusterId: source.clusterId, backupMode: 'manual', backupType: 'incr' },
          { ...deps(), backups },
        ),
      ).rejects.toMatchObject({
        code: 20610,
        message: expect.stringContaining(`the base backup ${full} has just been deleted`),
      });

      expect(await world.clusters.get(source.clusterId)).not.toHaveProperty('maintenance');
      const { items } = await world.backups.list({ clusterId: source.clusterId }, { page: 1, pageSize: 10 });
      expect(items.map(({ backupId }) => backupId)).toEqual([full]);
    });

    it('is refused if a dependent was added since the check', async () => {
      const { source, full } = await fullOnly();
      const first = await backUp(source, 'incr');
      const backups = {
        ...world.backups,
        // Another one starts to build on the same base as soon as the list is made.
        get: async (backupId: string) => {
          const found = await world.backups.get(backupId);
          if (backupId === first && found?.status === 'Finished')
            await world.backups.holdBase(baseOf(found), 'newcomer');
          return found;
        },
      };
      const { executions, ...others } = deps();

      await expect(
        deleteBackupRecord({ backupId: full, force: true }, { ...others, executions, backups }),
      ).rejects.toMatchObject({ code: 20610, message: expect.stringContaining('have just changed; try again') });

      expect(await record(full)).toHaveProperty('status', 'Finished');
    });

    it('makes a node that builds on it fail if it is missing all the same, and say so', async () => {
      const { source, full } = await fullOnly();
      const { backupId } = await start(source, 'incr');
      await mark(full);

      expect(await run(backupId)).toMatchObject({ error: 'BaseGone', invoked: ['chooseExecutor', 'backup', 'fail'] });

      expect(await record(backupId)).toMatchObject({
        status: 'Failed',
        error: { code: 20610, message: expect.stringContaining(full) },
      });
    });
  });
});
