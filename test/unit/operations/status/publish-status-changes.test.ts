import { marshall } from '@aws-sdk/util-dynamodb';
import { describe, expect, it } from 'vitest';
import { recordChangesOf } from '../../../../functions/adapters/dynamodb/table-changes.ts';
import { createEmfMetrics } from '../../../../functions/adapters/events/emf-metrics.ts';
import type { BackupRecord } from '../../../../functions/domain/backup/backup-record.ts';
import {
  type BackupStatusChanged,
  backupStatusChanged,
  type StatusEvents,
  type WorkflowStatusChanged,
  workflowStatusChanged,
} from '../../../../functions/domain/events/status-events.ts';
import type { Workflow } from '../../../../functions/domain/workflow/workflow.ts';
import { publishStatusChanges } from '../../../../functions/operations/status/publish-status-changes.ts';
import { embeddedMetrics } from '../../../../infra/local/aws/cloudwatch/embedded-metrics.ts';
import { aBackup, aFinishedBackup, aWorkflow, CREATED, later } from '../../../support/records.ts';

const SIZE = '9007199254740993';
const INITIALIZING = aBackup({ correlationId: 'request-1' });
const PROCESSING = { ...INITIALIZING, status: 'Processing', startTime: later(5), progress: 10, attempts: 1 } as const;
const ENDED = { ...INITIALIZING, startTime: later(5), endTime: later(65), attempts: 1 };
const FINISHED = { ...ENDED, status: 'Finished', backupTso: SIZE, sizeBytes: SIZE, finishedAttempt: 1 } as const;
const FAILED = { ...ENDED, status: 'Failed', error: { code: 10007, message: 'away' } } as const;
const CANCELED = { ...ENDED, status: 'Canceled' } as const;
const DELETING = { ...FINISHED, status: 'Deleting', deleteTime: later(99), deletions: 1 } as const;

interface Write<Item> {
  before?: Item;
  after?: Item;
}

/** A batch as the tables' streams deliver it: items include the attributes of indexes. */
function batchOf(keyName: 'backupId' | 'workFlowId', writes: readonly Write<BackupRecord | Workflow>[]): object {
  const image = (item: object | undefined) =>
    item && marshall({ ...item, listOrder: 'x', unsettled: 'Deleting' }, { removeUndefinedValues: true });
  return {
    Records: writes.map(({ before, after }, index) => ({
      eventID: `event-${index}`,
      eventName: before === undefined ? 'INSERT' : after === undefined ? 'REMOVE' : 'MODIFY',
      dynamodb: {
        SequenceNumber: `10000000000000000000000000${index}`,
        ApproximateCreationDateTime: Date.parse(later(70)) / 1_000,
        Keys: marshall({ [keyName]: 'id' }),
        ...(before && { OldImage: image(before) }),
        ...(after && { NewImage: image(after) }),
      },
    })),
  };
}

/** The events published for a batch, and the metrics that CloudWatch reads from the log. */
async function tell(event: object, refused?: { kind: keyof StatusEvents; error: Error }) {
  const backups: BackupStatusChanged[] = [];
  const workflows: WorkflowStatusChanged[] = [];
  const lines: string[] = [];
  const keep =
    <Item>(kind: keyof StatusEvents, kept: Item[]) =>
    async (changes: readonly Item[]) => {
      if (refused?.kind === kind) throw refused.error;
      kept.push(...changes);
    };
  const metrics = createEmfMetrics({ now: () => Date.parse(CREATED) }, {}, (line) => lines.push(line));
  const told = publishStatusChanges(recordChangesOf(event), {
    events: { backups: keep('backups', backups), workflows: keep('workflows', workflows) },
    metrics,
  });
  const failure = await told.catch((error: unknown) => error);
  const counted = lines.flatMap(embeddedMetrics).map(({ name, dimensions, value }) => ({ name, dimensions, value }));
  return { backups, workflows, lines, counted, failure };
}

const MANUAL = { BackupMode: 'manual' };
const count = (name: string, value = 1) => [
  { name, dimensions: MANUAL, value },
  { name, dimensions: {}, value },
];

describe('a backup whose status changes', () => {
  const changes: [described: string, Write<BackupRecord>, told: object, counted: object[]][] = [
    [
      'is accepted',
      { after: INITIALIZING },
      { previousStatus: undefined, status: 'Initializing', correlationId: 'request-1' },
      count('BackupsStarted'),
    ],
    [
      'begins',
      { before: INITIALIZING, after: PROCESSING },
      { previousStatus: 'Initializing', status: 'Processing', startTime: later(5) },
      [],
    ],
    [
      'finishes',
      { before: PROCESSING, after: FINISHED },
      { previousStatus: 'Processing', status: 'Finished', sizeBytes: SIZE, backupTso: SIZE, endTime: later(65) },
      [...count('BackupsFinished'), ...count('BackupDuration', 60), ...count('BackupBytes', Number(SIZE))],
    ],
    [
      'fails',
      { before: PROCESSING, after: FAILED },
      { previousStatus: 'Processing', status: 'Failed', error: FAILED.error },
      count('BackupsFailed'),
    ],
    [
      'is canceled by a user, which is no failure',
      { before: PROCESSING, after: CANCELED },
      { previousStatus: 'Processing', status: 'Canceled' },
      count('BackupsCanceled'),
    ],
    ['is being deleted', { before: FINISHED, after: DELETING }, { previousStatus: 'Finished', status: 'Deleting' }, []],
    [
      'is removed by retention',
      { before: FINISHED, after: { ...DELETING, deletionReason: 'older than maxAgeDays 30' } },
      { previousStatus: 'Finished', status: 'Deleting', deletionReason: 'older than maxAgeDays 30' },
      [],
    ],
    ['is gone', { before: DELETING }, { previousStatus: 'Deleting', status: 'Deleted' }, []],
  ];

  it.each(changes)('%s: is published and counted', async (_, write, told, counted) => {
    const result = await tell(batchOf('backupId', [write]));

    expect(result.failure).toBeUndefined();
    const { backupId, clusterId, workFlowId, backupType, backupMode, createTime } = INITIALIZING;
    expect(result.backups).toEqual([
      expect.objectContaining({
        ...{ changeId: 'event-0', sequence: '100000000000000000000000000', time: later(70) },
        ...{ backupId, clusterId, workFlowId, backupType, backupMode, createTime },
        ...told,
      }),
    ]);
    expect(backupStatusChanged.safeParse(result.backups[0])).toMatchObject({ success: true, data: result.backups[0] });
    expect(result.counted).toEqual(counted);
  });

  it('is published without other changes: progress, a request to cancel, removed files', async () => {
    const { backups, counted } = await tell(
      batchOf('backupId', [
        { before: PROCESSING, after: { ...PROCESSING, progress: 20 } },
        { before: PROCESSING, after: { ...PROCESSING, cancelRequested: true } },
        { before: { ...FAILED, filesRemain: 'x' }, after: FAILED },
      ]),
    );

    expect([backups, counted]).toEqual([[], []]);
  });

  it('is neither published nor counted when an import creates the record of an old finished backup', async () => {
    const imported = { workFlowId: 'import-1', time: later(90) };
    const after = aFinishedBackup({ imported, verifiedAt: later(80), recoverySeconds: 9 });

    expect(await tell(batchOf('backupId', [{ after }]))).toMatchObject({ backups: [], counted: [] });
  });

  it('is counted with its recovery time each time a drill verifies it', async () => {
    const verified = (verifiedAt: string, recoverySeconds: number) => ({ ...FINISHED, verifiedAt, recoverySeconds });
    const { counted } = await tell(
      batchOf('backupId', [
        { before: FINISHED, after: verified(later(70), 30) },
        { before: verified(later(70), 30), after: { ...verified(later(70), 30), updateTime: later(75) } },
        { before: verified(later(70), 30), after: verified(later(80), 40) },
      ]),
    );

    expect(counted).toEqual([30, 40].map((value) => ({ name: 'RecoverySeconds', dimensions: {}, value })));
  });

  it('is counted with its ids in the log, not as dimensions', async () => {
    const { lines } = await tell(batchOf('backupId', [{ before: PROCESSING, after: FAILED }]));

    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      backupId: 'backup-1',
      clusterId: 'cluster-1',
      correlationId: 'request-1',
    });
  });
});

describe('a workflow whose status changes', () => {
  const NEW = aWorkflow({ flowName: 'RestoreExistCluster' });
  const by = { FlowName: 'RestoreExistCluster' };
  const changes: [status: Workflow['status'], counted: object[]][] = [
    ['Processing', []],
    [
      'Finished',
      [
        { name: 'WorkflowsFinished', dimensions: by, value: 1 },
        { name: 'WorkflowDuration', dimensions: by, value: 70 },
      ],
    ],
    ['Error', [{ name: 'WorkflowsFailed', dimensions: by, value: 1 }]],
    ['Canceled', [{ name: 'WorkflowsCanceled', dimensions: by, value: 1 }]],
  ];

  it.each(changes)('to %s: is published and counted', async (status, counted) => {
    const result = await tell(batchOf('workFlowId', [{ before: NEW, after: { ...NEW, status } }]));

    expect(result.workflows).toMatchObject([
      {
        workFlowId: 'backup-1',
        ...{ flowName: by.FlowName, clusterId: 'cluster-1' },
        previousStatus: 'Initializing',
        status,
      },
    ]);
    expect(workflowStatusChanged.safeParse(result.workflows[0]).data).toEqual(result.workflows[0]);
    expect(result.counted).toEqual(counted);
  });

  it('is counted as started when it is new', async () => {
    const { counted } = await tell(batchOf('workFlowId', [{ after: NEW }]));

    expect(counted).toEqual([{ name: 'WorkflowsStarted', dimensions: by, value: 1 }]);
  });
});

describe('a batch', () => {
  const event = batchOf('backupId', [{ after: INITIALIZING }, { before: PROCESSING, after: FINISHED }]);

  it.each(['backups', 'workflows'] as const)(
    'fails as a whole if the event bus rejects %s, so that it is redelivered and counted only then',
    async (kind) => {
      const error = new Error('EventBridge refused 1 of 2 events');

      expect(await tell(event, { kind, error })).toMatchObject({ failure: error, counted: [] });
    },
  );

  it('has the same event ids when redelivered', async () => {
    const ids = async () => (await tell(event)).backups.map(({ changeId, sequence }) => ({ changeId, sequence }));

    expect(await ids()).toEqual(await ids());
  });

  it('fails on an unreadable record rather than skipping it', () => {
    const strange = batchOf('backupId', [{ after: { ...INITIALIZING, status: 'Strange' } as never }]);

    expect(() => recordChangesOf(strange)).toThrow('Invalid');
  });
});
