import { describe, expect, it } from 'vitest';
import type { FinishedBackup } from '../../../../functions/domain/backup/backup-record.ts';
import type { RecordedTable } from '../../../../functions/domain/backup/table-notes.ts';
import type { Evidence } from '../../../../functions/domain/backup/verification.ts';
import { adoptingProvisioner } from '../../../../functions/domain/provisioning/adopting-provisioner.ts';
import { displayPath } from '../../../../functions/domain/storage/storage-location.ts';
import { NodeFailure } from '../../../../functions/domain/workflow/node-failure.ts';
import { drillEnd } from '../../../../functions/workflow/drill/drill-end.ts';
import { verifyRestore } from '../../../../functions/workflow/drill/verify-restore.ts';
import { createCluster } from '../../../../functions/workflow/new-cluster/create-cluster.ts';
import { newClusterFail } from '../../../../functions/workflow/new-cluster/new-cluster-fail.ts';
import { Death, dying } from '../../../support/dying.ts';
import { FakeTidb } from '../../../support/fake-tidb.ts';
import { MemoryStores } from '../../../support/memory-stores.ts';
import { aBackup, aCluster, CREATED, later } from '../../../support/records.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';

const HELD = { status: 'Restore', operationId: 'drill-1', since: CREATED } as const;
const THROWAWAY = aCluster({ clusterId: 'throwaway', maintenance: HELD });
const RECORD: FinishedBackup = {
  ...aBackup({ attempts: 2 }),
  ...{ status: 'Finished', startTime: CREATED, endTime: CREATED, backupTso: '449', sizeBytes: '9', finishedAttempt: 2 },
  checksums: { tables: 2 },
};
const VERIFIED = { ...RECORD, verifiedAt: CREATED, recoverySeconds: 7 };
const aTable = (table: string): RecordedTable => ({
  ...{ database: 'shop', table, rows: '2', content: '30', kvs: '4', bytes: '128', crc: '17', tableId: '112' },
});
const TABLES = [aTable('orders'), aTable('items')];
const caught = (name: string) => ({ Error: name, Cause: '{"errorMessage": "so it was"}' });

function prepare({ record = RECORD as FinishedBackup, notes = JSON.stringify(notesOf(TABLES)) } = {}) {
  const stores = new MemoryStores();
  stores.cluster = THROWAWAY;
  stores.record = record;
  const clock = new VirtualClock();
  const tidb = new FakeTidb(clock);
  tidb.fingerprints = TABLES;
  const destroyed: string[] = [];
  const lambda = {
    create: async () => {},
    ready: async () => ({ status: 'pending' }) as const,
    destroy: async ({ operationId }: { operationId: string }): Promise<'pending' | 'destroyed'> => {
      destroyed.push(operationId);
      return 'destroyed';
    },
  };
  const read: string[] = [];
  const deps = {
    ...{ clusters: stores.clusters, backups: stores.backups, workflows: stores.workflows, tidb, clock },
    provisioners: { adopt: adoptingProvisioner, lambda },
    secrets: { remove: async () => {} },
    files: {
      read: async (location: Parameters<typeof displayPath>[0], name: string) => {
        read.push(`${displayPath(location)}/${name}`);
        return (async function* () {
          yield Buffer.from(notes);
        })();
      },
    },
    deadline: clock.now() + 15 * 60_000,
    outOfTime: 'so it goes on elsewhere',
  };
  stores.assertions = ['SELECT 1', 'SELECT 2'];
  const drill = { clusterId: 'cluster-1', startTime: later(-90) };
  const input = {
    ...{ workFlowId: 'drill-1', clusterId: 'throwaway', backupId: 'backup-1', maintenanceStatusChange: true },
    ...({ provisioner: 'lambda', onFailure: 'destroy' } as const),
    ...{ clusterName: 'Drill', timezone: 'UTC', parameters: {} },
    ...{ drill, ready: { readyTime: later(-30) } },
  } as const;
  return { stores, clock, tidb, lambda, destroyed, deps, read, input: { ...input, drill } };
}

function notesOf(tables: RecordedTable[], backupTso = '449', version = 2) {
  return { version, backupTso, tables };
}

describe('node verifyRestore', () => {
  it('verifies a backup whose tables match their checksums, and reports how long that took', async () => {
    const { deps, input, stores, tidb, read } = prepare();

    const evidence = await verifyRestore(input, deps);

    expect(read).toEqual(['s3://backups/tidb/cluster-1/backup-1/tables/attempt-2.json']);
    expect(evidence).toMatchObject({ result: 'passed', tables: 2, rows: '4', provisioningSeconds: 60 });
    expect(stores.record).toMatchObject({ verifiedAt: CREATED, recoverySeconds: 30, evidence });
    expect(tidb.openConnections).toBe(0);
    const found = ['assertions', 'comparison', 'mismatches', 'result', 'rows', 'tables'];
    expect(Object.keys(evidence).sort()).toEqual([...found, 'provisioningSeconds', 'time', 'workFlowId'].sort());
  });

  it('records each table it compared in the workflow, even if the drill fails', async () => {
    const changed = { ...aTable('changed'), settings: { ttl: true } };
    const hidden = { database: 'shop', table: 'hidden', unreadable: 'it is locked' };
    const notes = [aTable('orders'), aTable('gone'), changed, hidden];
    const { deps, input, tidb, stores } = prepare({ notes: JSON.stringify(notesOf(notes)) });
    tidb.fingerprints = [{ ...aTable('orders'), rows: '1' }, { ...changed, settings: { ttl: false } }, aTable('new')];

    await expect(verifyRestore(input, deps)).rejects.toMatchObject({ name: 'DrillFailed' });

    const contents = { rows: '2', keyValues: '4', checksum: '30' };
    expect(stores.drillTables).toEqual({
      tables: [
        { database: 'shop', table: 'orders', outcome: 'differs', ...contents, detail: 'has 1 rows instead of 2' },
        { database: 'shop', table: 'gone', outcome: 'missing', ...contents },
        { database: 'shop', table: 'new', outcome: 'unexpected' },
        { database: 'shop', table: 'hidden', outcome: 'notCompared', detail: 'it is locked' },
        { database: 'shop', table: 'changed', outcome: 'equal', ...contents, detail: 'its TTL is off (TTL_ENABLE)' },
      ],
    });
  });

  it.each([
    ['200 tables', 't'],
    ['32 KiB of them', 't'.repeat(300)],
  ])('records no more than %s, problems first, and how many it left out', async (_, name) => {
    const tables = Array.from({ length: 1_000 }, (_each, n) => aTable(`${name}${n}`));
    const { deps, input, tidb, stores } = prepare({ notes: JSON.stringify(notesOf([...tables, aTable('zz')])) });
    tidb.fingerprints = tables;

    await expect(verifyRestore(input, deps)).rejects.toMatchObject({ name: 'DrillFailed' });

    const { tables: kept = [], omitted = 0 } = stores.drillTables ?? {};
    expect(kept[0]).toMatchObject({ table: 'zz', outcome: 'missing' });
    expect(kept.length).toBeLessThanOrEqual(200);
    expect(JSON.stringify(kept).length).toBeLessThan(33_000);
    expect(kept.length + omitted).toBe(1_001);
  });

  it('passes a backup without tables, which leaves nothing to compare', async () => {
    const { deps, input, tidb } = prepare({ notes: JSON.stringify(notesOf([])) });
    tidb.fingerprints = [];

    const evidence = await verifyRestore(input, deps);

    expect(evidence).toMatchObject({ result: 'passed', tables: 0, rows: '0' });
    expect(evidence).not.toHaveProperty('comparison');
  });

  it('judges what can be compared despite what cannot', async () => {
    const notes = [aTable('orders'), aTable('gone'), { database: 'shop', table: 'hidden', unreadable: 'it is locked' }];
    const { deps, input, tidb } = prepare({ notes: JSON.stringify(notesOf(notes)) });
    tidb.fingerprints = [aTable('orders')];
    tidb.wrong = ['SELECT 2'];

    await expect(verifyRestore(input, deps)).rejects.toMatchObject({
      name: 'DrillFailed',
      message: '1 tables differ from the backup, such as "shop.gone" is missing; 1 of 2 assertions failed',
    });
  });

  it('lists ten of many tables that a restore changes, or that cannot be compared', async () => {
    const many = (kind: string) => Array.from({ length: 12 }, (_, n) => aTable(`${kind}${n}`));
    const changed = many('changed').map((table) => ({ ...table, settings: { ttl: true } }));
    const hidden = many('hidden').map(({ table }) => ({ database: 'shop', table, unreadable: `${table} is locked` }));
    const { deps, input, tidb } = prepare({ notes: JSON.stringify(notesOf([...changed, ...hidden])) });
    tidb.fingerprints = changed.map((table) => ({ ...table, settings: { ttl: false } }));

    expect(await verifyRestore(input, deps)).toMatchObject({
      ...{ changedByRestore: { length: 10 }, notCompared: { length: 10 } },
    });
  });

  it('gives each assertion a minute, or what is left, on its own connection', async () => {
    const given: number[] = [];
    const { deps, input, tidb, clock, stores } = prepare();
    stores.assertions = ['SELECT 1', 'SELECT 2', 'SELECT 3'];
    const took = [15 * 60_000 - 20_000, 20_000, 0];
    tidb.answersAssertion = async (_sql, timeoutMs) => {
      given.push(timeoutMs);
      expect(tidb.openConnections).toBe(2);
      await clock.sleep(took.shift() ?? 0);
      return { passed: true };
    };

    await verifyRestore(input, deps);

    expect(given).toEqual([60_000, 20_000, 1]);
  });

  it('lists ten of many mismatches, and withdraws an earlier verification', async () => {
    const noted = Array.from({ length: 14 }, (_, n) => aTable(`gone${n}`));
    const { deps, input, stores } = prepare({
      record: VERIFIED,
      notes: JSON.stringify(notesOf([...TABLES, ...noted])),
    });

    await expect(verifyRestore(input, deps)).rejects.toMatchObject({
      name: 'DrillFailed',
      message: '14 tables differ from the backup, such as "shop.gone0" is missing',
    });

    expect(stores.record).toMatchObject({ evidence: { result: 'failed', mismatches: { length: 10 } } });
    expect(stores.record).not.toHaveProperty('verifiedAt');
  });

  it('also compares with the checksums of an older backup', async () => {
    const { deps, input, tidb } = prepare({ notes: JSON.stringify(notesOf(TABLES, '449', 1)) });
    tidb.views = [{ database: 'shop', table: 'a_view' }];

    expect(await verifyRestore(input, deps)).toMatchObject({ result: 'passed', tables: 2 });
  });

  it('lists what a restore changes, and what could not be compared, which is no damage', async () => {
    const [orders, items] = [aTable('orders'), aTable('items')];
    const hidden = { database: 'shop', table: 'hidden', unreadable: '"shop.hidden" cannot be read: TiDB error 9005' };
    const notes = [{ ...orders, settings: { ttl: true } }, items, hidden];
    const { deps, input, tidb } = prepare({ notes: JSON.stringify(notesOf(notes)) });
    tidb.fingerprints = [{ ...orders, settings: { ttl: false } }, items, aTable('hidden')];
    tidb.unreadable = ({ table }) =>
      table === 'items' ? new NodeFailure('TidbAccessDenied', '"shop.items" cannot be read') : undefined;

    expect(await verifyRestore(input, deps)).toMatchObject({
      ...{ result: 'passed', tables: 1, comparison: 'rowsAndKeyValues', mismatches: [] },
      changedByRestore: ['"shop.orders": its TTL is off (TTL_ENABLE)'],
      notCompared: ['"shop.items" cannot be read', hidden.unreadable],
    });
  });

  it.each([
    [
      'it may not read anything',
      { unreadable: () => new NodeFailure('TidbAccessDenied', 'no SELECT') },
      'TablesUnreadable',
    ],
    [
      'a table answers an error',
      { unreadable: () => new NodeFailure('TablesUnreadable', 'TiDB error 8141') },
      'TablesUnreadable',
    ],
    ['the hold is lost', { losesHold: true }, 'TidbUnreachable'],
  ])('reaches no verdict if %s', async (_, change, name) => {
    const { deps, input, stores, tidb } = prepare({ record: VERIFIED });
    Object.assign(tidb, change);

    await expect(verifyRestore(input, deps)).rejects.toMatchObject({ name });
    expect(stores.record).toEqual(VERIFIED);
    expect(tidb.openConnections).toBe(0);
  });

  it('checks all assertions, and fails for one', async () => {
    const { deps, input, stores, tidb } = prepare();
    tidb.wrong = ['SELECT 1'];

    await expect(verifyRestore(input, deps)).rejects.toMatchObject({ message: '1 of 2 assertions failed' });

    const assertions = [
      { assertion: 'SELECT 1', passed: false },
      { assertion: 'SELECT 2', passed: true },
    ];
    expect(stores.record).toMatchObject({ evidence: { assertions } });
  });

  it.each([
    ['not JSON', 'not JSON'],
    ['of another snapshot', JSON.stringify(notesOf(TABLES, '448'))],
    ['missing', ''],
  ])('compares nothing with checksums that are %s', async (_, notes) => {
    const { deps, input, stores } = prepare({ notes });

    await expect(verifyRestore(input, deps)).rejects.toMatchObject({ name: 'BackupNotRestorable' });
    expect(stores.record).not.toHaveProperty('evidence');
  });

  it('gives no verdict on a backup that it had no time to read', async () => {
    const { deps, input, stores, tidb } = prepare({ record: VERIFIED });
    tidb.readsFor = 3_600_000;

    await expect(verifyRestore(input, deps)).rejects.toMatchObject({
      name: 'OutOfTime',
      message: expect.stringMatching(/ so it goes on elsewhere$/),
    });
    expect(stores.record).toEqual(VERIFIED);
    expect(tidb.openConnections).toBe(0);
  });

  it('does not count an assertion without enough time as failed', async () => {
    const { deps, input, stores, tidb, clock } = prepare({ record: VERIFIED });
    stores.assertions = ['SELECT 1'];
    tidb.answersAssertion = async () => {
      await clock.sleep(15 * 60_000);
      return { passed: false, error: 'it took too long' };
    };

    await expect(verifyRestore(input, deps)).rejects.toMatchObject({ name: 'OutOfTime' });
    expect(stores.record).toEqual(VERIFIED);
  });

  it('stops when it is interrupted', async () => {
    const { deps, input, stores } = prepare({ record: VERIFIED });
    const interruption = AbortSignal.abort(new NodeFailure('WorkerInterrupted', 'stopped from outside'));

    await expect(verifyRestore(input, { ...deps, interruption })).rejects.toMatchObject({ name: 'WorkerInterrupted' });
    expect(stores.record).toEqual(VERIFIED);
  });

  it('stops in the middle of a scan, which may take hours', async () => {
    const { deps, input, tidb, clock } = prepare({ record: VERIFIED });
    tidb.readsFor = 3_600_000;
    const stop = new AbortController();
    const begun = clock.now();
    void clock.sleep(30_000).then(() => stop.abort(new NodeFailure('WorkerInterrupted', 'stopped from outside')));
    const onWorker = { ...deps, deadline: Number.POSITIVE_INFINITY, interruption: stop.signal };

    await expect(verifyRestore(input, onWorker)).rejects.toMatchObject({ name: 'WorkerInterrupted' });
    expect(clock.now() - begun).toBe(30_000);
    expect(tidb.openConnections).toBe(0);
  });

  it('never skips requested assertions: without its workflow it gives no verdict', async () => {
    const { deps, input, stores } = prepare({ record: VERIFIED });
    stores.assertions = undefined;

    await expect(verifyRestore(input, deps)).rejects.toMatchObject({ name: 'OperationSuperseded' });
    expect(stores.record).toEqual(VERIFIED);
  });
});

describe('the end of a drill', () => {
  it.each(['before', 'after'] as const)('removes its cluster completely, wherever it died, %s a call', async (when) => {
    const whole = prepare();
    const survivor = dying(portsOf(whole.deps), Number.POSITIVE_INFINITY, when);
    await drillEnd(whole.input, { ...whole.deps, ...survivor.ports });
    expect(survivor.calls()).toBeGreaterThan(4);

    for (let call = 0; call < survivor.calls(); call += 1) {
      const { deps, input, stores, destroyed } = prepare();
      await createCluster(input, deps);
      const { ports } = dying(portsOf(deps), call, when);
      const first = drillEnd(input, { ...deps, ...ports });
      await expect(first).rejects.toMatchObject({ name: 'CleanupFailed', cause: expect.any(Death) });

      await drillEnd(input, deps);

      expect(destroyed.at(-1), `call ${call}`).toBe('drill-1');
      expect(stores.cluster, `call ${call}`).toBeUndefined();
      expect(stores.record, `call ${call}`).not.toHaveProperty('restoredBy');
      expect([stores.workflowStatus, stores.newCluster?.fate], `call ${call}`).toEqual(['Finished', 'destroyed']);
    }
  });

  it('is not reached while the cluster is still being destroyed', async () => {
    const { deps, input, stores, lambda } = prepare();
    lambda.destroy = async () => 'pending';

    await expect(drillEnd(input, deps)).rejects.toMatchObject({
      name: 'CleanupFailed',
      cause: { name: 'ClusterNotDestroyed' },
    });
    expect(stores.cluster).toEqual(THROWAWAY);
  });
});

describe('node fail of a drill', () => {
  const earlier: Evidence = {
    ...{ workFlowId: 'drill-0', time: CREATED, result: 'passed', tables: 2, rows: '4' },
    ...{ mismatches: [], assertions: [] },
  };

  it.each(['BackupNotRestorable', 'DrillFailed'])(
    'destroys the cluster, and %s is evidence against the backup',
    async (name) => {
      const { deps, input, stores, destroyed } = prepare({ record: { ...VERIFIED, evidence: earlier } });
      await createCluster(input, deps);

      await expect(newClusterFail({ ...input, error: caught(name) }, deps)).rejects.toThrow();

      expect(destroyed).toEqual(['drill-1']);
      expect(stores.cluster).toBeUndefined();
      expect(stores.record).toMatchObject({
        evidence: { workFlowId: 'drill-1', result: 'failed', reason: `${name}: so it was`, tables: 0 },
      });
      for (const gone of ['verifiedAt', 'lastFailure', 'restoredBy']) expect(stores.record).not.toHaveProperty(gone);
      expect([stores.workflowStatus, stores.newCluster?.fate]).toEqual(['Error', 'destroyed']);
    },
  );

  it.each([
    'RestoreFailed',
    'TidbUnreachable',
    'ProvisionerRefused',
    'OutOfTime',
    'OperationSuperseded',
    'Sandbox.Timedout',
  ])('destroys the cluster, and %s stands beside what an earlier drill has verified', async (name) => {
    const record = { ...VERIFIED, evidence: earlier };
    const { deps, input, stores, destroyed } = prepare({ record });
    await createCluster(input, deps);

    await expect(newClusterFail({ ...input, error: caught(name) }, deps)).rejects.toThrow();

    expect(destroyed).toEqual(['drill-1']);
    expect(stores.record).toEqual({
      ...record,
      lastFailure: { workFlowId: 'drill-1', time: expect.any(String), reason: `${name}: so it was` },
    });
    expect([stores.workflowStatus, stores.newCluster?.fate]).toEqual(['Error', 'destroyed']);
  });

  it('forgets a missing verdict once the next one reaches one', async () => {
    const lastFailure = { workFlowId: 'drill-0', time: CREATED, reason: 'ProvisionerFailed: away' };
    const { deps, input, stores } = prepare({ record: { ...RECORD, lastFailure } });

    await verifyRestore(input, deps);

    expect(stores.record).not.toHaveProperty('lastFailure');
  });

  it('leaves what its own drill has found', async () => {
    const { deps, input, stores } = prepare();
    const evidence = await verifyRestore(input, deps);

    await expect(newClusterFail({ ...input, error: caught('Lambda.Unknown') }, deps)).rejects.toThrow();

    expect(stores.record).toMatchObject({ evidence, verifiedAt: CREATED });
    expect(stores.record).not.toHaveProperty('lastFailure');
    // Its verdict stands, and its cluster is removed nevertheless.
    expect([stores.workflowStatus, stores.newCluster?.fate]).toEqual(['Finished', 'destroyed']);
  });

  it('is retried until the provisioner has destroyed it', async () => {
    const { deps, input, lambda } = prepare();
    lambda.destroy = () => Promise.reject(new NodeFailure('ProvisionerFailed', 'it cannot be reached'));

    const run = newClusterFail({ ...input, error: caught('RestoreFailed') }, deps);

    await expect(run).rejects.toMatchObject({ name: 'CleanupFailed' });
  });
});

/** Calls that leave the process. */
function portsOf({ clusters, backups, workflows }: ReturnType<typeof prepare>['deps']) {
  return { clusters, backups, workflows };
}
