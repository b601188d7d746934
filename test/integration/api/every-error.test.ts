import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createDeletionStore } from '../../../functions/adapters/dynamodb/deletions-store.ts';
import { createDocumentClient } from '../../../functions/adapters/dynamodb/dynamodb.ts';
import { ERRORS, type ErrorName } from '../../../functions/domain/shared/errors.ts';
import { type ApiAnswer, createApi, untouchablePorts } from '../../support/api.ts';
import { type ApiWorld, startApiWorld } from '../../support/api-world.ts';
import { caught, contextWith, type NodeWorld, startNodeWorld } from '../../support/node-world.ts';
import { aBackup, later } from '../../support/records.ts';

/** Errors that come long after the request was answered: the record holds them. */
type RecordErrorName = 'TIEM_CONNECT_TIDB_ERROR' | 'TIEM_BACKUP_FILE_DELETE_FAILED' | 'TIEM_BACKUP_PATH_CREATE_FAILED';

/** Code and HTTP status of the contract, and what causes the error. */
type Row = [code: number, status: number, cause: (world: ApiWorld) => Promise<ApiAnswer>];

const NO_CREDENTIALS = { authorizer: {} };

// The compiler makes sure that no row of the table is missing.
const ANSWERS: Record<Exclude<ErrorName, RecordErrorName>, Row> = {
  TIEM_UNRECOGNIZED_ERROR: [10000, 500, ({ api, ports }) => down(ports.clusters, 'get', api, 'GET /clusters/c1')],
  TIEM_PARAMETER_INVALID: [10001, 400, ({ api }) => api('GET /clusters?page=0')],
  TIEM_CLUSTER_NOT_FOUND: [10003, 404, ({ api }) => api('GET /clusters/nowhere')],
  TIEM_CLUSTER_MAINTENANCE_CONFLICT: [
    20114,
    409,
    async ({ api, register }) => {
      const clusterId = await register('busy');
      await api('POST /backups', { clusterId });
      return await api('POST /backups', { clusterId });
    },
  ],
  TIEM_BACKUP_SYSTEM_CONFIG_NOT_FOUND: [20600, 404, ({ api }) => api('GET /config?configKey=BackupS3AccessKey')],
  TIEM_BACKUP_SYSTEM_CONFIG_INVAILD: [
    20601,
    400,
    ({ api }) => api('POST /config/update', { configKey: 'BackupRateLimit', configValue: 'fast' }),
  ],
  TIEM_BACKUP_RECORD_CREATE_FAILED: [
    20602,
    500,
    async ({ api, ports, register }) =>
      down(ports.backups, 'create', api, 'POST /backups', { clusterId: await register('unrecorded') }),
  ],
  TIEM_BACKUP_RECORD_DELETE_FAILED: [
    20603,
    500,
    ({ api, ports }) => down(ports.deletions, 'begin', api, 'DELETE /backups/b1'),
  ],
  TIEM_BACKUP_RECORD_QUERY_FAILED: [20604, 500, ({ api, ports }) => down(ports.backups, 'list', api, 'GET /backups')],
  TIEM_BACKUP_STRATEGY_SAVE_FAILED: [
    20605,
    500,
    async ({ api, ports, register }) =>
      down(ports.strategies, 'save', api, `PUT /clusters/${await register('unsaved')}/strategy`, {
        strategy: { backupDate: 'Monday', period: '1:00-2:00' },
      }),
  ],
  TIEM_BACKUP_STRATEGY_QUERY_FAILED: [
    20606,
    500,
    ({ api, ports }) => down(ports.clusters, 'get', api, 'GET /clusters/c1/strategy'),
  ],
  TIEM_BACKUP_STRATEGY_DELETE_FAILED: [
    20607,
    500,
    ({ api, ports }) => down(ports.strategies, 'remove', api, 'DELETE /clusters/c1/strategy'),
  ],
  TIEM_BACKUP_RECORD_INVALID: [
    20610,
    400,
    async ({ api, ports: { backups } }) => {
      const { backupId, clusterId } = aBackup({ backupId: 'ended', clusterId: 'c1' });
      await backups.create(aBackup({ backupId, clusterId }));
      await backups.cancel(backupId, { filesRemain: undefined, at: later(1) });
      return await api('POST /backups/cancel', { clusterId, backupId });
    },
  ],
  TIEM_BACKUP_RECORD_CANCEL_FAILED: [
    20611,
    500,
    ({ api, ports }) =>
      down(ports.backups, 'requestCancel', api, 'POST /backups/cancel', { clusterId: 'c1', backupId: 'b1' }),
  ],
  TIEM_BACKUP_RECORD_NOT_FOUND: [
    20612,
    404,
    ({ api }) => api('POST /backups/cancel', { clusterId: 'c1', backupId: 'nowhere' }),
  ],
  TIEM_WORKFLOW_CREATE_FAILED: [
    40100,
    500,
    async ({ api, ports, register }) =>
      down(ports.workflows, 'create', api, 'POST /backups', { clusterId: await register('unplanned') }),
  ],
  TIEM_WORKFLOW_QUERY_FAILED: [40101, 500, ({ api, ports }) => down(ports.workflows, 'list', api, 'GET /workflow')],
  TIEM_WORKFLOW_DETAIL_FAILED: [40102, 500, ({ api, ports }) => down(ports.workflows, 'get', api, 'GET /workflow/w1')],
  TIEM_WORKFLOW_START_FAILED: [
    40103,
    500,
    async ({ api, ports, register }) =>
      down(ports.executions, 'start', api, 'POST /backups', { clusterId: await register('unstarted') }),
  ],
  TIEM_UNAUTHORIZED_USER: [70600, 401, ({ api }) => api('GET /clusters', undefined, NO_CREDENTIALS)],
};

const SECRET_CAUSE = 'ProvisionedThroughputExceededException of arn:aws:dynamodb:us-east-1:111122223333:table/t';

/** Sends a request while the service behind `method` is unavailable. */
async function down<Port extends object>(
  port: Port,
  method: keyof Port & string,
  ...[api, ...request]: [ApiWorld['api'], ...Parameters<ApiWorld['api']>]
): Promise<ApiAnswer> {
  const original = port[method];
  Object.assign(port, { [method]: () => Promise.reject(new Error(SECRET_CAUSE)) });
  try {
    return await api(...request);
  } finally {
    Object.assign(port, { [method]: original });
  }
}

beforeAll(() => {
  vi.spyOn(console, 'info').mockReturnValue();
  vi.spyOn(console, 'warn').mockReturnValue();
  vi.spyOn(console, 'error').mockReturnValue();
});
afterAll(() => vi.restoreAllMocks());

describe('an answer', () => {
  let world: ApiWorld;
  beforeAll(async () => {
    world = await startApiWorld();
  });
  afterAll(() => world.stop());

  it.each(Object.entries(ANSWERS))('%s has its code, its status and the envelope', async (name, row) => {
    const [code, status, cause] = row;

    const answer = await cause(world);

    const { message } = ERRORS[name as ErrorName];
    expect(answer).toEqual({
      status,
      code,
      message: expect.stringMatching(`^${message}(: .+|; request id request-1)$`),
      data: {},
    });
    expect(answer.message).not.toContain('111122223333');
  });
});

describe('a record', () => {
  let world: NodeWorld;
  beforeAll(async () => {
    world = await startNodeWorld();
  });
  afterAll(() => world.stop());

  /** Runs a backup's nodes to their failure. */
  async function failedBackup(clusterId: string, backupId: string): Promise<void> {
    const input = { workFlowId: backupId, clusterId, backupId, maintenanceStatusChange: true };
    const error: unknown = await world.handlers.backup(input, contextWith()).catch((thrown: unknown) => thrown);
    await world.handlers.backupFail({ ...input, error: caught(error) }).catch(() => undefined);
  }

  async function failedDeletion(backupId: string): Promise<void> {
    // As in node-world.ts: entry files read the environment when they are loaded.
    const [remove, fail] = await Promise.all([
      import('../../../functions/workflow/deletion/delete-backup-files.lambda.ts'),
      import('../../../functions/workflow/deletion/deletion-fail.lambda.ts'),
    ]);
    const tableName = process.env.BACKUPS_TABLE ?? '';
    await createDeletionStore({ client: createDocumentClient(), tableName }).begin(backupId, later(2));
    const input = {
      workFlowId: `${backupId}-delete-1`,
      clusterId: 'cluster-1',
      backupId,
      maintenanceStatusChange: true,
    };
    const error: unknown = await remove
      .handler({ input, executionArn: 'arn', startTime: later(2) }, contextWith())
      .catch((thrown: unknown) => thrown);
    await fail.handler({ ...input, error: caught(error) }).catch(() => undefined);
  }

  const RECORDS: Record<RecordErrorName, [code: number, cause: (backupId: string) => Promise<void>]> = {
    TIEM_CONNECT_TIDB_ERROR: [
      10007,
      async (backupId) => {
        const { clusterId } = await world.cluster({}, { endpoints: ['127.0.0.1:1'] });
        await world.accepted(clusterId, backupId);
        await failedBackup(clusterId, backupId);
      },
    ],
    TIEM_BACKUP_PATH_CREATE_FAILED: [
      20609,
      async (backupId) => {
        const { clusterId } = await world.cluster();
        await world.accepted(clusterId, backupId);
        await world.s3.put(world.bucket, `tidb/${clusterId}/${backupId}/attempt-1/backupmeta`);
        await failedBackup(clusterId, backupId);
      },
    ],
    TIEM_BACKUP_FILE_DELETE_FAILED: [
      20608,
      async (backupId) => {
        // Behind its own endpoint: without a bucket of AWS, its files are gone.
        const { endpoint } = world.s3;
        const location = { type: 's3', endpoint, bucket: 'no-such-bucket', prefix: `cluster-1/${backupId}` } as const;
        await world.backups.create(aBackup({ backupId, location }));
        await world.backups.cancel(backupId, { filesRemain: undefined, at: later(1) });
        await failedDeletion(backupId);
      },
    ],
  };

  it.each(Object.entries(RECORDS))('says %s with its code', async (name, row) => {
    const [code, cause] = row;
    const backupId = `record-${code}`;

    await cause(backupId);

    const api = createApi({ ...untouchablePorts(), backups: world.backups });
    const { data } = await api(`GET /backups?backupId=${backupId}`);
    expect(data.backupRecords).toMatchObject([{ error: { code, message: expect.any(String) } }]);
    expect(ERRORS[name as ErrorName].code).toBe(code);
  });
});
