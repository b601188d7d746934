import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createEmfMetrics } from '../../../functions/adapters/events/emf-metrics.ts';
import type { BackupRecord } from '../../../functions/domain/backup/backup-record.ts';
import { ownBackups } from '../../../functions/domain/cluster/cluster.ts';
import {
  DUE_KINDS,
  type Due,
  type DueKind,
  type DueStore,
  UNTIL_CHANGED,
} from '../../../functions/domain/cluster/due-store.ts';
import { planRetention, retentionOf } from '../../../functions/domain/strategy/retention.ts';
import { dueDrill, type Strategy, windowDrillId } from '../../../functions/domain/strategy/strategy.ts';
import { startDeletion } from '../../../functions/operations/deletion/start-deletion.ts';
import { startDueDrills } from '../../../functions/operations/drill/start-due-drills.ts';
import { applyRetention } from '../../../functions/operations/retention/apply-retention.ts';
import { indexClusters } from '../../../functions/operations/status/index-clusters.ts';
import { lookAgain } from '../../../functions/operations/status/look-again.ts';
import { type BackupAges, measureBackupAges } from '../../../functions/operations/status/measure-backup-ages.ts';
import { deleteBackupStrategy } from '../../../functions/operations/strategy/delete-backup-strategy.ts';
import { saveBackupStrategy } from '../../../functions/operations/strategy/save-backup-strategy.ts';
import { recordTidb } from '../../../functions/workflow/backup/tidb-of-backup.ts';
import { createEngineTables, type EngineTables } from '../../support/engine-tables.ts';
import { aBackup, aCluster, aFinishedBackup, CREATED } from '../../support/records.ts';

const HOUR = 3_600_000;

let tables: EngineTables;
beforeAll(async () => {
  for (const level of ['info', 'warn', 'error'] as const) vi.spyOn(console, level).mockReturnValue();
  tables = await createEngineTables();
});
afterAll(() => vi.restoreAllMocks());

let worlds = 0;

/** Two clusters, whose time and operations the test controls. */
class World {
  readonly clusterIds: readonly string[];
  readonly #number: number;
  #now = Date.parse(CREATED);
  #made = 0;
  #tidbs = 0;
  readonly #backupIds: string[] = [];
  #seen = new Map<string, BackupRecord>();
  readonly #begun = new Map<string, BackupRecord>();
  /** Findings of the scans so far. */
  found = 0;
  readonly clock = { now: () => this.#now };
  readonly metrics = createEmfMetrics(this.clock, {}, () => {});
  readonly #stores = tables.stores;
  readonly #executions = {
    arnOf: (_: string, id: string) => `arn:${id}`,
    start: async () => true,
    exists: async () => false,
  };
  readonly deps = {
    ...this.#stores,
    ...{ clock: this.clock, metrics: this.metrics, executions: this.#executions },
    ...{ hasProvisioner: true, hasWorker: true, hasTime: () => true, everyCluster: false },
    events: { missed: async () => {} },
  };

  constructor() {
    worlds += 1;
    this.#number = worlds;
    this.clusterIds = ['a', 'b'].map((name) => `due-${this.#number}-${name}`);
  }

  get now(): string {
    return new Date(this.#now).toISOString();
  }

  async register(clusterId: string): Promise<void> {
    await this.#stores.clusters.create(aCluster({ clusterId, createTime: this.now, updateTime: this.now }));
  }

  async remove(clusterId: string): Promise<void> {
    await this.#held(clusterId, 'Deleting', (id) => this.#stores.clusters.remove(clusterId, id));
  }

  async act(kind: Action, which: number, number: number): Promise<void> {
    this.#now += 1 + (number % 9) * HOUR;
    const clusterId = this.clusterIds[which % 2] ?? '';
    await this[kind](clusterId, number);
    await this.#stream();
  }

  async save(clusterId: string, number: number): Promise<void> {
    const strategy: Omit<Strategy, 'timezone'> = {
      ...{ weekdays: ['Monday'], period: { start: 60, end: 120 }, paused: number % 11 === 5 },
      ...(number % 2 === 0 && { maxBackupAgeHours: 10 + (number % 30) }),
      ...(number % 3 === 0 && { maxVerifiedAgeHours: 10 + (number % 40) }),
      ...(number % 5 < 3 && { retention: { keepLast: 1 + (number % 2), ...(number % 3 === 0 && { maxAgeDays: 2 }) } }),
      ...(number % 4 < 3 && { drill: { weekdays: ['Monday', 'Friday'], assertions: [], parameters: {} } }),
    };
    await saveBackupStrategy(clusterId, strategy, this.deps);
  }

  async forget(clusterId: string): Promise<void> {
    await deleteBackupStrategy(clusterId, this.deps);
  }

  async finish(clusterId: string, number: number): Promise<void> {
    await this.#held(clusterId, 'BackUp', async (backupId) => {
      await this.#begin(clusterId, backupId);
      const { tidb } = (await this.#stores.clusters.get(clusterId)) ?? {};
      const origin = tidb && { clusterId, tidbClusterId: tidb.clusterId };
      const result = { attempt: 1, backupTso: String(this.#made), sizeBytes: '1', checksums: { tables: 1 } };
      this.#now += (number % 3) * HOUR;
      await this.#stores.backups.finish(backupId, { ...result, origin, at: this.now });
    });
  }

  async fail(clusterId: string): Promise<void> {
    await this.#held(clusterId, 'BackUp', async (backupId) => {
      await this.#begin(clusterId, backupId);
      const error = { code: 10_007, message: 'gone' };
      await this.#stores.backups.fail(backupId, { error, at: this.now });
    });
  }

  async delete(_: string, number: number): Promise<void> {
    const backupId = this.#backup(number);
    if (backupId !== undefined) await startDeletion(backupId, this.deps);
  }

  async adopt(clusterId: string, number: number): Promise<void> {
    const backupId = this.#newId();
    const endTime = new Date(this.#now - (number % 90) * HOUR).toISOString();
    const verified = number % 2 === 0 && { verifiedAt: endTime };
    const of = number % 3 === 0 ? {} : { tidbClusterId: String(this.#tidbs) };
    await this.#stores.backups.adopt(
      aFinishedBackup({
        ...{ backupId, clusterId, backupMode: 'auto', createTime: endTime, endTime },
        ...verified,
        ...of,
      }),
    );
  }

  async verify(_: string, number: number): Promise<void> {
    await this.#judge(number, { verdict: 'verified', recoverySeconds: 1 });
  }

  async refute(_: string, number: number): Promise<void> {
    await this.#judge(number, { verdict: 'refuted' });
  }

  async moveTidb(clusterId: string): Promise<void> {
    const cluster = await this.#stores.clusters.get(clusterId);
    this.#tidbs += 1;
    const backup = { backupId: this.#newId(), createTime: this.now };
    if (cluster) await recordTidb(backup, cluster, String(this.#tidbs), this.#stores.clusters);
  }

  async registerAgain(clusterId: string): Promise<void> {
    await this.remove(clusterId);
    await this.register(clusterId);
  }

  /** Fails if a sweep would miss what a scan of all clusters finds. */
  async sweep(): Promise<void> {
    const now = this.#now;
    const clusters = { ...this.#stores.clusters, all: () => this.#stores.clusters.getAll(this.clusterIds) };
    // Nothing that the sweeps do makes another of them look.
    const found = new Map<DueKind, Due[]>();
    for (const kind of DUE_KINDS) found.set(kind, await this.#stores.due.find(kind, this.now));
    const isFound = (kind: DueKind, clusterId: string) =>
      found.get(kind)?.some((each) => each.clusterId === clusterId) ?? false;
    const due = { ...this.#stores.due, find: async (kind: DueKind) => found.get(kind) ?? [] };
    const deps = { ...this.deps, clusters, due };

    const walked = await measureBackupAges(now, { ...deps, everyCluster: true });
    const swept = await measureBackupAges(now, deps);
    const counted = ({ overdue, unverified }: BackupAges) => ({ overdue, unverified });
    expect(counted(swept)).toEqual(counted(walked));
    this.found += walked.overdue + walked.unverified;
    for (const cluster of await clusters.all()) {
      const { clusterId, strategy } = cluster;
      const own = ownBackups(cluster);
      const { removals } = planRetention(
        await this.#stores.retention.backupsOf(clusterId, own),
        retentionOf(cluster),
        now,
      );
      this.found += removals.length;
      if (removals.length > 0) expect(isFound('retention', clusterId)).toBe(true);
      const window = strategy && dueDrill(strategy, now);
      const drill =
        window && (await this.#stores.workflows.get(windowDrillId(clusterId, window, strategy.registeredAt)));
      if (window && drill === undefined) expect(isFound('drill', clusterId)).toBe(true);
    }
    await applyRetention(now, deps);
    await startDueDrills(now, deps);
  }

  async #begin(clusterId: string, backupId: string): Promise<void> {
    const { backups } = this.#stores;
    const at = this.now;
    const record = aBackup({ backupId, clusterId, backupMode: 'auto', createTime: at, updateTime: at });
    this.#begun.set(backupId, record);
    await backups.create(record);
    await backups.startAttempt(backupId, at);
  }

  async #held(clusterId: string, status: 'BackUp' | 'Deleting', work: (id: string) => Promise<unknown>): Promise<void> {
    const operationId = this.#newId();
    const { outcome } = await this.#stores.clusters.lock(clusterId, { status, operationId, since: this.now });
    if (outcome !== 'locked') return;
    await work(operationId);
    await this.#stores.clusters.unlock(clusterId, operationId);
  }

  async #judge(
    number: number,
    verdict: { verdict: 'verified'; recoverySeconds: number } | { verdict: 'refuted' },
  ): Promise<void> {
    const backupId = this.#backup(number);
    if (backupId === undefined) return;
    const evidence = {
      ...{ workFlowId: this.#newId(), time: this.now, result: 'passed' as const, tables: 1, rows: '1' },
      ...{ mismatches: [], assertions: [] },
    };
    await this.#stores.backups.recordDrill(backupId, { evidence, ...verdict, at: this.now });
  }

  #newId(): string {
    this.#made += 1;
    const id = `due-${this.#number}-${this.#made}`;
    this.#backupIds.push(id);
    return id;
  }

  /** A finished one, more often the newest. */
  #backup(number: number): string | undefined {
    const finished = [...this.#seen.values()].filter(({ status }) => status === 'Finished');
    return finished.at(-1 - (number % Math.max(Math.min(finished.length, 3), 1)))?.backupId;
  }

  /** The stream records of backups after an action's writes. */
  async #stream(): Promise<void> {
    const records = await this.#stores.backups.getAll(this.#backupIds);
    const now = new Map(records.map((record) => [record.backupId, record] as const));
    const ids = new Set([...this.#seen.keys(), ...now.keys()]);
    const changes = [...ids].map((id) => ({
      ...{ changeId: id, sequence: '1', time: this.now },
      ...{ before: this.#seen.get(id) ?? this.#begun.get(id), after: now.get(id) },
    }));
    this.#seen = new Map([...now].sort(([, a], [, b]) => (a.createTime < b.createTime ? -1 : 1)));
    await lookAgain(changes, this.deps);
  }
}

/** Relative frequencies. */
const ACTIONS = {
  ...{ save: 1, forget: 0.3, finish: 4, fail: 1, delete: 3, adopt: 1, verify: 3, refute: 2 },
  ...{ moveTidb: 0.3, registerAgain: 0.3, sweep: 2 },
} as const;
type Action = keyof typeof ACTIONS;

type Step = [action: Action, number?: number];

/** A limit of 18 hours for finished backups; of 28 for finished and for verified ones; only the newest backup is kept. */
const [FINISHED_IN_18, VERIFIED_IN_28, KEEP_LAST] = [8, 18, 2];

describe('the indexes of due clusters', () => {
  it.each<[what: string, steps: Step[]]>([
    [
      'its newest backup is deleted',
      [['save', FINISHED_IN_18], ['finish'], ['finish', 8], ['sweep'], ['delete'], ['sweep', 8], ['sweep', 4]],
    ],
    [
      'its newest verified backup is refuted',
      [
        ...([['save', VERIFIED_IN_28], ['finish'], ['verify'], ['finish', 8], ['verify'], ['sweep']] as Step[]),
        ...([['refute'], ['sweep', 8], ['sweep', 8], ['sweep', 8]] as Step[]),
      ],
    ],
    [
      'a backup finishes, so that an older one goes',
      [['save', KEEP_LAST], ['finish'], ['sweep'], ['finish'], ['sweep']],
    ],
    ['a backup is imported', [['save', KEEP_LAST], ['finish'], ['sweep'], ['adopt', 3], ['sweep']]],
  ])('contain a cluster as soon as it is due because %s', async (_, steps) => {
    const world = new World();
    const [clusterId = ''] = world.clusterIds;
    await world.register(clusterId);
    for (const [action, number = 0] of steps) await world.act(action, 0, number);
    expect(world.found).toBeGreaterThan(0);
    await world.remove(clusterId);
  });

  it('miss no cluster that a scan of all would find, whatever happens to backups and strategies', async () => {
    const kinds = (Object.keys(ACTIONS) as Action[]).map((value) => ({
      ...{ arbitrary: fc.constant(value), weight: ACTIONS[value] * 10 },
    }));
    const step = fc.tuple(fc.oneof(...kinds), fc.nat(1_000));
    await fc.assert(
      fc.asyncProperty(fc.nat(40), fc.array(step, { minLength: 2, maxLength: 4 }), async (strategy, steps) => {
        const world = new World();
        const [clusterId = ''] = world.clusterIds;
        await world.register(clusterId);
        // The first sweep moves on what is not due; whatever happens then must bring it back in time.
        await world.act('save', 0, strategy);
        await world.act('finish', 0, 0);
        await world.act('verify', 0, 0);
        await world.act('sweep', 0, 0);
        for (const [action, number] of steps) await world.act(action, 0, number);
        await world.act('sweep', 0, 8);
        await world.remove(clusterId);
      }),
      // Four seconds on an idle machine.
      { numRuns: 101, endOnFailure: true, interruptAfterTimeLimit: 20_000 },
    );
  });

  it('contain a cluster of an earlier release after the first sweep', async () => {
    const { clusters, due, strategies } = tables.stores;
    const clusterId = 'of-an-earlier-release';
    await clusters.create(aCluster({ clusterId }));
    const drill = { weekdays: ['Monday' as const], assertions: [], parameters: {} };
    const strategy: Strategy = {
      ...{ weekdays: ['Monday'], period: { start: 60, end: 120 }, timezone: 'UTC', paused: false },
      ...{ maxBackupAgeHours: 24, retention: { keepLast: 1 }, drill },
    };
    // As earlier releases saved it.
    await strategies.save(clusterId, { strategy, nextRunAt: undefined, due: {}, servedAt: undefined });
    const found = async () => {
      const kinds: DueKind[] = [];
      for (const kind of ['overdue', 'drill', 'retention'] as const) {
        const dueOnes = await due.find(kind, UNTIL_CHANGED);
        if (dueOnes.some((each) => each.clusterId === clusterId)) kinds.push(kind);
      }
      return kinds;
    };
    expect(await found()).toEqual([]);

    const now = Date.parse(CREATED);
    await indexClusters(now, { due, hasTime: () => false });
    expect(await due.isComplete()).toBe(false);
    await indexClusters(now, { due, hasTime: () => true });
    expect(await found()).toEqual(['overdue', 'drill', 'retention']);

    const walk: DueStore['withStrategy'] = () => {
      throw new Error('all clusters are read again');
    };
    await indexClusters(now, { due: { ...due, withStrategy: walk }, hasTime: () => true });
  });
});

it('a sweep finds what became due within the second of its event, which names no fraction', async () => {
  const { due, clusters, strategies } = tables.stores;
  await clusters.create(aCluster({ clusterId: 'due-now' }));
  const strategy = { ...{ weekdays: [], period: { start: 0, end: 0 }, timezone: 'UTC' }, paused: false };
  await strategies.save('due-now', {
    ...{ strategy: { ...strategy, registeredAt: CREATED }, nextRunAt: undefined, servedAt: undefined },
    due: { retention: '2030-01-01T00:00:00.700Z' },
  });
  const found = async (now: string) => (await due.find('retention', now)).map(({ clusterId }) => clusterId);

  expect(await found('2030-01-01T00:00:00.000Z')).toContain('due-now');
  expect(await found('2029-12-31T23:59:59.000Z')).not.toContain('due-now');
});
