import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Route } from '../../../clients/typescript/routes.ts';
import { any, type Card, type Deck } from './deck.ts';
import type { Answer, Recorder } from './recorder.ts';

/** Shared by all clients. */
export interface Scene {
  readonly recorder: Recorder;
  /** Clusters of the fleet, and the backup started on each. */
  readonly fleet: ReadonlyMap<string, string>;
  /** Whether that backup is still held. */
  readonly isHeld: (backupId: string) => boolean;
  /** Every started backup with its cluster, including deleted ones. */
  readonly started: Map<string, string>;
  /** Backups whose deletion was accepted, or may have been. */
  readonly deleted: Set<string>;
  /** Mean pause between two requests of a client. */
  readonly thinkMs: number;
  readonly habits: Deck<Habit>;
}

/** Something that a client does now and then. */
export type Habit = (client: Client) => Promise<void>;

const STRATEGY = { backupDate: 'Monday,Friday', period: '22:00-2:00', timezone: 'Europe/Berlin' };
const NO_STRATEGY = { backupDate: '', period: '0:00-0:00' };
const ENDED = ['Finished', 'Failed', 'Canceled'];
const STATUSES = [...ENDED, 'Initializing', 'Processing', 'Deleting'];

/**
 * A client with its own cluster: whatever it writes, it must read back at once, and no one else changes it. What it reads about others must
 * at least be consistent.
 */
export class Client {
  readonly #scene: Scene;
  readonly #recorder: Recorder;
  readonly #clusterId: string;
  readonly #settings: { endpoints: string[]; tls: 'disabled' };
  /** Its possible names: two while it is unknown whether a failed change was made. */
  #names = ['as registered'];
  /** Its possible strategies. */
  #strategies: readonly object[] = [NO_STRATEGY];
  /** Its backups that it has not deleted, newest last. */
  #backups: string[] = [];

  constructor(scene: Scene, clusterId: string, endpoint: string) {
    this.#scene = scene;
    this.#recorder = scene.recorder;
    this.#clusterId = clusterId;
    this.#settings = { endpoints: [endpoint], tls: 'disabled' };
  }

  async register(recorder: Recorder): Promise<void> {
    const body = { clusterId: this.#clusterId, clusterName: this.#names[0] ?? '', ...this.#settings, account: ACCOUNT };
    await recorder.send('POST /clusters', { body });
  }

  /** Sends requests, one after the other. */
  async run(isOver: () => boolean): Promise<void> {
    const { habits, thinkMs } = this.#scene;
    while (!isOver()) {
      // Exponential, as for independent users.
      await sleep(Math.min(-Math.log(1 - Math.random()) * thinkMs, 5 * thinkMs));
      await habits.draw()(this);
    }
  }

  /** Requests of all routes with their frequencies; first those that are only refused while the fleet is held. */
  static readonly habits: readonly Card<Habit>[] = [
    [6, (client) => client.#disturbFleet()],
    [10, (client) => client.#readCluster()],
    [6, (client) => client.#listClusters()],
    [6, (client) => client.#rename()],
    [6, (client) => client.#saveStrategy()],
    [8, (client) => client.#readStrategy()],
    [3, (client) => client.#deleteStrategy()],
    [4, (client) => client.#previewRetention()],
    [14, (client) => client.#readBackupOfFleet()],
    [6, (client) => client.#listBackups()],
    [8, (client) => client.#readWorkflow()],
    [5, (client) => client.#listWorkflows()],
    [5, (client) => client.#readConfig()],
    [2, (client) => client.#changeConfig()],
    [2, (client) => client.#readDescription()],
    [3, (client) => client.#backUpTwiceAtOnce()],
    [3, (client) => client.#repeatABackup()],
    [4, (client) => client.#readOwnBackup()],
    [2, (client) => client.#cancelOwnBackup()],
    [2, (client) => client.#deleteOwnBackup()],
    [1, (client) => client.#deleteOwnBackups()],
    [1, (client) => client.#restore()],
    [1, (client) => client.#restoreWhatIsNotThere()],
    [2, (client) => client.#registerAndRemove()],
  ];

  async #readCluster(): Promise<void> {
    const answer = await this.#recorder.send('GET /clusters/{clusterId}', this.#own);
    this.#check(
      answer,
      'its own cluster',
      ({ data }) => this.#names.includes(String(data?.clusterName)) && data?.clusterId === this.#clusterId,
    );
  }

  async #listClusters(): Promise<void> {
    const answer = await this.#recorder.send('GET /clusters', { query: { pageSize: 20 } });
    this.#check(answer, 'all clusters', ({ data, page }) => {
      return Number(page?.total) >= this.#scene.fleet.size && (data?.clusters.length ?? 21) <= 20;
    });
  }

  async #rename(): Promise<void> {
    const body = { clusterName: `renamed ${randomUUID()}`, ...this.#settings };
    const answer = await this.#recorder.send('PUT /clusters/{clusterId}', { ...this.#own, body });
    this.#names = answer === undefined ? [...this.#names, body.clusterName] : [body.clusterName];
    await this.#readCluster();
  }

  get #own() {
    return { path: { clusterId: this.#clusterId } };
  }

  async #saveStrategy(): Promise<void> {
    const body = { strategy: STRATEGY };
    const answer = await this.#recorder.send('PUT /clusters/{clusterId}/strategy', { ...this.#own, body });
    this.#strategies = answer === undefined ? [...this.#strategies, STRATEGY] : [STRATEGY];
  }

  async #deleteStrategy(): Promise<void> {
    const answer = await this.#recorder.send('DELETE /clusters/{clusterId}/strategy', this.#own);
    this.#strategies = answer === undefined ? [...this.#strategies, NO_STRATEGY] : [NO_STRATEGY];
  }

  async #previewRetention(): Promise<void> {
    const query = { keepLast: 1, pageSize: 100 };
    const answer = await this.#recorder.send('GET /clusters/{clusterId}/retention/preview', { ...this.#own, query });
    // All its backups are manual.
    this.#check(answer, 'the removal of manual backups', ({ data, page }) => {
      return data?.toRemove === 0 && data.toKeep === page?.total;
    });
  }

  async #readStrategy(): Promise<void> {
    const answer = await this.#recorder.send('GET /clusters/{clusterId}/strategy', this.#own);
    this.#check(answer, 'its own strategy', ({ data }) =>
      this.#strategies.some((strategy) => holds(data?.strategy, strategy)),
    );
  }

  async #readBackupOfFleet(): Promise<void> {
    const [clusterId, backupId] = any([...this.#scene.fleet]);
    const answer = await this.#recorder.send('GET /backups', { query: { clusterId } });
    const statuses = this.#scene.isHeld(backupId) ? ['Initializing', 'Processing'] : STATUSES;
    this.#check(answer, 'the backup of another', ({ data }) => {
      const record = data?.backupRecords.find(({ id }) => id === backupId);
      return statuses.includes(String(record?.status));
    });
  }

  async #listBackups(): Promise<void> {
    const answer = await this.#recorder.send('GET /backups', { query: { pageSize: 50, backupMode: 'manual' } });
    this.#check(answer, 'all backups, newest first', ({ data, page }) => {
      const times = data?.backupRecords.map(({ createTime }) => createTime) ?? [];
      return Number(page?.total) >= this.#scene.fleet.size && String(times) === String(times.toSorted().toReversed());
    });
  }

  async #readWorkflow(): Promise<void> {
    const [bizId, backupId] = any([...this.#scene.fleet]);
    const answer = await this.#recorder.send('GET /workflow/{workFlowId}', { path: { workFlowId: backupId } });
    this.#check(answer, 'a workflow', ({ data }) => holds(data?.info, { id: backupId, bizId, name: 'BackupCluster' }));
  }

  async #listWorkflows(): Promise<void> {
    const answer = await this.#recorder.send('GET /workflow', { query: { flowName: 'BackupCluster', pageSize: 50 } });
    this.#check(answer, 'all workflows', ({ data }) => {
      return data?.workFlows.every(({ name }) => name === 'BackupCluster') ?? false;
    });
  }

  async #readConfig(): Promise<void> {
    const answer = await this.#recorder.send('GET /config', { query: { configKey: 'RestoreConcurrency' } });
    this.#check(answer, 'the configuration', ({ data }) => data?.configValue === '0');
  }

  async #changeConfig(): Promise<void> {
    const body = { configKey: 'RestoreConcurrency', configValue: '0' } as const;
    await this.#recorder.send('POST /config/update', { body });
  }

  async #readDescription(): Promise<void> {
    await this.#recorder.send('GET /openapi.json', {});
  }

  /** Only the backup that holds a cluster may run there. */
  async #disturbFleet(): Promise<void> {
    const [clusterId, backupId] = any([...this.#scene.fleet]);
    if (!this.#scene.isHeld(backupId)) return await this.#readBackupOfFleet();
    const answer = await this.#recorder.send('POST /backups', { body: { clusterId } }, { codes: [20114, 0] });
    if (answer?.data) this.#scene.started.set(answer.data.backupId, clusterId);
    // It may have been released meanwhile.
    if (!this.#scene.isHeld(backupId)) return;
    this.#check(answer, 'a cluster that is held', ({ code, message }) => {
      return code === 20114 && message.includes(backupId);
    });
  }

  /** The records finally show whether both ran at the same time. */
  async #backUpTwiceAtOnce(): Promise<void> {
    const [one, other] = await Promise.all([this.#startBackup(), this.#startBackup()]);
    if (one?.code !== 0 || other?.code !== 0) return;
    this.#recorder.check(one.data?.backupId !== other.data?.backupId, 'two requests started one backup', [one, other]);
  }

  /** A repeated request must be the same request. */
  async #repeatABackup(): Promise<void> {
    const key = randomUUID();
    const first = await this.#startBackup(key);
    const again = await this.#startBackup(key);
    if (first === undefined || again === undefined) return;
    this.#recorder.check(
      first.code === again.code && first.data?.backupId === again.data?.backupId,
      'a repeated request was answered otherwise',
      [first, again],
    );
  }

  async #startBackup(idempotencyKey?: string): Promise<Answer<'POST /backups'> | undefined> {
    const body = { clusterId: this.#clusterId };
    const key = idempotencyKey === undefined ? {} : { idempotencyKey };
    const answer = await this.#recorder.send('POST /backups', { body }, { codes: [0, 20114], ...key });
    if (answer?.code !== 0 || answer.data === undefined) return answer;
    const { backupId } = answer.data;
    this.#scene.started.set(backupId, this.#clusterId);
    if (!this.#backups.includes(backupId)) this.#backups.push(backupId);
    return answer;
  }

  async #readOwnBackup(): Promise<void> {
    const backupId = this.#backups.at(-1);
    if (backupId === undefined) return await this.#readCluster();
    const answer = await this.#recorder.send('GET /backups', { query: { backupId } });
    this.#check(answer, 'its own backup', ({ data }) => {
      const [record] = data?.backupRecords ?? [];
      return record?.id === backupId && STATUSES.includes(String(record.status));
    });
  }

  async #cancelOwnBackup(): Promise<void> {
    const backupId = this.#backups.at(-1) ?? 'none';
    const body = { clusterId: this.#clusterId, backupId };
    const codes = backupId === 'none' ? [20612] : [0, 20610];
    await this.#recorder.send('POST /backups/cancel', { body }, { codes });
  }

  async #deleteOwnBackup(): Promise<void> {
    const backupId = this.#backups.at(0) ?? 'none';
    const codes = backupId === 'none' ? [20612] : [0, 20610];
    const answer = await this.#recorder.send('DELETE /backups/{backupId}', { path: { backupId } }, { codes });
    // A request that failed may have been carried out.
    if (answer === undefined || answer.code === 0) this.#forget(backupId);
  }

  async #deleteOwnBackups(): Promise<void> {
    const clusterId = this.#clusterId;
    await this.#recorder.send('DELETE /backups', { query: { clusterId, backupMode: 'manual' } });
    // Backups in use are left out, and some if the service has failed.
    const left = await this.#recorder.send('GET /backups', { query: { clusterId, pageSize: 100 } });
    if (left?.data === undefined) {
      for (const backupId of this.#backups) this.#forget(backupId);
      return;
    }
    const kept = left.data.backupRecords.filter(({ status }) => status !== 'Deleting');
    const ids = new Set(kept.map(({ id }) => id));
    for (const backupId of this.#backups) if (!ids.has(backupId)) this.#forget(backupId);
  }

  #forget(backupId: string): void {
    this.#scene.deleted.add(backupId);
    this.#backups = this.#backups.filter((each) => each !== backupId);
  }

  async #restore(): Promise<void> {
    const backupId = this.#backups.at(-1) ?? 'none';
    const codes = backupId === 'none' ? [20612] : [0, 20610, 20114];
    await this.#recorder.send('POST /clusters/{clusterId}/restore', { ...this.#own, body: { backupId } }, { codes });
  }

  async #restoreWhatIsNotThere(): Promise<void> {
    const body = { clusterName: 'A copy', backupId: 'none', endpoints: ['127.0.0.1:1'], account: ACCOUNT };
    await this.#recorder.send('POST /clusters/restore', { body }, { codes: [20612] });
  }

  async #registerAndRemove(): Promise<void> {
    const body = { clusterName: 'For a moment', endpoints: ['127.0.0.1:1'], account: ACCOUNT };
    const answer = await this.#recorder.send('POST /clusters', { body });
    if (answer?.data === undefined) return;
    const path = { clusterId: answer.data.clusterId };
    const removed = await this.#recorder.send('DELETE /clusters/{clusterId}', { path });
    if (removed === undefined) return;
    await this.#recorder.send('GET /clusters/{clusterId}', { path }, { codes: [10003] });
  }

  #check<R extends Route>(answer: Answer<R> | undefined, what: string, isRight: (answer: Answer<R>) => boolean): void {
    if (answer !== undefined)
      this.#recorder.check(isRight(answer), `${this.#clusterId} was answered wrongly about ${what}`, answer);
  }
}

export const ACCOUNT = { user: 'root', password: '' };

/** Whether `found` has all fields of `expected`. */
function holds(found: unknown, expected: object): boolean {
  return Object.entries(expected).every(([name, value]) => (found as Record<string, unknown>)[name] === value);
}
