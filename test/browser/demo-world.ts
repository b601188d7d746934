import { PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { Page } from 'playwright-core';
import { missedWindowKeys } from '../../functions/adapters/dynamodb/tables.ts';
import type { InitializingBackup } from '../../functions/domain/backup/backup-record.ts';
import type { ComparedTable } from '../../functions/domain/backup/verification.ts';
import type { NodeRun } from '../../functions/domain/workflow/workflow-executions.ts';
import { type ApiWorld, startApiWorld } from '../support/api-world.ts';
import { aBackup, aWorkflow, CREATED } from '../support/records.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const GIB = 2n ** 30n;

/** A Thursday, three days before the clocks go forward in Berlin. */
const NOW = Date.UTC(2026, 2, 26, 2, 12);
const iso = (ms: number) => new Date(ms).toISOString();

const DISK_FULL =
  '[BR:KV:ErrKVStorage]tikv storage occur I/O error: store 4 (tikv-2.tikv-peer.billing:20160): No space left on device (os error 28)';

/** The API with weeks of backups, for tests of pages. Time stands still, in the browser too. */
export interface DemoWorld {
  /** Answers the page in place of the API. */
  answer(page: Page): Promise<void>;
  stop(): Promise<void>;
}

export const DEMO = {
  cluster: 'orders-eu',
  backup: 'orders-eu-2026-03-22',
  failedBackup: 'billing-2026-03-26',
  drill: 'drill-orders-eu-2026-03-22',
  target: 'reporting',
} as const;

export async function startDemoWorld(): Promise<DemoWorld> {
  const world = await startApiWorld();
  await registerClusters(world);
  world.advance(NOW - Date.parse(CREATED));
  await saveStrategies(world);
  await backUpOrders(world);
  await backUpTheOthers(world);
  const running = await runningBackup(world);
  world.ports.histories.nodeRuns = async (arn) => nodesOf(arn.split(':').at(-1) ?? '', running);
  return {
    async answer(page) {
      await page.clock.setFixedTime(NOW);
      await page.route('**/api/v1/**', async (route) => {
        const request = route.request();
        const { pathname, search } = new URL(request.url());
        const asked = `${request.method()} ${pathname.replace('/api/v1', '')}${search}`;
        const { status, ...json } = await world.api(asked, request.postData() ?? undefined);
        await route.fulfill({ status, json });
      });
    },
    stop: () => world.stop(),
  };
}

async function registerClusters(world: ApiWorld): Promise<void> {
  const clusters: [string, string, string?][] = [
    [DEMO.cluster, 'Orders (EU)', 'Europe/Berlin'],
    ['billing', 'Billing', 'Europe/Berlin'],
    ['inventory', 'Inventory', 'America/New_York'],
    ['sessions', 'Sessions'],
    ['c-7f3a91d2', 'Clickstream of the recommendation service, staging, second attempt after the move to eu-central-1'],
    ['products', 'Product catalogue'],
    [DEMO.target, 'Reporting'],
  ];
  for (const [clusterId, clusterName, timezone = 'UTC'] of clusters) {
    await world.register(clusterId, { clusterName, timezone, endpoints: [`tidb.${clusterId}.example.com:4000`] });
  }
}

const EVERY_DAY = 'Monday,Tuesday,Wednesday,Thursday,Friday,Saturday,Sunday';

async function saveStrategies(world: ApiWorld): Promise<void> {
  const save = async (clusterId: string, strategy: object) => {
    const whole = { backupDate: EVERY_DAY, period: '1:30-4:00', ...strategy };
    const { code, message } = await world.api(`PUT /clusters/${clusterId}/strategy`, { strategy: whole });
    if (code !== 0) throw new Error(message);
  };
  await save(DEMO.cluster, {
    ...{ fullBackupDate: 'Sunday', maxBackupAgeHours: 26, maxVerifiedAgeHours: 200 },
    ...{ retention: { keepDaily: 7 }, drill: { backupDate: 'Sunday' } },
  });
  await save('billing', { maxBackupAgeHours: 26, retention: { keepLast: 14 } });
  await save('inventory', { period: '22:00-2:00', maxBackupAgeHours: 30 });
  await save('sessions', { backupDate: 'Monday', paused: true });
  await save('c-7f3a91d2', { backupDate: 'Sunday', maxVerifiedAgeHours: 400 });
  await save('products', { fullBackupDate: 'Wednesday', maxBackupAgeHours: 50 });
}

interface Taken extends Partial<InitializingBackup> {
  minutes: number;
  bytes: bigint;
}

/** A finished backup that was created at a moment, and its workflow. */
async function take(
  { ports }: ApiWorld,
  clusterId: string,
  createdAt: number,
  { minutes, bytes, ...change }: Taken,
): Promise<{ backupId: string; backupTso: string }> {
  const backupId = `${clusterId}-${iso(createdAt).slice(0, 10)}`;
  const createTime = iso(createdAt);
  const [begun, ended] = [iso(createdAt + MINUTE / 2), iso(createdAt + MINUTE / 2 + minutes * MINUTE)];
  const backupTso = String(BigInt(createdAt + MINUTE) << 18n);
  const location: InitializingBackup['location'] = {
    ...({ type: 's3', bucket: 'tidb-backups-eu-central-1' } as const),
    prefix: `tidb/${clusterId}/${backupId}`,
    copy: { bucket: 'tidb-backups-copy-eu-west-1', region: 'eu-west-1' },
  };
  await ports.backups.create(aBackup({ backupId, clusterId, createTime, backupMode: 'auto', location, ...change }));
  await ports.backups.startAttempt(backupId, begun);
  const release = { tidbVersion: 'v8.5.1', newCollationEnabled: true };
  const statement = { server: 'tidb-0', connectionId: '2097153' };
  await ports.backups.recordStatement(backupId, { attempt: 1, statement, release, at: begun });
  await ports.backups.finish(backupId, {
    ...{ attempt: 1, backupTso, sizeBytes: String(bytes), fileCount: Number(bytes / (96n * 2n ** 20n)) + 3 },
    ...{ lockedUntil: iso(createdAt + 7 * DAY), checksums: { tables: 48, comparison: 'rowsAndKeyValues' } },
    ...{ awaitsCopy: true, at: ended },
  });
  await ports.backups.recordCopied(backupId, iso(Date.parse(ended) + 9 * MINUTE));
  await flow(ports, 'BackupCluster', clusterId, backupId, { from: createTime, to: ended, status: 'Finished' });
  return { backupId, backupTso };
}

async function fail({ ports }: ApiWorld, clusterId: string, createdAt: number, message: string): Promise<void> {
  const backupId = `${clusterId}-${iso(createdAt).slice(0, 10)}`;
  const [from, to] = [iso(createdAt), iso(createdAt + 11 * MINUTE)];
  await ports.backups.create(aBackup({ backupId, clusterId, backupMode: 'auto', createTime: from }));
  await ports.backups.startAttempt(backupId, from);
  await ports.backups.fail(backupId, { error: { code: 20_602, message }, at: to });
  await flow(ports, 'BackupCluster', clusterId, backupId, { from, to, status: 'Error' });
}

async function flow(
  { workflows }: ApiWorld['ports'],
  flowName: 'BackupCluster' | 'RestoreDrill',
  bizId: string,
  workFlowId: string,
  { from, to, status }: { from: string; to: string; status: 'Finished' | 'Error' },
): Promise<void> {
  const executionArn = `arn:aws:states:eu-central-1:111122223333:execution:${flowName}:${workFlowId}`;
  await workflows.create(aWorkflow({ workFlowId, flowName, bizId, executionArn, createTime: from, updateTime: from }));
  await workflows.setStatus({ workFlowId, flowName, bizId }, status, to);
}

/** A full backup each Sunday, drilled, and increments between; one has failed, and one window was missed. */
async function backUpOrders(world: ApiWorld): Promise<void> {
  const clusterId = DEMO.cluster;
  const first = Date.parse(CREATED) + HOUR;
  let base = await take(world, clusterId, first, { minutes: 44, bytes: 402n * GIB, backupMode: 'manual' });
  await drill(world, clusterId, base.backupId, first, 61);
  for (let day = 1; day <= 24; day += 1) {
    const at = Date.UTC(2026, 2, 1 + day, 0, 31);
    if (day === 11) await fail(world, clusterId, at, '[PD:client:ErrClientGetTSO]get TSO failed, rpc error: timeout');
    else if (day === 17) await miss(world, clusterId, at, 'the cluster was held by a restore until the window closed');
    else if (day % 7 === 0) {
      base = await take(world, clusterId, at, { minutes: 44 + day / 4, bytes: (402n + BigInt(day)) * GIB });
      await drill(world, clusterId, base.backupId, at, 61 + day / 3);
    } else {
      const bytes = (6n + BigInt((day * 5) % 7)) * GIB;
      base = await take(world, clusterId, at, { minutes: 3 + (day % 4), bytes, backupType: 'incr', base });
    }
  }
}

async function miss({ tables }: ApiWorld, clusterId: string, start: number, reason: string): Promise<void> {
  const window = { start: iso(start), end: iso(start + 2.5 * HOUR), reason };
  const TableName = tables.names.clusters;
  await tables.client.send(
    new PutCommand({ TableName, Item: { ...missedWindowKeys(clusterId, window.start), window } }),
  );
  await tables.client.send(
    new UpdateCommand({
      ...{ TableName, Key: { clusterId }, UpdateExpression: 'SET lastMissed = :missed' },
      ExpressionAttributeValues: { ':missed': window },
    }),
  );
}

async function drill(
  { ports }: ApiWorld,
  clusterId: string,
  backupId: string,
  takenAt: number,
  minutes: number,
): Promise<void> {
  const workFlowId = `drill-${backupId}`;
  const [from, to] = [takenAt + 5 * HOUR, takenAt + 5 * HOUR + (minutes + 9) * MINUTE];
  const time = iso(to);
  await flow(ports, 'RestoreDrill', clusterId, workFlowId, { from: iso(from), to: time, status: 'Finished' });
  await ports.workflows.recordDrillTables(workFlowId, { tables: TABLES });
  await ports.backups.recordDrill(backupId, {
    ...{ verdict: 'verified', recoverySeconds: minutes * 60, at: time },
    evidence: {
      ...{ workFlowId, time, result: 'passed', tables: 6, comparison: 'rowsAndKeyValues', rows: '1893204417' },
      ...{ mismatches: [], provisioningSeconds: 412 },
      changedByRestore: ['"shop.carts": its TTL is off (TTL_ENABLE)'],
      notCompared: ['"legacy.import_2019" cannot be read: TiDB error 8141'],
      assertions: [
        { assertion: 'SELECT COUNT(*) > 0 FROM shop.orders WHERE created > NOW() - INTERVAL 2 DAY', passed: true },
      ],
    },
  });
}

const equal = (table: string, rows: number, change: Partial<ComparedTable> = {}): ComparedTable => ({
  ...{ database: 'shop', table, outcome: 'equal', rows: String(rows), keyValues: String(rows * 3) },
  ...{ checksum: String((BigInt(rows) * 2_654_435_761n) % 10n ** 18n), ...change },
});

const TABLES: ComparedTable[] = [
  {
    ...{ database: 'legacy', table: 'import_2019', outcome: 'notCompared' },
    detail: '"legacy.import_2019" cannot be read: TiDB error 8141',
  },
  equal('carts', 21_744_310, { detail: 'its TTL is off (TTL_ENABLE)' }),
  equal('customers', 48_110_207),
  { database: 'shop', table: 'open_orders', kind: 'view', outcome: 'equal' },
  equal('order_items', 1_402_887_135),
  equal('orders', 391_462_018),
  equal('payments', 28_999_744),
  equal('products', 1_003),
];

async function backUpTheOthers(world: ApiWorld): Promise<void> {
  const day = (back: number, hour: number) => Date.UTC(2026, 2, 26 - back, hour, 31);
  for (let back = 12; back >= 2; back -= 1) {
    const { backupId } = await take(world, 'billing', day(back, 0), { minutes: 18, bytes: (96n - BigInt(back)) * GIB });
    if (back === 4) await drill(world, 'billing', backupId, day(back, 0), 22);
  }
  await fail(world, 'billing', day(1, 0), DISK_FULL);
  await fail(world, 'billing', day(0, 1), DISK_FULL);
  for (let back = 9; back >= 1; back -= 1) {
    await take(world, 'inventory', day(back, 2), { minutes: 31, bytes: (210n + BigInt(back % 3)) * GIB });
    await take(world, 'products', day(back, 3), { minutes: 2, bytes: (3n + BigInt(back % 2)) * GIB });
  }
  await take(world, 'sessions', day(10, 4), { minutes: 1, bytes: GIB / 3n });
  await take(world, 'c-7f3a91d2', day(4, 5), { minutes: 140, bytes: 2_300n * GIB });
  await miss(world, 'products', day(6, 1), 'no TiDB server could be reached: connect ETIMEDOUT');
  const { ports } = world;
  for (const [clusterId, status] of [
    ['billing', 'failed'],
    [DEMO.cluster, 'passed'],
    ['inventory', 'warning'],
  ] as const) {
    const registered = await ports.clusters.get(clusterId);
    await ports.clusters.recordCheck(clusterId, {
      registeredAt: registered?.createTime ?? '',
      check: {
        ...{ workFlowId: `check-${clusterId}`, status, startTime: iso(NOW - DAY), endTime: iso(NOW - DAY + 9_000) },
        findings: [
          {
            check: 'endpoint',
            subject: `tidb.${clusterId}.example.com:4000`,
            status: 'passed',
            message: 'It answers.',
          },
          {
            ...{ check: 'gcLifeTime', status, message: 'tidb_gc_life_time is 10m0s, shorter than a backup takes.' },
            remedy: 'SET GLOBAL tidb_gc_life_time = "24h", or let the service hold the snapshot.',
          },
        ],
      },
    });
  }
}

async function runningBackup(world: ApiWorld): Promise<string> {
  const { data } = await world.api('POST /backups', { clusterId: 'inventory', backupMode: 'manual' });
  const backupId = String(data.backupId);
  const at = iso(NOW);
  const { TableName, Key } = { TableName: world.tables.names.clusters, Key: { clusterId: 'inventory' } };
  await world.tables.client.send(
    new UpdateCommand({
      ...{ TableName, Key, UpdateExpression: 'SET maintenance.since = :since' },
      ExpressionAttributeValues: { ':since': iso(NOW - 13 * MINUTE) },
    }),
  );
  await world.ports.backups.startAttempt(backupId, iso(NOW - 13 * MINUTE));
  await world.ports.backups.recordProgress(backupId, { attempt: 1, progress: 42, step: 'copying tables', at });
  await world.ports.workflows.setStatus(
    { workFlowId: backupId, flowName: 'BackupCluster', bizId: 'inventory' },
    'Processing',
    at,
  );
  return backupId;
}

function nodesOf(workFlowId: string, running: string): NodeRun[] {
  const [day = iso(NOW)] = /\d{4}-\d\d-\d\d$/.exec(workFlowId) ?? [];
  const start = workFlowId === running ? NOW - 13 * MINUTE : Date.parse(`${day.slice(0, 10)}T01:32:00Z`);
  let at = start;
  const node = (name: string, minutes: number, change: Partial<NodeRun> = {}): NodeRun => {
    const startTime = iso(at);
    at += minutes * MINUTE;
    const parameters = JSON.stringify({ workFlowId, backupId: workFlowId, maintenanceStatusChange: true });
    return {
      id: String(at),
      name,
      parameters,
      result: '{}',
      status: 'Finished',
      startTime,
      endTime: iso(at),
      ...change,
    };
  };
  if (workFlowId === running) {
    const { endTime: _, ...backup } = node('backup', 13, { status: 'Processing', result: '' });
    return [backup];
  }
  if (workFlowId.startsWith('drill-')) {
    const verified = JSON.stringify({ result: 'passed', tables: 6, rows: '1893204417' });
    return [
      ...[node('createCluster', 0.1), node('waitClusterReady', 6.9), node('restoreNewCluster', 52)],
      ...[node('verifyRestore', 16, { result: verified }), node('end', 0.2)],
    ];
  }
  return workFlowId === DEMO.failedBackup
    ? [node('backup', 11, { status: 'Error', result: `BackupFailed: ${DISK_FULL}` }), node('fail', 0.1)]
    : [node('backup', 49), node('updateBackupRecord', 0.3), node('end', 0.1)];
}
