import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ENVIRONMENTS, type FunctionName } from '../../../functions/environment.ts';

/** What each trigger passes to its operation, which has its own tests. */
const operations = vi.hoisted(() => ({
  autoBackup: vi.fn(),
  indexClusters: vi.fn(),
  measureBackupAges: vi.fn(),
  lookAgain: vi.fn(),
  writeManifests: vi.fn(),
  findCopies: vi.fn(),
  startDueDrills: vi.fn(),
  repairEnded: vi.fn(),
  findOrphanedFiles: vi.fn(),
  findMissingFiles: vi.fn(),
  reconcile: vi.fn(),
  publishStatusChanges: vi.fn(),
  countRecords: vi.fn(),
  recountRecords: vi.fn(),
  applyRetention: vi.fn(),
}));
/** What hands a sweep on to the next invocation. */
const adapters = vi.hoisted(() => ({ invokeLater: vi.fn() }));
vi.mock('../../../functions/adapters/lambda/invoke-later.ts', () => adapters);
vi.mock('../../../functions/operations/strategy/auto-backup.ts', () => operations);
vi.mock('../../../functions/operations/status/index-clusters.ts', () => operations);
vi.mock('../../../functions/operations/status/look-again.ts', () => operations);
vi.mock('../../../functions/operations/status/measure-backup-ages.ts', () => operations);
vi.mock('../../../functions/operations/backup/write-manifests.ts', () => operations);
vi.mock('../../../functions/operations/copy/find-copies.ts', () => operations);
vi.mock('../../../functions/operations/drill/start-due-drills.ts', () => operations);
vi.mock('../../../functions/operations/repair/repair-ended.ts', () => operations);
vi.mock('../../../functions/operations/deletion/find-orphaned-files.ts', () => operations);
vi.mock('../../../functions/operations/backup/find-missing-files.ts', () => operations);
vi.mock('../../../functions/operations/repair/reconcile.ts', () => operations);
vi.mock('../../../functions/operations/status/publish-status-changes.ts', () => operations);
vi.mock('../../../functions/operations/status/count-records.ts', () => operations);
vi.mock('../../../functions/operations/status/recount-records.ts', () => operations);
vi.mock('../../../functions/operations/retention/apply-retention.ts', () => operations);

const NOON = '2026-03-01T12:00:00.000Z';
const SCHEDULED = { time: NOON };
const NOW = Date.parse(NOON);
/** A number in the environment. */
const HOURS = { COPY_LATE_HOURS: '24' };

type Handler = (
  event: unknown,
  context: { getRemainingTimeInMillis: () => number; invokedFunctionArn?: string },
) => Promise<unknown>;

beforeEach(() => {
  operations.findMissingFiles.mockResolvedValue({ missing: [] });
  vi.spyOn(console, 'info').mockReturnValue();
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  vi.resetModules();
  for (const mock of Object.values({ ...operations, ...adapters })) mock.mockReset();
});

/** A starting function: with every required variable, and some optional ones. */
async function started(
  name: FunctionName,
  optional: Record<string, string>,
  load: () => Promise<{ handler: unknown }>,
): Promise<Handler> {
  vi.stubEnv('AWS_REGION', 'us-east-1');
  for (const { path } of ENVIRONMENTS[name].safeParse({}).error?.issues ?? []) {
    vi.stubEnv(String(path[0]), `value-of-${String(path[0])}`);
  }
  for (const [variable, value] of Object.entries({ ...HOURS, ...optional })) vi.stubEnv(variable, value);
  const { handler } = await load();
  return handler as Handler;
}

const AUTO_BACKUP = () => import('../../../functions/triggers/auto-backup.ts');
const BACKUP_AGES = () => import('../../../functions/triggers/backup-ages.ts');
const COPIES = () => import('../../../functions/triggers/copies.ts');
const DRILLS = () => import('../../../functions/triggers/drills.ts');
const EXECUTION_ENDED = () => import('../../../functions/triggers/execution-ended.ts');
const MANIFESTS = () => import('../../../functions/triggers/backup-manifests.ts');
const ORPHANED_FILES = () => import('../../../functions/triggers/orphaned-files.ts');
const RECONCILE = () => import('../../../functions/triggers/reconcile.ts');
const RECORD_CHANGED = () => import('../../../functions/triggers/record-changed.ts');
const RETENTION = () => import('../../../functions/triggers/retention.ts');

const withTimeLeft = (ms: number) => ({ getRemainingTimeInMillis: () => ms });

describe('a sweep', () => {
  it.each([
    ['autoBackup', AUTO_BACKUP, operations.autoBackup, 60_000],
    ['backupAges', BACKUP_AGES, operations.indexClusters, 60_000],
    ['copies', COPIES, operations.findCopies, 300_000],
    ['drills', DRILLS, operations.startDueDrills, 60_000],
    ['reconcile', RECONCILE, operations.reconcile, 330_000],
    ['retention', RETENTION, operations.applyRetention, 180_000],
  ] as const)('ends while there is time for its last item: %s', async (name, load, operation, lastItemMs) => {
    const hasTime: boolean[] = [];
    operation.mockImplementation(async (_now, deps) => {
      hasTime.push(deps.hasTime());
      return {};
    });
    vi.spyOn(process.stdout, 'write').mockReturnValue(true);
    operations.measureBackupAges.mockResolvedValue({});
    const handler = await started(name, {}, load);

    for (const left of [lastItemMs + 1, lastItemMs]) await handler(SCHEDULED, withTimeLeft(left));

    expect(hasTime).toEqual([true, false]);
    expect(operation).toHaveBeenCalledWith(NOW, expect.anything());
  });

  it.each([
    [
      'autoBackup',
      AUTO_BACKUP,
      operations.autoBackup,
      { missed: 2, failed: 3 },
      { WindowsMissed: 2, AutoBackupStartsFailed: 3 },
    ],
    [
      'retention',
      RETENTION,
      operations.applyRetention,
      { removed: 2, failed: 3 },
      { BackupsRemovedByRetention: 2, RetentionFailures: 3 },
    ],
  ] as const)('emits its result as metrics: %s', async (name, load, operation, sweep, metrics) => {
    operation.mockResolvedValue(sweep);
    const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
    const handler = await started(name, {}, load);

    expect(await handler(SCHEDULED, withTimeLeft(900_000))).toEqual(sweep);

    expect(write.mock.calls.map(([line]) => JSON.parse(String(line)))).toEqual([expect.objectContaining(metrics)]);
  });

  it.each([
    ['orphanedFiles', ORPHANED_FILES, operations.findOrphanedFiles, 'REMOVE_ORPHANED_FILES', 'remove'],
    ['drills', DRILLS, operations.startDueDrills, 'PROVISIONER_ARN', 'hasProvisioner'],
    ['backupAges', BACKUP_AGES, operations.measureBackupAges, 'CLUSTER_METRICS', 'everyCluster'],
  ] as const)('of %s does what the deployment wants, and nothing more by default', async (...row) => {
    const [name, load, operation, variable, wanted] = row;
    operation.mockResolvedValue({});

    const byDefault = await started(name, {}, load);
    await byDefault(SCHEDULED, withTimeLeft(900_000));
    vi.resetModules();
    const asked = await started(name, { [variable]: 'true' }, load);
    await asked(SCHEDULED, withTimeLeft(900_000));

    expect(operation.mock.calls.map(([now, deps]) => [now, deps[wanted]])).toEqual([
      [NOW, false],
      [NOW, true],
    ]);
  });

  it('for orphaned files ends while there is time for its last batch', async () => {
    operations.findOrphanedFiles.mockResolvedValue({ orphaned: [] });
    const timeout = vi.spyOn(AbortSignal, 'timeout');
    const handler = await started('orphanedFiles', {}, ORPHANED_FILES);

    expect(await handler(SCHEDULED, withTimeLeft(900_000))).toEqual({ missing: [], orphaned: [] });

    expect(timeout).toHaveBeenCalledWith(840_000);
    const [, deps] = operations.findOrphanedFiles.mock.calls[0] ?? [];
    expect(deps.timeIsUp).toBe(timeout.mock.results[0]?.value);
  });

  it('for orphaned files is continued where it stopped, and only then', async () => {
    const stoppedAt = { place: 's3://backups', after: 'cluster-7', hasFailed: false };
    operations.findOrphanedFiles.mockResolvedValueOnce({ orphaned: [], stoppedAt }).mockResolvedValue({ orphaned: [] });
    const handler = await started('orphanedFiles', {}, ORPHANED_FILES);
    // Within the period of its rule.
    vi.spyOn(Date, 'now').mockReturnValue(NOW + 1);

    await handler(SCHEDULED, { ...withTimeLeft(900_000), invokedFunctionArn: 'arn:sweep' });
    await handler({ ...SCHEDULED, rounds: 1, from: stoppedAt }, withTimeLeft(900_000));

    expect(adapters.invokeLater.mock.calls).toEqual([['arn:sweep', { time: NOON, rounds: 1, from: stoppedAt }]]);
    expect(operations.findOrphanedFiles.mock.calls.map(([, , from]) => from)).toEqual([undefined, stoppedAt]);
  });

  it('for missing files is continued where it stopped, before any orphaned files', async () => {
    operations.findMissingFiles
      .mockResolvedValueOnce({ missing: [], checkedUpTo: 'backup-7' })
      .mockResolvedValue({ missing: [] });
    operations.findOrphanedFiles.mockResolvedValue({ orphaned: [] });
    const timeout = vi.spyOn(AbortSignal, 'timeout');
    const handler = await started('orphanedFiles', {}, ORPHANED_FILES);
    vi.spyOn(Date, 'now').mockReturnValue(NOW + 1);
    const from = { checkedUpTo: 'backup-7' };

    await handler(SCHEDULED, { ...withTimeLeft(900_000), invokedFunctionArn: 'arn:sweep' });
    expect(operations.findOrphanedFiles).not.toHaveBeenCalled();
    await handler({ ...SCHEDULED, rounds: 1, from }, withTimeLeft(900_000));

    expect(adapters.invokeLater.mock.calls).toEqual([['arn:sweep', { time: NOON, rounds: 1, from }]]);
    expect(operations.findMissingFiles.mock.calls.map(([, after]) => after)).toEqual([undefined, 'backup-7']);
    // A listing of a large backup takes minutes.
    expect(timeout).toHaveBeenCalledWith(600_000);
    expect(operations.findOrphanedFiles.mock.calls.map(([, , after]) => after)).toEqual([undefined]);
  });

  it('for second copies knows their bucket, and when one is late', async () => {
    operations.findCopies.mockResolvedValue({});
    const terms = JSON.stringify({ copy: { bucket: 'copies', region: 'eu-west-1' } });
    const handler = await started('copies', { STORAGE_TERMS: terms }, COPIES);

    await handler(SCHEDULED, withTimeLeft(900_000));

    expect(operations.findCopies).toHaveBeenCalledWith(
      NOW,
      expect.objectContaining({ copyBucket: 'copies', lateHours: 24 }),
    );
  });
});

describe('an execution that ended', () => {
  const input = { workFlowId: 'backup-1', backupId: 'backup-1', clusterId: 'cluster-1', maintenanceStatusChange: true };
  const ended = (stateMachineArn: string) => ({
    detail: { executionArn: 'arn:execution', stateMachineArn, status: 'TIMED_OUT', input: JSON.stringify(input) },
  });

  it.each([
    ['BACKUP_STATE_MACHINE_ARN', 'BackupCluster'],
    ['CHECK_CONFIG_STATE_MACHINE_ARN', 'CheckConfig'],
  ])('is repaired according to its state machine: %s', async (variable, flow) => {
    const handler = await started('executionEnded', {}, EXECUTION_ENDED);

    await handler(ended(`value-of-${variable}`), withTimeLeft(0));

    const execution = { input, reason: { Error: 'States.Timeout', Cause: expect.any(String) } };
    expect(operations.repairEnded).toHaveBeenCalledWith(flow, execution, expect.anything());
  });

  it('is refused if its state machine does not belong to the service', async () => {
    const handler = await started('executionEnded', {}, EXECUTION_ENDED);

    await expect(handler(ended('arn:another'), withTimeLeft(0))).rejects.toThrow('arn:another is not a state machine');
    expect(operations.repairEnded).not.toHaveBeenCalled();
  });
});

describe('a batch of a stream', () => {
  const Records = [
    {
      eventID: 'change-1',
      dynamodb: {
        SequenceNumber: '7',
        ApproximateCreationDateTime: NOW / 1_000,
        Keys: { backupId: { S: 'backup-1' } },
      },
    },
  ];
  const change = { changeId: 'change-1', sequence: '7', time: NOON };

  it('of any table is published, and has sweeps look at the clusters of its backups', async () => {
    const handler = await started('recordChanged', {}, RECORD_CHANGED);

    await handler({ Records }, withTimeLeft(0));

    const changes = { backups: [expect.objectContaining(change)], workflows: [] };
    expect(operations.publishStatusChanges).toHaveBeenCalledWith(changes, expect.anything());
    expect(operations.lookAgain).toHaveBeenCalledWith(changes.backups, expect.anything());
    expect(operations.countRecords).toHaveBeenCalledWith(changes, expect.any(String), expect.anything());
  });

  it('of records is handled by every task though others fail, and is delivered again', async () => {
    const handler = await started('recordChanged', {}, RECORD_CHANGED);
    operations.lookAgain.mockRejectedValue(new Error('one'));
    operations.countRecords.mockRejectedValue(new Error('two'));

    await expect(handler({ Records }, withTimeLeft(0))).rejects.toThrow('Error: one; Error: two');

    expect(operations.publishStatusChanges).toHaveBeenCalled();
  });

  it('of backups has their manifests written, and is delivered again if that fails', async () => {
    const handler = await started('backupManifests', {}, MANIFESTS);
    operations.writeManifests.mockRejectedValue(new Error('AccessDenied'));

    await expect(handler({ Records }, withTimeLeft(0))).rejects.toThrow('AccessDenied');

    expect(operations.writeManifests).toHaveBeenCalledWith([expect.objectContaining(change)], expect.anything());
  });
});
