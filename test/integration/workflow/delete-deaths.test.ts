import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { deleteBackupRecord } from '../../../functions/operations/deletion/delete-backup-records.ts';
import { deleteBackupFiles } from '../../../functions/workflow/deletion/delete-backup-files.ts';
import { deletionEnd } from '../../../functions/workflow/deletion/deletion-end.ts';
import { deletionFail } from '../../../functions/workflow/deletion/deletion-fail.ts';
import { dying } from '../../support/dying.ts';
import { startTables, type TestTables } from '../../support/dynamodb.ts';
import { FakeTidb } from '../../support/fake-tidb.ts';
import { NamedExecutions } from '../../support/named-executions.ts';
import { aBackup, aCluster, CREATED, later } from '../../support/records.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

const NEVER = Number.POSITIVE_INFINITY;
const clock = { now: () => Date.parse(CREATED), sleep: async () => {} };
const noTidb = { openControl: () => expect.unreachable('nothing of the backup can be running') };

describe('a deletion', () => {
  let tables: TestTables;
  beforeAll(async () => {
    tables = await startTables();
    vi.spyOn(console, 'error').mockReturnValue();
  });
  afterAll(async () => {
    vi.restoreAllMocks();
    await tables.stop();
  });

  /** A finished backup of a cluster, the ports that a deletion uses, and the behaviour of Step Functions. */
  async function prepare({ registered = true } = {}) {
    const [clusterId, backupId] = [`cluster-${randomUUID().slice(0, 8)}`, `backup-${randomUUID().slice(0, 8)}`];
    const location = { type: 's3', bucket: 'backups', prefix: `tidb/${clusterId}/${backupId}` } as const;
    const removed: string[] = [];
    const executions = new NamedExecutions(clock.now);
    const ports = {
      ...tables.stores,
      files: {
        folders: async () => [],
        exists: async () => false,
        contents: async () => undefined,
        removeAll: async (folder: unknown, _signal?: AbortSignal) => {
          removed.push(JSON.stringify(folder));
        },
      },
      executions: executions.port,
    };
    if (registered) await ports.clusters.create(aCluster({ clusterId }));
    await ports.backups.create(aBackup({ backupId, clusterId, location }));
    await ports.backups.startAttempt(backupId, later(1));
    await ports.backups.finish(backupId, { attempt: 1, backupTso: '1', sizeBytes: '2', at: later(2) });
    return { clusterId, backupId, location, removed, ports, running: executions.running };
  }
  type World = Awaited<ReturnType<typeof prepare>>;
  type Ports = World['ports'];

  const request = ({ backupId }: World, ports: Ports) => deleteBackupRecord({ backupId }, { ...ports, clock });

  /** The nodes of the one running execution, which ends with them. */
  async function execute({ running }: World, ports: Ports): Promise<void> {
    const input = [...running.values()][0]?.input;
    if (input === undefined) return;
    running.clear();
    const timeIsUp = new AbortController().signal;
    const executionArn = `arn:aws:states:us-east-1:111122223333:execution:delete:${input.workFlowId}`;
    const node = { input, executionArn, startTime: CREATED };
    const files = await deleteBackupFiles(node, { ...ports, tidb: noTidb, clock, timeIsUp });
    await deletionEnd({ ...input, files }, { ...ports, clock });
  }

  async function expectGone({ clusterId, backupId, location, removed, ports }: World, label = ''): Promise<void> {
    expect(await ports.backups.get(backupId), label).toBeUndefined();
    expect(new Set(removed), label).toEqual(new Set([JSON.stringify(location)]));
    expect(await ports.clusters.get(clusterId), label).not.toHaveProperty('maintenance');
  }

  it.each(['before', 'after'] as const)(
    'that dies %s any of its calls is completed by deleting again',
    async (when) => {
      const whole = await prepare();
      const counted = dying(whole.ports, NEVER, when);
      await request(whole, counted.ports);
      await execute(whole, counted.ports);
      expect(counted.calls()).toBeGreaterThan(7);

      for (let call = 0; call < counted.calls(); call += 1) {
        const world = await prepare();
        const { ports } = dying(world.ports, call, when);
        await request(world, ports)
          .then(() => execute(world, ports))
          .catch(() => world.running.clear());

        // The first execution that finds a dead one's lock releases it and is retried by ASL.
        for (let again = 0; again < 3; again += 1) {
          await request(world, world.ports);
          await execute(world, world.ports).catch((error: Error) =>
            expect(error.name, `call ${call}`).toBe('ClusterBusy'),
          );
        }

        await expectGone(world, `call ${call}`);
      }
    },
  );

  it('of a cluster that is no longer registered needs no lock', async () => {
    const world = await prepare({ registered: false });

    await request(world, world.ports);
    await execute(world, world.ports);

    expect(await world.ports.backups.get(world.backupId)).toBeUndefined();
  });

  it('waits while another operation holds the cluster', async () => {
    const world = await prepare();
    const maintenance = { status: 'Restore', operationId: 'restore-1', since: CREATED } as const;
    await world.ports.clusters.lock(world.clusterId, maintenance);

    await request(world, world.ports);
    const run = execute(world, world.ports);

    await expect(run).rejects.toMatchObject({ name: 'ClusterBusy', message: 'the cluster is held by Restore' });
    expect(world.removed).toEqual([]);
    expect(await world.ports.clusters.get(world.clusterId)).toMatchObject({ maintenance });
  });

  it.each([
    ['of another record', (id: string) => `tidb/cluster/${id}x`],
    ['above it', () => 'tidb'],
    ['of the whole bucket', () => ''],
    ['with a way out of it', (id: string, cluster: string) => `tidb/../${cluster}/${id}`],
    ['with an empty segment', (id: string, cluster: string) => `tidb//${cluster}/${id}`],
  ])('never touches a folder %s, and says so in the record', async (_case, prefixOf) => {
    const world = await prepare();
    const { backupId, clusterId, ports } = world;
    const get: Ports['backups']['get'] = async (id) => {
      const record = await ports.backups.get(id);
      return record && { ...record, location: { ...world.location, prefix: prefixOf(backupId, clusterId) } };
    };
    const tampered = { ...ports, backups: { ...ports.backups, get } };
    await request(world, ports);
    const input = world.running.get(`${backupId}-delete-1`)?.input ?? expect.unreachable('it was started');

    const failure = await execute(world, tampered).catch((error: Error) => error);

    expect(failure).toHaveProperty('name', 'FolderNotOwned');
    expect(world.removed).toEqual([]);
    const error = { Error: 'FolderNotOwned', Cause: 'the reason' };
    await expect(deletionFail({ ...input, error }, { ...ports, clock })).rejects.toHaveProperty(
      'name',
      'FolderNotOwned',
    );
    expect(await ports.backups.get(backupId)).toMatchObject({
      status: 'Deleting',
      deletionError: { code: 20608, message: 'FolderNotOwned: the reason' },
    });
    expect(await ports.clusters.get(clusterId)).not.toHaveProperty('maintenance');
    expect(await ports.workflows.get(input.workFlowId)).toHaveProperty('status', 'Error');
  });

  it('continues in another run when its time is up', async () => {
    const world = await prepare();
    const { ports } = world;
    const timeIsUp = AbortSignal.abort();
    await request(world, ports);
    const input = [...world.running.values()][0]?.input;
    const files = {
      folders: async () => [],
      exists: async () => false,
      contents: async () => undefined,
      removeAll: async (_: unknown, signal?: AbortSignal) => signal?.throwIfAborted(),
    };
    const node = {
      input: input ?? expect.unreachable('it was started'),
      executionArn: 'arn',
      startTime: CREATED,
    };

    const first = await deleteBackupFiles(node, { ...ports, files, tidb: noTidb, clock, timeIsUp });
    const second = await deleteBackupFiles(node, {
      ...ports,
      tidb: noTidb,
      clock,
      timeIsUp: new AbortController().signal,
    });

    expect([first, second]).toEqual([{ areGone: false }, { areGone: true }]);
  });

  it('keeps the record when files remain', async () => {
    const world = await prepare();
    const removeAll = () => Promise.reject(new Error('s3://backups/x cannot be used: AccessDenied'));
    await request(world, world.ports);

    const run = execute(world, {
      ...world.ports,
      files: { folders: async () => [], exists: async () => false, contents: async () => undefined, removeAll },
    });

    await expect(run).rejects.toMatchObject({ name: 'FilesRemain', message: expect.stringContaining('AccessDenied') });
    expect(await world.ports.backups.get(world.backupId)).toHaveProperty('status', 'Deleting');
  });

  it('makes sure first that no statement is writing, if the failed backup could not', async () => {
    const world = await prepare();
    const { ports, clusterId } = world;
    const backupId = `failed-${randomUUID().slice(0, 8)}`;
    const location = { ...world.location, prefix: `tidb/${clusterId}/${backupId}` };
    await ports.backups.create(aBackup({ backupId, clusterId, location }));
    await ports.backups.fail(backupId, { error: { code: 1, message: 'x' }, filesRemain: 'TiDB is away', at: later(1) });
    await deleteBackupRecord({ backupId }, { ...ports, clock });
    const input = world.running.get(`${backupId}-delete-1`)?.input ?? expect.unreachable('it was started');
    const tidb = new FakeTidb(new VirtualClock());
    const node = () =>
      deleteBackupFiles(
        { input, executionArn: 'arn', startTime: CREATED },
        { ...ports, tidb, clock, timeIsUp: new AbortController().signal },
      );

    tidb.isAway = true;
    await expect(node()).rejects.toMatchObject({ name: 'FilesRemain', message: expect.stringContaining('reached') });
    expect(world.removed).toEqual([]);
    tidb.isAway = false;
    await expect(node()).resolves.toEqual({ areGone: true });
  });
});
