import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createUnfinished } from '../../../functions/adapters/dynamodb/unfinished-store.ts';
import { FilesLocked } from '../../../functions/domain/storage/backup-files.ts';
import type { StorageLocation } from '../../../functions/domain/storage/storage-location.ts';
import type { TidbControl } from '../../../functions/domain/tidb/tidb.ts';
import { deleteBackupRecord } from '../../../functions/operations/deletion/delete-backup-records.ts';
import { startDeletion } from '../../../functions/operations/deletion/start-deletion.ts';
import { backupFail } from '../../../functions/workflow/backup/backup-fail.ts';
import { deleteBackupFiles } from '../../../functions/workflow/deletion/delete-backup-files.ts';
import { deletionEnd } from '../../../functions/workflow/deletion/deletion-end.ts';
import { dying } from '../../support/dying.ts';
import { startTables, type TestTables } from '../../support/dynamodb.ts';
import { NamedExecutions } from '../../support/named-executions.ts';
import { aBackup, aCluster, aWorkflow, CREATED, later } from '../../support/records.ts';

const DAY_MS = 24 * 3_600_000;
const days = (count: number): string => later(count * 24 * 3_600);
const idleTidb = { running: async () => [], close: () => {} } as Partial<TidbControl> as TidbControl;

describe('locked files', () => {
  let tables: TestTables;
  beforeAll(async () => {
    tables = await startTables();
    vi.spyOn(console, 'error').mockReturnValue();
  });
  afterAll(async () => {
    vi.restoreAllMocks();
    await tables.stop();
  });

  /** A backup whose files no one can delete before their day, and the behaviour of Step Functions in its deletion. */
  async function prepare({ lockedUntil = days(1), isKnown = false } = {}) {
    const [clusterId, backupId] = [`cluster-${randomUUID().slice(0, 8)}`, `backup-${randomUUID().slice(0, 8)}`];
    const location = { type: 's3', bucket: 'backups', prefix: `tidb/${clusterId}/${backupId}` } as const;
    const state = { now: Date.parse(CREATED), areGone: false, tries: 0 };
    const clock = { now: () => state.now, sleep: async () => {} };
    const executions = new NamedExecutions(clock.now);
    const ports = {
      ...tables.stores,
      files: {
        folders: async () => [],
        exists: async () => false,
        contents: async () => undefined,
        removeAll: async (folder: StorageLocation) => {
          state.tries += 1;
          if (state.now < Date.parse(lockedUntil)) throw new FilesLocked(folder, lockedUntil);
          state.areGone = true;
        },
      },
      executions: executions.port,
    };
    await ports.clusters.create(aCluster({ clusterId }));
    await ports.backups.create(aBackup({ backupId, clusterId, location }));
    await ports.backups.startAttempt(backupId, later(1));
    const result = { attempt: 1, backupTso: '1', sizeBytes: '2', at: later(2) };
    return {
      ...{ clusterId, backupId, state, clock, ports, running: executions.running },
      finish: () => ports.backups.finish(backupId, { ...result, ...(isKnown && { lockedUntil }) }),
      unfinished: createUnfinished({
        clusters: tables.table('clusters'),
        backups: tables.table('backups'),
        workflows: tables.table('workflows'),
      }),
    };
  }
  type World = Awaited<ReturnType<typeof prepare>>;
  type Ports = World['ports'];

  const request = ({ backupId, clock }: World, ports: Ports) => deleteBackupRecord({ backupId }, { ...ports, clock });

  /** One run of the first node, and of the last if it is its turn, as in the state machine. */
  async function step({ running, clock }: World, ports: Ports) {
    const [execution] = [...running.values()];
    if (execution === undefined) throw new Error('nothing runs');
    const { input, startTime } = execution;
    const timeIsUp = new AbortController().signal;
    const node = {
      input,
      startTime,
      executionArn: `arn:aws:states:us-east-1:111122223333:execution:d:${input.workFlowId}`,
    };
    const files = await deleteBackupFiles(node, {
      ...ports,
      ...{ clock, timeIsUp, tidb: { openControl: () => expect.unreachable('nothing can be running') } },
    });
    if (files.areGone || files.isLeft) {
      await deletionEnd({ ...input, files }, { ...ports, clock });
      running.delete(input.workFlowId);
    }
    return files;
  }

  /** Time passes as long as the state machine waits. @returns how often it waited */
  async function waitOut(world: World): Promise<number> {
    for (let waits = 0; ; waits += 1) {
      const { waitUntil } = await step(world, world.ports);
      if (waitUntil === undefined) return waits;
      const wait = Date.parse(waitUntil) - world.state.now;
      // The limit of Node's timers, with which the local cloud waits.
      expect(wait).toBeLessThan(2 ** 31);
      // The cluster is free meanwhile: another operation can take it.
      const other = { status: 'Restore', operationId: 'restore-1', since: CREATED } as const;
      expect(await world.ports.clusters.lock(world.clusterId, other)).toHaveProperty('outcome', 'locked');
      await world.ports.clusters.unlock(world.clusterId, 'restore-1');
      world.state.now += wait;
    }
  }

  async function expectGone({ ports, backupId, clusterId, state }: World, label = ''): Promise<void> {
    expect(state.areGone, label).toBe(true);
    expect(await ports.backups.get(backupId), label).toBeUndefined();
    expect(await ports.clusters.get(clusterId), label).not.toHaveProperty('maintenance');
  }

  it.each([
    ['known from the backup', true, 1],
    ['discovered as they are deleted', false, 2],
  ])('are deleted on their day, in the same execution: %s', async (_case, isKnown, tries) => {
    const world = await prepare({ lockedUntil: days(50), isKnown });
    await world.finish();

    const answer = await request(world, world.ports);

    expect(answer).toEqual(isKnown ? { lockedUntil: days(50) } : {});
    expect(await waitOut(world)).toBe(3);
    expect(world.state.now).toBe(Date.parse(days(50)));
    expect(world.state.tries).toBe(tries);
    await expectGone(world);
    expect(await world.ports.workflows.get(`${world.backupId}-delete-1`)).toHaveProperty('status', 'Finished');
  });

  it('for more than a year are deleted by a later execution: Step Functions ends each after a year', async () => {
    const world = await prepare({ lockedUntil: days(400) });
    const { ports, backupId, unfinished, state } = world;
    await world.finish();
    await request(world, ports);

    await waitOut(world);

    expect(state.now - Date.parse(CREATED)).toBeLessThan(365 * DAY_MS);
    expect(await ports.backups.get(backupId)).toMatchObject({ status: 'Deleting', lockedUntil: days(400) });
    expect(await ports.workflows.get(`${backupId}-delete-1`)).toHaveProperty('status', 'Finished');
    // Reconcile leaves it alone until its day, and then has it deleted like any deletion whose execution has ended.
    expect(await unfinished.deletions(Date.parse(days(400)) - 1)).toMatchObject({ locked: [backupId] });
    expect(await unfinished.deletions(Date.parse(days(400)))).toMatchObject({ due: [backupId], locked: [] });
    state.now = Date.parse(days(400));
    await request(world, ports);
    expect(await waitOut(world)).toBe(0);
    await expectGone(world);
  });

  it('of an incremental backup delay the deletion of its base too, which sweeps skip as well', async () => {
    const world = await prepare({ lockedUntil: days(1), isKnown: true });
    const { ports, backupId: baseId, clusterId, unfinished } = world;
    await world.finish();
    const [backupId, base] = [`${baseId}-incr`, { backupId: baseId, backupTso: '1' }];
    await ports.backups.create(aBackup({ backupId, clusterId, backupType: 'incr', base }));
    await ports.backups.holdBase(base, backupId);
    await ports.backups.startAttempt(backupId, later(1));
    const result = { attempt: 1, backupTso: '2', sizeBytes: '2', lockedUntil: days(30), at: later(2) };
    await ports.backups.finish(backupId, result);
    await ports.deletions.begin(backupId, later(3));
    world.state.now = Date.parse(days(2));
    await ports.deletions.begin(baseId, later(3), 1);
    await startDeletion(baseId, { ...ports, clock: world.clock });

    const { waitUntil } = await step(world, ports);

    expect(waitUntil).toBe(days(22));
    expect(await ports.backups.get(baseId)).toMatchObject({ status: 'Deleting', lockedUntil: days(30) });
    expect((await unfinished.deletions(world.state.now)).locked.sort()).toEqual([baseId, backupId]);
    await ports.deletions.finish(backupId);
    await ports.backups.releaseBase(baseId, { backupId, seen: 1 });
    await waitOut(world);
    await expectGone(world);
  });

  it.each(['before', 'after'] as const)('are not lost by a deletion that dies %s any of its calls', async (when) => {
    const whole = await prepare();
    await whole.finish();
    const counted = dying(whole.ports, Number.POSITIVE_INFINITY, when);
    await request(whole, counted.ports);
    await step(whole, counted.ports);
    expect(counted.calls()).toBeGreaterThan(6);

    for (let call = 0; call < counted.calls(); call += 1) {
      const world = await prepare();
      await world.finish();
      const { ports } = dying(world.ports, call, when);
      await request(world, ports)
        .then(() => step(world, ports))
        .catch(() => {});

      // ASL retries the node; the caller retries the request.
      await request(world, world.ports);
      await waitOut(world);

      await expectGone(world, `call ${call}`);
    }
  });

  it('with a lock that has just ended are a failure, which ASL retries at once', async () => {
    const world = await prepare();
    await world.finish();
    await request(world, world.ports);
    const removeAll = async (folder: StorageLocation) => {
      throw new FilesLocked(folder, CREATED);
    };

    const run = step(world, {
      ...world.ports,
      files: { folders: async () => [], exists: async () => false, contents: async () => undefined, removeAll },
    });

    await expect(run).rejects.toMatchObject({ name: 'FilesRemain' });
    expect(await world.ports.backups.get(world.backupId)).not.toHaveProperty('lockedUntil');
  });

  it('of a failed backup are removed when their lock ends: until then its cluster is free, and no sweep reads it', async () => {
    const world = await prepare();
    const { ports, backupId, clusterId, clock, unfinished, state } = world;
    await ports.clusters.lock(clusterId, { status: 'BackUp', operationId: backupId, since: CREATED });
    await ports.workflows.create(aWorkflow({ workFlowId: backupId, bizId: clusterId }));
    const error = { Error: 'BackupFailed', Cause: 'the reason' };
    const input = { workFlowId: backupId, clusterId, backupId, maintenanceStatusChange: true, error };
    const lookOnly = {
      read: async () => undefined,
      dataBytes: async () => 0n,
      stateOf: async () => ({}),
      abortUploads: async () => {},
    };
    const fail = () =>
      expect(
        backupFail(input, {
          ...ports,
          strategies: { miss: async () => {} },
          ...{ clock, tidb: { openControl: () => idleTidb }, files: { ...lookOnly, ...ports.files } },
        }),
      ).rejects.toHaveProperty('name', 'BackupFailed');

    await fail();

    expect(await ports.backups.get(backupId)).toMatchObject({
      status: 'Failed',
      filesRemain: expect.stringContaining(`locked until ${days(1)}`),
      lockedUntil: days(1),
    });
    expect(await ports.clusters.get(clusterId)).not.toHaveProperty('maintenance');
    expect(await unfinished.withFiles(Date.parse(days(1)) - 1)).not.toContain(backupId);
    state.now = Date.parse(days(1));
    expect(await unfinished.withFiles(state.now)).toContain(backupId);
    await fail();
    const settled = await ports.backups.get(backupId);
    expect(settled).not.toHaveProperty('filesRemain');
    expect(settled).not.toHaveProperty('lockedUntil');
    expect(state.areGone).toBe(true);
    expect(await unfinished.withFiles(state.now)).not.toContain(backupId);
  });
});
