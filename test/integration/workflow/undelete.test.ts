import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createDeletionStore } from '../../../functions/adapters/dynamodb/deletions-store.ts';
import type { FinishedBackup } from '../../../functions/domain/backup/backup-record.ts';
import type { Evidence } from '../../../functions/domain/backup/verification.ts';
import { costOf, usageOfUndelete } from '../../../functions/domain/planning/cost.ts';
import type { Rewind, RewoundFiles } from '../../../functions/domain/storage/backup-files.ts';
import type { StorageLocation } from '../../../functions/domain/storage/storage-location.ts';
import { repairEnded } from '../../../functions/operations/repair/repair-ended.ts';
import { planUndelete, undeleteBackup } from '../../../functions/operations/undelete/undelete-backup.ts';
import { undeleteBackup as undeleteNode } from '../../../functions/workflow/undelete/undelete-backup.ts';
import { undeleteFail } from '../../../functions/workflow/undelete/undelete-fail.ts';
import { encodeMessage } from '../../../infra/local/tidb-sandbox/brie/protobuf.ts';
import { backupMetaBytes, filesOf } from '../../support/backup-meta.ts';
import { dying } from '../../support/dying.ts';
import { startTables, type TestTables } from '../../support/dynamodb.ts';
import { NamedExecutions } from '../../support/named-executions.ts';
import { aBackup, aCluster, CREATED, later } from '../../support/records.ts';

const NEVER = Number.POSITIVE_INFINITY;
const clock = { now: () => Date.parse(later(600)), sleep: async () => {} };

describe('an undelete', () => {
  let tables: TestTables;
  beforeAll(async () => {
    tables = await startTables();
    vi.spyOn(console, 'error').mockReturnValue();
  });
  afterAll(async () => {
    vi.restoreAllMocks();
    await tables.stop();
  });

  interface Wanted {
    registered?: boolean;
    location?: StorageLocation;
    imported?: FinishedBackup['imported'];
    /** How many of its three files someone has deleted. */
    deleted?: number;
    /** How many of these the store has expired. */
    expired?: number;
    /** Whether its files were counted. */
    isCounted?: boolean;
    /** When the first damage was done, in seconds. */
    damagedAt?: number;
    hasCopy?: boolean;
    metaVersion?: FinishedBackup['metaVersion'];
  }

  /** A finished backup of three files, what an undelete uses, and the behaviour of Step Functions. */
  async function prepare({
    registered = true,
    location: given,
    imported,
    deleted = 2,
    expired = 0,
    isCounted = true,
    damagedAt = 50,
    hasCopy = false,
    metaVersion,
  }: Wanted = {}) {
    const [clusterId, backupId] = [`cluster-${randomUUID().slice(0, 8)}`, `backup-${randomUUID().slice(0, 8)}`];
    const prefix = `tidb/${clusterId}/${backupId}`;
    const copy = { bucket: 'copies', region: 'eu-west-1' };
    const location: StorageLocation = given ?? { type: 's3', bucket: 'b', prefix, ...(hasCopy && { copy }) };
    const executions = new NamedExecutions(clock.now);
    const store = { deleted, keepsVersions: true, rewinds: [] as Rewind[] };
    const ports = {
      ...tables.stores,
      files: {
        ...filesOf({ backupmeta: backupMetaBytes({ backupTso: '1' }) }),
        keepsVersions: async () => store.keepsVersions,
        rewind: async (folder: StorageLocation, rewind: Rewind) => {
          if (JSON.stringify(folder).includes('/tables"')) return { files: 0, dataBytes: 0n };
          store.rewinds.push(rewind);
          const back = store.deleted - expired;
          if (back > 0) {
            rewind.signal?.throwIfAborted();
            await rewind.onChange?.(back, Date.parse(later(damagedAt)));
          }
          store.deleted = expired;
          return { files: 3 - expired, dataBytes: expired === 3 ? 0n : 2n };
        },
      },
      executions: executions.port,
    };
    if (registered) await ports.clusters.create(aCluster({ clusterId }));
    await ports.backups.create(aBackup({ backupId, clusterId, location, ...(imported && { imported }) }));
    await ports.backups.startAttempt(backupId, later(1));
    const fileCount = isCounted ? 3 : undefined;
    await ports.backups.finish(backupId, {
      attempt: 1,
      backupTso: '1',
      sizeBytes: '2',
      fileCount,
      metaVersion,
      at: later(2),
    });
    return { clusterId, backupId, store, ports, running: executions.running };
  }
  type World = Awaited<ReturnType<typeof prepare>>;
  type Ports = World['ports'];

  let requests = 0;
  const attempt = () => {
    const id = `undelete-${requests++}`;
    return { newId: () => id, createTime: () => CREATED, isRepeated: false };
  };

  /** The name of an execution is no call, and cannot die. */
  const arnOf = (_flow: string, workFlowId: string) => workFlowId;
  const request = ({ backupId }: World, { executions, ...ports }: Ports) =>
    undeleteBackup({ backupId }, { ...ports, executions: { ...executions, arnOf }, attempt: attempt() });

  const blame = ({ backupId, ports }: World, verdict: Partial<Evidence> = {}) =>
    ports.backups.recordDrill(backupId, {
      evidence: {
        ...{ workFlowId: 'restore-1', time: later(100), result: 'failed', tables: 0, rows: '0' },
        ...{ mismatches: [], assertions: [], ...verdict },
      },
      ...{ verdict: 'refuted', at: later(100) },
    });

  /** The nodes of the one running execution, which ends with them. */
  async function execute({ running }: World, ports: Ports, timeIsUp = new AbortController().signal) {
    const input = [...running.values()][0]?.input ?? expect.unreachable('none runs');
    running.clear();
    try {
      return await undeleteNode(input, { ...ports, clock, timeIsUp });
    } catch (cause) {
      const { name, message } = cause as Error;
      if (name === 'Death') throw cause;
      const error = { Error: name, Cause: JSON.stringify({ errorMessage: message }) };
      return await undeleteFail({ ...input, error }, { ...ports, clock }).catch((thrown: Error) => thrown);
    }
  }

  const recordOf = async ({ backupId, ports }: World) => (await ports.backups.get(backupId)) as FinishedBackup;

  async function expectNothingHeld(world: World, label = ''): Promise<void> {
    expect(await recordOf(world), label).not.toHaveProperty('restoredBy');
    expect((await world.ports.clusters.get(world.clusterId)) ?? {}, label).not.toHaveProperty('maintenance');
  }

  it('recovers the files, removes the verdict of the restore that missed them, and releases everything', async () => {
    const world = await prepare();
    await blame(world);

    const { workFlowId } = await request(world, world.ports);
    expect(await execute(world, world.ports)).toEqual({ isDone: true, broughtBack: 2, files: 3 });

    expect(await recordOf(world)).not.toHaveProperty('evidence');
    expect(await world.ports.workflows.get(workFlowId)).toMatchObject({
      ...{ flowName: 'UndeleteBackup', bizId: world.clusterId, status: 'Finished' },
    });
    expect(world.store.rewinds).toMatchObject([{ asOf: Date.parse(later(2)), writtenLast: 'backupmeta' }]);
    await expectNothingHeld(world);
  });

  it('keeps a verdict that the files have nothing to do with', async () => {
    const world = await prepare({ deleted: 0 });
    await blame(world);

    await request(world, world.ports);
    expect(await execute(world, world.ports)).toEqual({ isDone: true, broughtBack: 0, files: 3 });

    expect(await recordOf(world)).toHaveProperty('evidence.result', 'failed');
  });

  it.each<[string, Partial<Evidence>, number, boolean]>([
    ['lifts a verdict of missing files', { failure: 'BackupNotRestorable' }, 50, true],
    ['keeps a verdict that is older than the damage', { failure: 'BackupNotRestorable' }, 150, false],
    ['keeps the verdict that TiDB cannot restore it', { failure: 'BackupNotReplayable' }, 50, false],
    ['keeps the verdict of a drill that found other rows', { tables: 3, mismatches: ['shop.orders'] }, 50, false],
    ['keeps a verdict on the second copy', { failure: 'FilesLost', source: 'copy' }, 50, false],
  ])('%s', async (_which, verdict, damagedAt, isLifted) => {
    const world = await prepare({ damagedAt });
    await blame(world, verdict);

    await request(world, world.ports);
    await execute(world, world.ports);

    expect('evidence' in (await recordOf(world))).toBe(!isLifted);
  });

  it('requires the backupmeta that its backup recorded', async () => {
    const metaVersion = { eTag: '"e"', versionId: 'v1' };
    const world = await prepare({ metaVersion });
    await request(world, world.ports);
    await execute(world, world.ports);
    expect(world.store.rewinds).toMatchObject([{ pinned: { backupmeta: metaVersion } }]);

    const { rewind } = world.ports.files;
    const losing = async (folder: StorageLocation, how: Rewind) => ({
      ...(await rewind(folder, how)),
      lost: ['backupmeta'],
    });
    await request(world, world.ports);
    expect(await execute(world, { ...world.ports, files: { ...world.ports.files, rewind: losing } })).toMatchObject({
      name: 'FilesLost',
      message: expect.stringContaining('backupmeta cannot be recovered'),
    });
  });

  it('recovers its second copy too, and otherwise has it looked for again', async () => {
    const isOfCopy = (folder: StorageLocation) => folder.type === 's3' && folder.bucket === 'copies';
    for (const isRefused of [false, true]) {
      const world = await prepare({ hasCopy: true });
      const { backupId, ports } = world;
      await ports.backups.recordCopied(backupId, later(20));
      const { rewind } = ports.files;
      const taken: StorageLocation[] = [];
      const withCopy = async (folder: StorageLocation, how: Rewind): Promise<RewoundFiles> => {
        if (!isOfCopy(folder)) return await rewind(folder, how);
        if (isRefused) throw Object.assign(new Error('arn:aws:iam::123456789012:role/r'), { name: 'AccessDenied' });
        taken.push(folder);
        return { files: 3, dataBytes: 2n };
      };
      await request(world, ports);
      vi.spyOn(console, 'warn').mockReturnValue();
      const result = await execute(world, { ...ports, files: { ...ports.files, rewind: withCopy } });

      const refused = 'not taken back (AccessDenied): it may hold what was written over the files';
      expect(result).toMatchObject({ copy: isRefused ? refused : 'taken back' });
      expect(taken).toHaveLength(isRefused ? 0 : 1);
      expect(await recordOf(world)).not.toHaveProperty('copiedAt');
      expect(await ports.backups.uncopied()).toContainEqual(expect.objectContaining({ backupId }));
    }
  });

  it('that needs more than a hundred runs ends with an error', async () => {
    const world = await prepare();
    await request(world, world.ports);
    const input = { ...([...world.running.values()][0]?.input ?? expect.unreachable('none runs')) };
    const node = { ...world.ports, clock, timeIsUp: AbortSignal.abort() };

    const undelete = { broughtBack: 0, runs: 99 };
    expect(await undeleteNode({ ...input, undelete }, node)).toEqual({ isDone: false, broughtBack: 0, runs: 100 });
    await expect(undeleteNode({ ...input, undelete: { broughtBack: 0, runs: 100 } }, node)).rejects.toThrow('100 runs');
  });

  it.each([
    ['files', 1, '1 of 3 files cannot be recovered'],
    ['all files', 3, '3 of 3 files cannot be recovered'],
  ])(
    'says how many are lost of %s, records that against the backup, and releases everything',
    async (_what, expired, message) => {
      const world = await prepare({ deleted: 3, expired });

      const { workFlowId } = await request(world, world.ports);
      expect(await execute(world, world.ports)).toMatchObject({
        name: 'FilesLost',
        message: expect.stringContaining(message),
      });

      expect(await recordOf(world)).toMatchObject({
        evidence: { result: 'failed', workFlowId, reason: expect.stringContaining(message) },
      });
      expect(await world.ports.workflows.get(workFlowId)).toHaveProperty('status', 'Error');
      await expectNothingHeld(world);
    },
  );

  it('of uncounted files relies on their bytes of data, and on the names in the metadata', async () => {
    const whole = await prepare({ isCounted: false });
    await request(whole, whole.ports);
    expect(await execute(whole, whole.ports)).toMatchObject({ isDone: true });

    const lost = await prepare({ isCounted: false, deleted: 3, expired: 3 });
    await request(lost, lost.ports);
    expect(await execute(lost, lost.ports)).toMatchObject({
      name: 'FilesLost',
      message: expect.stringContaining('files with 2 of 2 bytes of data cannot be recovered'),
    });

    const { files, ...ports } = whole.ports;
    const schemas = encodeMessage([[1, encodeMessage([[1, 'backupmeta.schema.000000001']])]]);
    const { read } = filesOf({
      backupmeta: Buffer.concat([backupMetaBytes({ backupTso: '1' }), encodeMessage([[14, schemas]])]),
    });
    await request(whole, whole.ports);
    expect(await execute(whole, { ...ports, files: { ...files, read } })).toMatchObject({
      name: 'FilesLost',
      message: expect.stringContaining('backupmeta.schema.000000001 is missing'),
    });
  });

  it('continues where its time ran out, and remembers what was wrong', async () => {
    const world = await prepare();
    await blame(world);
    await request(world, world.ports);
    const input = [...world.running.values()][0]?.input ?? expect.unreachable('none runs');

    expect(await execute(world, world.ports, AbortSignal.abort())).toEqual({ isDone: false, broughtBack: 0, runs: 1 });
    // A run that dies right after its change has recorded that there was one.
    const dies = vi.fn(async (_folder: StorageLocation, { onChange }: Rewind) => {
      await onChange?.(2, Date.parse(later(50)));
      throw new Error('died');
    });
    const node = { ...world.ports, clock, timeIsUp: new AbortController().signal };
    await expect(undeleteNode(input, { ...node, files: { ...node.files, rewind: dies } })).rejects.toThrow('died');
    world.store.deleted = 0;
    expect(await undeleteNode(input, node)).toMatchObject({ isDone: true, files: 3 });
    expect(await recordOf(world)).not.toHaveProperty('evidence');
  });

  it.each(['before', 'after'] as const)(
    'that dies %s any of its calls is ended by repair, and completed by repeating it',
    async (when) => {
      const whole = await prepare();
      const counted = dying(whole.ports, NEVER, when);
      await request(whole, counted.ports);
      await execute(whole, counted.ports);
      expect(counted.calls()).toBeGreaterThan(10);

      for (let call = 0; call < counted.calls(); call += 1) {
        const world = await prepare();
        await blame(world);
        const { ports } = dying(world.ports, call, when);
        await request(world, ports).catch(() => undefined);
        const input = [...world.running.values()][0]?.input;
        if (input !== undefined) {
          await execute(world, ports).catch(() => world.running.clear());
          const deletions = createDeletionStore(tables.table('backups'));
          const others = { failNodes: { run: () => expect.unreachable('it is ended by writes') }, strategies: {} };
          await repairEnded('UndeleteBackup', { input, reason: { Error: 'States.Timeout', Cause: 'died' } }, {
            ...world.ports,
            deletions,
            clock,
            ...others,
          } as unknown as Parameters<typeof repairEnded>[2]);
          expect(await world.ports.workflows.get(input.workFlowId), `call ${call}`).not.toMatchObject({
            status: 'Processing',
          });
        }
        await expectNothingHeld(world, `call ${call}`);

        await request(world, world.ports);
        expect(await execute(world, world.ports), `call ${call}`).toMatchObject({ isDone: true, files: 3 });
        await expectNothingHeld(world, `call ${call}`);
      }
    },
    60_000,
  );

  it('waits while another operation holds the cluster, and keeps the backup from being deleted meanwhile', async () => {
    const world = await prepare();
    const { clusters, backups } = world.ports;
    await clusters.lock(world.clusterId, { status: 'BackUp', operationId: 'backup-2', since: CREATED });
    await request(world, world.ports);
    const input = [...world.running.values()][0]?.input ?? expect.unreachable('none runs');
    const timeIsUp = new AbortController().signal;

    await expect(undeleteNode(input, { ...world.ports, clock, timeIsUp })).rejects.toHaveProperty(
      'name',
      'ClusterBusy',
    );

    expect(await createDeletionStore(tables.table('backups')).begin(world.backupId, CREATED)).toBeUndefined();
    await clusters.unlock(world.clusterId, 'backup-2');
    expect(await undeleteNode(input, { ...world.ports, clock, timeIsUp })).toMatchObject({ isDone: true });
    expect(await backups.get(world.backupId)).toHaveProperty('status', 'Finished');
  });

  it('of a cluster that is no longer registered needs no lock', async () => {
    const world = await prepare({ registered: false });

    await request(world, world.ports);

    expect(await execute(world, world.ports)).toMatchObject({ isDone: true });
  });

  it('leaves a backup alone whose deletion came first', async () => {
    const world = await prepare();
    await request(world, world.ports);
    await createDeletionStore(tables.table('backups')).begin(world.backupId, CREATED);

    expect(await execute(world, world.ports)).toMatchObject({ name: 'OperationSuperseded' });

    expect(world.store.rewinds).toEqual([]);
    await expect(request(world, world.ports)).rejects.toMatchObject({
      message: expect.stringContaining('it is Deleting; only the files of a Finished backup can be recovered'),
    });
  });

  it('is refused in a bucket without versions, with what would be right, and is no evidence against the backup', async () => {
    const world = await prepare();
    world.store.keepsVersions = false;
    await request(world, world.ports);

    expect(await execute(world, world.ports)).toMatchObject({
      name: 'ConfigInvalid',
      message: expect.stringContaining('enable versioning'),
    });

    expect(world.store.rewinds).toEqual([]);
    expect(await recordOf(world)).not.toHaveProperty('evidence');
    await expectNothingHeld(world);
  });

  it('is refused for a shared file system, and for a missing backup', async () => {
    const clusterId = `cluster-${randomUUID().slice(0, 8)}`;
    const world = await prepare({ location: { type: 'nfs', path: `/nfs/${clusterId}/backup` } });
    const unknown = { ...world, backupId: 'backup-0' };

    for (const asked of [request(world, world.ports), planUndelete(world, world.ports)]) {
      await expect(asked).rejects.toMatchObject({ message: expect.stringContaining('which keeps no versions') });
    }
    await expect(request(unknown, world.ports)).rejects.toMatchObject({ message: expect.stringContaining('backup-0') });
    expect(world.running.size).toBe(0);
  });

  it('uses the time of import for a backup without a manifest, whose files are all younger', async () => {
    const imported = { workFlowId: 'import-1', time: later(300), withoutManifest: true };
    const world = await prepare({ imported });

    await request(world, world.ports);
    await execute(world, world.ports);

    expect(world.store.rewinds).toMatchObject([{ asOf: Date.parse(later(300)) }]);
    expect(world.store.rewinds[0]).not.toHaveProperty('writtenLast');
  });

  it('tells the next run what it has copied, and forgets that once everything is', async () => {
    const world = await prepare();
    const { files, ...ports } = world.ports;
    const progress = { parts: [{ upTo: '1/a.sst', asOf: Date.parse(later(400)) }], pinned: { eTag: '"copy"' } };
    const told: Rewind['copying'][] = [];
    let copied: RewoundFiles['copied'];
    const copying = async (folder: StorageLocation, how: Rewind) => {
      if (JSON.stringify(folder).includes('/tables"')) return await files.rewind(folder, how);
      told.push(how.copying);
      await how.onCopied?.({ ...progress, lockedUntil: later(9_000) });
      how.signal?.throwIfAborted();
      return { ...(await files.rewind(folder, how)), ...(copied && { copied }) };
    };
    await request(world, world.ports);
    const input = [...world.running.values()][0]?.input ?? expect.unreachable('none runs');
    const node = { ...ports, files: { ...files, rewind: copying }, clock };

    await undeleteNode(input, { ...node, timeIsUp: AbortSignal.abort() });
    expect(await recordOf(world)).toMatchObject({ undeleting: progress, lockedUntil: later(9_000) });
    copied = { asOf: Date.parse(later(500)) };
    await undeleteNode(input, { ...node, timeIsUp: new AbortController().signal });

    expect(told).toEqual([undefined, progress]);
    expect(await recordOf(world)).toMatchObject({ filesAsOf: later(500), lockedUntil: later(9_000) });
    expect(await recordOf(world)).not.toHaveProperty('undeleting');
  });

  it.each([false, true])('is planned with what it will list (second copy: %s)', async (hasCopy) => {
    const world = await prepare({ hasCopy });
    const { backupId, ports } = world;
    const at = later(3);
    const copying = { parts: [], lockedUntil: later(9_000) };

    const { checksLeft, cost } = await planUndelete(world, ports);
    await ports.backups.recordUndelete(backupId, { copying, at });
    const ofLocked = await planUndelete(world, ports);

    // Uploads, the clock and two listings of the folder and of its copy; uploads and a listing of the table checksums.
    expect(cost).toMatchObject(costOf(usageOfUndelete({ files: 3, hasCopy })));
    expect(usageOfUndelete({ files: 3, hasCopy })).toHaveProperty('s3List', hasCopy ? 10 : 6);
    expect(checksLeft.join()).toContain(hasCopy ? 'second copy' : 'the cluster is free');
    expect(ofLocked.checksLeft.join()).toContain('which files have to be copied, as a lock keeps');
  });

  it('counts copies from the last one on, if some had to be made', async () => {
    const world = await prepare();
    const { rewind } = world.ports.files;
    const pinned = { eTag: '"copy"', versionId: 'v2' };
    const lockedUntil = later(9_000);
    const copying = async (folder: StorageLocation, how: Rewind) => ({
      ...(await rewind(folder, how)),
      copied: { asOf: Date.parse(later(500)), pinned, lockedUntil },
    });
    await request(world, world.ports);
    await execute(world, { ...world.ports, files: { ...world.ports.files, rewind: copying } });

    const noted = { filesAsOf: later(500), metaVersion: pinned, lockedUntil };
    expect(await recordOf(world)).toMatchObject(noted);
    // Even if others turn out to be lost.
    const lost = await prepare({ deleted: 3, expired: 1 });
    const losing = async (folder: StorageLocation, how: Rewind) => ({
      ...(await lost.ports.files.rewind(folder, how)),
      copied: { asOf: Date.parse(later(500)), pinned, lockedUntil },
    });
    await request(lost, lost.ports);
    await execute(lost, { ...lost.ports, files: { ...lost.ports.files, rewind: losing } });
    expect(await recordOf(lost)).toMatchObject({ ...noted, evidence: { failure: 'FilesLost' } });
    await request(world, world.ports);
    await execute(world, world.ports);
    expect(world.store.rewinds.at(-1)).toMatchObject({ asOf: Date.parse(later(500)) });
    expect(world.store.rewinds.at(-1)).not.toHaveProperty('writtenLast');
  });
});
