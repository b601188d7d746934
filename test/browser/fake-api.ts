import type { Page } from 'playwright-core';

const CLUSTER = 'orders';
/** Longer than any column. */
export const LONG_NAME = `The-cluster-of-the-order-processing-department-${'without-a-break-'.repeat(6)}`;
const COUNT = 10_000;
const HOUR = 3_600_000;
const NEWEST = Date.UTC(2026, 10, 30);

const at = (n: number) => new Date(NEWEST - n * HOUR).toISOString();

const record = (n: number) => ({
  ...{ id: `backup-${n}`, clusterId: CLUSTER, backupType: n % 7 === 0 ? 'full' : 'incr', backupMethod: 'physical' },
  ...{ backupMode: 'auto', filePath: `s3://bucket/backup-${n}`, size: 1, sizeBytes: '1048576', backupTso: '1' },
  ...{ status: 'Finished', startTime: at(n), endTime: at(n - 0.2), createTime: at(n), updateTime: at(n) },
  ...{ deleteTime: '0001-01-01T00:00:00Z', workFlowId: `backup-${n}`, storageType: 's3', executor: 'lambda' },
});

const cluster = {
  ...{ clusterId: CLUSTER, clusterName: LONG_NAME, endpoints: ['tidb:4000'], account: { user: 'backup' } },
  ...{ tls: 'disabled', timezone: 'UTC', status: 'Running', maintenanceStatus: '', createTime: at(COUNT) },
  updateTime: at(COUNT),
};

const strategy = {
  ...{ clusterId: CLUSTER, backupDate: 'Saturday,Sunday', period: '1:30-4:00', timezone: 'Europe/Berlin' },
  ...{ paused: false, nextRuns: [] },
};

/** A refusal as the API or API Gateway answers it. */
export interface Refusal {
  status: number;
  body: object;
}

/**
 * Answers the page in place of the API: a cluster with a long name and 10,000 backups.
 * @param refuse makes a request fail
 */
export async function fakeApi(
  page: Page,
  refuse: (route: string, query: URLSearchParams) => Refusal | undefined = () => undefined,
) {
  await page.route('**/api/v1/**', async (route) => {
    const request = route.request();
    const { pathname, searchParams: query } = new URL(request.url());
    const path = pathname.replace('/api/v1', '');
    const refusal = refuse(`${request.method()} ${path}`, query);
    if (refusal !== undefined) return await route.fulfill({ status: refusal.status, json: refusal.body });
    const answer = answerOf(path, query);
    await route.fulfill({ json: { code: 0, message: 'OK', ...answer } });
  });
}

function answerOf(path: string, query: URLSearchParams): { data: object; page?: object } {
  const first = Number(query.get('pageToken') ?? 0);
  const size = Number(query.get('pageSize') ?? 10);
  const page = { page: 1, pageSize: size, total: COUNT, nextPageToken: String(first + size) };
  switch (path) {
    case '/overview':
      return {
        data: {
          asOf: at(0),
          clusters: [
            {
              ...{ clusterId: CLUSTER, clusterName: LONG_NAME, timezone: 'UTC', maintenanceStatus: '' },
              ...{ recentBackups: [], isOverdue: true, maxBackupAgeHours: 26, isUnverified: false },
            },
          ],
        },
        page: { page: 1, pageSize: 100, total: 1 },
      };
    case '/backups':
      return query.has('backupId')
        ? { data: { backupRecords: [record(1)] }, page }
        : { data: { backupRecords: Array.from({ length: size }, (_, n) => record(first + n)) }, page };
    case '/backups/backup-1/evidence':
      return { data: { asOf: at(0), evidence: { chain: [{ backupId: 'backup-1' }] } } };
    case `/clusters/${CLUSTER}`:
      return { data: cluster };
    case '/clusters':
      return { data: { clusters: [cluster] }, page: { page: 1, pageSize: 100, total: 1 } };
    case `/clusters/${CLUSTER}/strategy`:
      return { data: { strategy } };
    case `/clusters/${CLUSTER}/history`:
      return {
        data: { backups: Array.from({ length: 1_000 }, (_, n) => pastBackup(n)), missedWindows: [], since: at(999) },
      };
    case '/config/all':
      return { data: { config: [{ configKey: 'BackupRateLimit', configValue: '0' }] } };
    default:
      return { data: {} };
  }
}

function pastBackup(n: number) {
  const { id, backupType, backupMode, status, createTime, startTime, endTime, sizeBytes } = record(n);
  const base = n % 7 === 0 ? {} : { baseBackupId: `backup-${n + 1}` };
  return { backupId: id, backupType, backupMode, status, createTime, startTime, endTime, sizeBytes, ...base };
}
