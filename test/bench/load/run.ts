import { setTimeout as sleep } from 'node:timers/promises';
import { inParallel } from '../../../functions/operations/shared/in-parallel.ts';
import { poll } from '../../../infra/local/demo/poll.ts';
import type { LocalCloud, LocalCloudOptions } from '../../../infra/local/local-cloud.ts';
import { audit, untilAtRest } from './audit.ts';
import { ACCOUNT, Client, type Scene } from './client.ts';
import { Deck } from './deck.ts';
import { Brake, fleetId, startFleet } from './fleet.ts';
import { MemoryWatch } from './memory-watch.ts';
import { Recorder } from './recorder.ts';

export interface LoadSize {
  /** Number of clusters backed up at once. */
  readonly clusters: number;
  readonly clients: number;
  /** Seconds for which the clients send requests. */
  readonly seconds: number;
  /** Mean pause of a client between two requests, in milliseconds. */
  readonly thinkMs: number;
}

export interface LoadReport {
  readonly recorder: Recorder;
  readonly memory: MemoryWatch;
  /** Backups whose statements ran at the same time. */
  readonly atOnce: number;
  readonly backups: number;
  /** Seconds from the release of the fleet's first backup until nothing was running. */
  readonly settleSeconds: number;
  /** Promises that do not hold. */
  readonly broken: readonly string[];
}

/** Number of functions that a machine with two cores starts at once within Lambda's ten seconds each. */
const STARTS_AT_ONCE = 4;
/** Such a machine may take this long for one function when others keep it busy. */
const START_SECONDS = 300;
/** Share of the time in which the clients arrive, for the same reason: each concurrent request is another process. */
const ARRIVAL = 0.2;
const PROGRESS_EVERY = 20;
/** TiDB clusters that the clients share for their own backups. */
const OWN_FLEET = 4;

/**
 * Backs up many clusters at once while clients send requests of all routes: at first all backups are held, so that all are running; from
 * the middle of the time on they are released, and end under load.
 */
export async function runLoad(
  { clusters, clients, seconds, thinkMs }: LoadSize,
  start: (options: Omit<LocalCloudOptions, 'template' | 'authorization'>) => Promise<LocalCloud>,
  onProgress: (what: string) => void = () => {},
): Promise<LoadReport> {
  const brake = new Brake();
  const cloud = await start({ gate: brake.gate, idleSeconds: 30 });
  const fleet = await startFleet(clusters + OWN_FLEET, cloud.endpoints.s3);
  try {
    const recorder = new Recorder(cloud.api);
    /** The time before and after the measurement. */
    const aside = new Recorder(cloud.api);
    const backups = new Map<string, string>();
    const started = new Map<string, string>();
    const ofFleet = fleet.endpoints.slice(OWN_FLEET).map((endpoint, n) => ({ clusterId: fleetId(n), endpoint }));
    await inParallel(ofFleet, STARTS_AT_ONCE, async ({ clusterId, endpoint }) => {
      const backupId = await startHeld(aside, brake, clusterId, endpoint);
      backups.set(clusterId, backupId);
      started.set(backupId, clusterId);
      if (backups.size % PROGRESS_EVERY === 0) onProgress(`${backups.size} backups are running`);
    });
    const atOnce = brake.size;
    onProgress('the clients arrive');

    const habits = new Deck(Client.habits);
    const scene: Scene = {
      ...{ recorder, started, thinkMs, habits },
      fleet: backups,
      deleted: new Set(),
      isHeld: (backupId) => brake.holds(backupId),
    };
    const everyone = Array.from({ length: clients }, (_, n) => {
      return new Client(scene, `client-${n}`, fleet.endpoints[n % OWN_FLEET] ?? '');
    });
    await inParallel(everyone, STARTS_AT_ONCE, (client) => client.register(aside));
    const memory = new MemoryWatch(cloud);
    const until = Date.now() + seconds * 1_000;
    let isOver = false;
    const work = Promise.all(
      everyone.map(async (client, n) => {
        await sleep((n / clients) * seconds * ARRIVAL * 1_000);
        await client.run(() => isOver && Date.now() >= until);
      }),
    );
    await Promise.all([sleep((seconds * 1_000) / 2), habits.allDealt]);
    onProgress('the backups of the fleet are released one by one');
    const released = performance.now();
    for (const backupId of backups.values()) {
      brake.release(backupId);
      await sleep((seconds * 1_000) / 2 / clusters);
    }
    isOver = true;
    await work;
    memory.stop();
    onProgress('the clients are done');
    const atWork = await untilAtRest(aside);
    const settleSeconds = (performance.now() - released) / 1_000;
    return {
      recorder,
      memory,
      atOnce,
      backups: started.size,
      settleSeconds,
      broken: [...atWork, ...(await audit(cloud, scene, aside)), ...aside.wrong],
    };
  } finally {
    brake.off();
    await fleet.stop();
    await cloud.stop();
  }
}

/** Registers a cluster, starts its backup, and waits until its statement is running. */
async function startHeld(recorder: Recorder, brake: Brake, clusterId: string, endpoint: string): Promise<string> {
  const tls = 'disabled';
  const body = { clusterId, clusterName: clusterId, endpoints: [endpoint], tls, account: ACCOUNT } as const;
  await recorder.send('POST /clusters', { body: { ...body, endpoints: [endpoint] } });
  const answer = await recorder.send('POST /backups', { body: { clusterId } });
  if (answer?.data === undefined) throw new Error(`the backup of ${clusterId} did not start: ${recorder.wrong.at(-1)}`);
  const { backupId } = answer.data;
  await poll(`the statement of ${backupId}`, async () => brake.holds(backupId) || undefined, {
    seconds: START_SECONDS,
  });
  return backupId;
}
