import { ScanCommand } from '@aws-sdk/lib-dynamodb';
import { expect } from 'vitest';
import { TABLES, type TableName } from '../../functions/adapters/dynamodb/tables.ts';
import type { TidbRelease } from '../../functions/domain/backup/backup-record.ts';
import type { ApiWorld } from './api-world.ts';
import { aBackup, later } from './records.ts';

/** Calls that a function without write access could make. */
const READS = /^(GetItem|BatchGetItem|Query)Command$|^DescribeExecution$/;

interface Run {
  release?: TidbRelease;
  seconds?: number;
  sizeBytes?: string;
  lockedUntil?: string;
}

/** Requests plans from an API, and makes the backups that they are about. */
export function planning(world: ApiWorld) {
  /** Everything stored anywhere. */
  async function wholeState(): Promise<unknown> {
    const names = Object.keys(TABLES) as TableName[];
    const scans = names.map(async (name) => {
      const scan = new ScanCommand({ TableName: world.tables.names[name], ConsistentRead: true });
      const { Items = [] } = await world.tables.client.send(scan);
      return [name, new Map(Items.map((item) => [String(item[TABLES[name].partitionKey]), item]))];
    });
    return [await Promise.all(scans), new Map(world.secrets), new Map(world.executions)];
  }

  /** Requests a plan, with and without a key, and compares the whole state with the state before. */
  async function planOf<Plan>(route: string, body?: unknown): Promise<Plan> {
    const asking = `${route}${route.includes('?') ? '&' : '?'}plan=true`;
    const before = await wholeState();
    world.calls.length = 0;

    const answer = await world.api(asking, body);
    const repeated = await world.api(asking, body, {
      headers: { 'idempotency-key': `plan of ${route}`.replaceAll(' ', '-') },
    });

    expect(world.calls.filter((call) => !READS.test(call))).toEqual([]);
    expect(await wholeState()).toEqual(before);
    expect(answer).toMatchObject({ status: 200, code: 0 });
    expect(repeated).toEqual(answer);
    return answer.data.plan as Plan;
  }

  /** A finished backup of the cluster. */
  async function finished(clusterId: string, backupId: string, run: Run = {}): Promise<string> {
    const { seconds = 100, sizeBytes = '1000', lockedUntil, release } = run;
    const { backups } = world.ports;
    await backups.create(aBackup({ backupId, clusterId }));
    await backups.startAttempt(backupId, later(0));
    const at = later(seconds);
    const statement = { server: 'tidb-0:4000', connectionId: '1' };
    if (release) await backups.recordStatement(backupId, { attempt: 1, statement, release, at });
    await backups.finish(backupId, { attempt: 1, backupTso: '464680329216000001', sizeBytes, lockedUntil, at });
    return backupId;
  }

  /** Ends a backup that has only been started, so that its cluster is free. */
  async function over(clusterId: string, backupId: string): Promise<void> {
    await world.ports.backups.cancel(backupId, { at: later(1) });
    await world.ports.clusters.unlock(clusterId, backupId);
  }

  let lastTso = 464680329216000001n;

  /** A backup of the cluster, as the workflow makes it. */
  async function taken(clusterId: string, request: object = {}, noted: object = {}): Promise<string> {
    const { data, message } = await world.api('POST /backups', { clusterId, ...request });
    const backupId = String(data.backupId);
    const now = () => new Date(world.ports.clock.now()).toISOString();
    await world.ports.backups.startAttempt(backupId, now());
    world.advance(60_000);
    lastTso += 1n;
    const result = { attempt: 1, backupTso: String(lastTso), sizeBytes: '1000', fileCount: 5, ...noted, at: now() };
    if ((await world.ports.backups.finish(backupId, result)) === undefined) throw new Error(message);
    await world.ports.clusters.unlock(clusterId, backupId);
    return backupId;
  }

  /** A full backup, and the given number of incremental ones, each based on the previous one. */
  async function chainOf(clusterId: string, length: number): Promise<string[]> {
    const chain = [await taken(clusterId)];
    while (chain.length <= length) chain.push(await taken(clusterId, { backupType: 'incr' }));
    return chain;
  }

  async function recordOf(backupId: string): Promise<Record<string, unknown>> {
    const { data } = await world.api(`GET /backups?backupId=${backupId}`);
    const [record = {}] = data.backupRecords as Record<string, unknown>[];
    return record;
  }

  return { wholeState, planOf, finished, over, taken, chainOf, recordOf };
}
