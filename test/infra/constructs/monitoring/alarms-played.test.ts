import { describe, expect, it } from 'vitest';
import { createEmfMetrics } from '../../../../functions/adapters/events/emf-metrics.ts';
import type { BackupRecord } from '../../../../functions/domain/backup/backup-record.ts';
import type { FlowName, Workflow } from '../../../../functions/domain/workflow/workflow.ts';
import { publishStatusChanges } from '../../../../functions/operations/status/publish-status-changes.ts';
import { tellOfEnded } from '../../../../functions/operations/strategy/end-windows.ts';
import { CloudWatch } from '../../../../infra/local/aws/cloudwatch/cloud-watch.ts';
import { readStack } from '../../../../infra/local/template/stack.ts';
import { aBackup, aWorkflow, later } from '../../../support/records.ts';
import { COPYING_TENANT, synthesized } from '../../synthesized.ts';

const MINUTE = 60_000;
/** In minutes, like every time below. */
const STEP = 5;
const DAY = 24 * 60;
/** How long the service runs well before a fault: as far as any alarm looks back. */
const BEFORE = 180;
/** Long enough for every fault and the end of its alarm. */
const WATCHED = 300;

const stack = readStack(synthesized(COPYING_TENANT).toJSON(), 'http://127.0.0.1');
const ALARMS = stack.resourcesOf('AWS::CloudWatch::Alarm').map(({ ref }) => idOf(ref));
const FUNCTIONS = stack.resourcesOf('AWS::Lambda::Function');

const HASH = 8;

/** The only function or queue with this id, which the CDK extends by a hash. */
function named(type: 'AWS::Lambda::Function' | 'AWS::SQS::Queue', id: string): string {
  const found = stack.resourcesOf(type).filter(({ logicalId }) => logicalId.slice(0, -HASH) === id);
  expect(found, id).toHaveLength(1);
  return String(found[0]?.attributes.QueueName ?? found[0]?.ref);
}

function idOf(name: string): string {
  return name.replace(/^tidb-backup-test-/, '');
}

/** Five minutes of the service. */
interface Happens {
  /** Sweeps that do not finish. */
  readonly silent?: 'autoBackup' | 'backupAges' | 'retention' | 'copies';
  /** Findings of the sweeps. */
  readonly missed?: number;
  readonly startsFailed?: number;
  readonly overdue?: number;
  readonly unverified?: number;
  readonly retentionFailures?: number;
  readonly copiesLate?: number;
  readonly filesMissing?: number;
  /** Missed windows that a user's request ends. */
  readonly endedByUser?: number;
  /** Records that reach their final status. */
  readonly backup?: BackupRecord;
  readonly workflow?: Workflow;
  /** Names of functions. */
  readonly fails?: readonly string[];
  readonly throttled?: readonly string[];
  /** A queue that holds a message. */
  readonly letterIn?: string;
  readonly streamAge?: number;
  /** An answer of the API. */
  readonly status?: number;
}

/** The service with its alarms, without a cloud: it publishes what its code and AWS's services would. */
class Service {
  #minute = 0;
  #letterIn: string | undefined;
  readonly #now = () => Date.parse('2026-03-01T00:00:00.000Z') + this.#minute * MINUTE;
  readonly #cloudWatch = new CloudWatch(
    stack,
    { waiting: async () => new Map(QUEUES.map((name) => [name, name === this.#letterIn ? 1 : 0])) },
    this.#now,
  );
  readonly #metrics = createEmfMetrics({ now: this.#now }, {}, (line) => this.#cloudWatch.logged(line));

  /** @returns the alarms raised at the end of the five minutes */
  async pass(happens: Happens): Promise<string[]> {
    this.#sweep(happens);
    await this.#endWindows(happens);
    await this.#tell(happens);
    const { fails = [], throttled = [], status = 200, streamAge = 1_000 } = happens;
    for (const { ref } of FUNCTIONS) {
      this.#cloudWatch.invoked(ref, { ok: true, requestId: 'a', payload: '{}' });
      if (fails.includes(ref)) this.#cloudWatch.invoked(ref, { ok: false, requestId: 'b', error: ERROR });
      if (throttled.includes(ref)) this.#cloudWatch.invoked(ref, { ...REFUSED, refused: 429 });
    }
    this.#cloudWatch.streamRead(RECORD_CHANGED, streamAge);
    this.#cloudWatch.answered(200);
    this.#cloudWatch.answered(status);
    this.#letterIn = happens.letterIn;
    this.#minute += STEP;
    const alarms = await this.#cloudWatch.alarms();
    return alarms.filter(({ state }) => state === 'ALARM').map(({ name }) => idOf(name));
  }

  /** As often as in `alarm-table.test.ts`; including zeros, as the sweeps write them. */
  #sweep(happens: Happens): void {
    const { silent, missed = 0, startsFailed = 0, overdue = 0, unverified = 0, retentionFailures = 0 } = happens;
    const { copiesLate = 0, filesMissing = 0 } = happens;
    if (silent !== 'autoBackup') {
      this.#metrics.emit({ WindowsMissed: missed, AutoBackupStartsFailed: startsFailed }, {});
    }
    if (silent !== 'backupAges' && this.#minute % 15 === 0) {
      this.#metrics.emit({ ClustersOverdue: overdue, ClustersUnverified: unverified }, {});
    }
    if (silent !== 'copies' && this.#minute % 15 === 0) this.#metrics.emit({ CopiesLate: copiesLate }, {});
    if ((this.#minute - BEFORE) % DAY === 0) this.#metrics.emit({ BackupFilesMissing: filesMissing }, {});
    if (silent !== 'retention' && this.#minute % 60 === 0) {
      this.#metrics.emit({ BackupsRemovedByRetention: 0, RetentionFailures: retentionFailures }, {});
    }
  }

  async #endWindows({ endedByUser = 0 }: Happens): Promise<void> {
    const window = { start: later(0), end: later(60), reason: 'busy' };
    const missed = Array.from({ length: endedByUser }, () => window);
    await tellOfEnded(
      'cluster-1',
      { missed, canceled: undefined },
      { events: { missed: async () => undefined }, metrics: this.#metrics },
    );
  }

  async #tell({ backup, workflow }: Happens): Promise<void> {
    const change = { changeId: 'a', sequence: '1', time: later(70) };
    const before = { backup: aBackup(), workflow: aWorkflow() };
    await publishStatusChanges(
      {
        backups: backup === undefined ? [] : [{ ...change, before: before.backup, after: backup }],
        workflows: workflow === undefined ? [] : [{ ...change, before: before.workflow, after: workflow }],
      },
      { events: { backups: async () => undefined, workflows: async () => undefined }, metrics: this.#metrics },
    );
  }
}

const QUEUES = stack.resourcesOf('AWS::SQS::Queue').map(({ attributes, ref }) => attributes.QueueName ?? ref);
const RECORD_CHANGED = named('AWS::Lambda::Function', 'StatusEventsRecordChangedFunction');
const ERROR = { errorType: 'Error', errorMessage: 'away', trace: [] };
const REFUSED = { ok: false, requestId: 'c', error: ERROR } as const;
const FAILED: BackupRecord = {
  ...aBackup(),
  ...{ status: 'Failed', startTime: later(5), endTime: later(65), attempts: 1 },
  error: { code: 10007, message: 'away' },
};
const CANCELED: BackupRecord = {
  ...aBackup(),
  status: 'Canceled',
  startTime: later(5),
  endTime: later(65),
  attempts: 1,
};
const failed = (flowName: FlowName): Happens => ({ workflow: { ...aWorkflow(), flowName, status: 'Error' } });
const canceled = (flowName: FlowName): Happens => ({ workflow: { ...aWorkflow(), flowName, status: 'Canceled' } });
const NODE = named('AWS::Lambda::Function', 'BackupClusterBackupFunction');
const SWEEP = named('AWS::Lambda::Function', 'RetentionRetentionFunction');

/** What happens for some minutes. */
interface Played {
  readonly happens: Happens;
  readonly lasts: number;
}

interface Fault extends Played {
  /** Minutes from the fault's start until its alarm rises, and until it ends. */
  readonly raised: number;
  readonly over: number;
  /** A near miss: it raises no alarm. */
  readonly near: Played | undefined;
}

const once = (happens: Happens): Played => ({ happens, lasts: STEP });
const soon = (happens: Happens, near?: Happens): Fault => ({
  ...{ ...once(happens), raised: 5, over: 10 },
  near: near && once(near),
});

/** A row for each row of the runbook's table. A fault begins when every sweep is due. */
const FAULTS: Record<string, Fault> = {
  BackupFailed: soon({ backup: FAILED }, { backup: CANCELED }),
  RestoreExistClusterFailed: soon(failed('RestoreExistCluster'), canceled('RestoreExistCluster')),
  RestoreNewClusterFailed: soon(failed('RestoreNewCluster'), canceled('RestoreNewCluster')),
  RestoreDrillFailed: soon(failed('RestoreDrill'), canceled('RestoreDrill')),
  DeleteBackupFailed: soon(failed('DeleteBackup'), failed('CheckCluster')),
  UndeleteBackupFailed: soon(failed('UndeleteBackup'), failed('CheckCluster')),
  WindowMissed: soon({ missed: 1 }),
  AutoBackupStartsFailed: {
    ...{ happens: { startsFailed: 1 }, lasts: 15, raised: 15, over: 20 },
    near: { happens: { startsFailed: 9 }, lasts: 10 },
  },
  BackupOverdue: { ...soon({ overdue: 1 }), over: 35 },
  BackupUnverified: { ...soon({ unverified: 1 }), over: 35 },
  AutoBackupSilent: {
    ...{ happens: { silent: 'autoBackup' }, lasts: 15, raised: 15, over: 20 },
    near: { happens: { silent: 'autoBackup' }, lasts: 10 },
  },
  BackupAgesSilent: {
    ...{ happens: { silent: 'backupAges' }, lasts: 35, raised: 35, over: 50 },
    near: { happens: { silent: 'backupAges' }, lasts: 30 },
  },
  RetentionFailed: {
    ...{ happens: { retentionFailures: 1 }, lasts: 65, raised: 65, over: 125 },
    near: { happens: { retentionFailures: 9 }, lasts: 60 },
  },
  RetentionSilent: {
    ...{ happens: { silent: 'retention' }, lasts: 125, raised: 125, over: 185 },
    near: { happens: { silent: 'retention' }, lasts: 120 },
  },
  BackupFilesMissing: soon({ filesMissing: 1 }),
  CopyLate: { ...soon({ copiesLate: 1 }), over: 35 },
  CopiesSilent: {
    ...{ happens: { silent: 'copies' }, lasts: 35, raised: 35, over: 50 },
    near: { happens: { silent: 'copies' }, lasts: 30 },
  },
  DeadInvocation: soon({ letterIn: named('AWS::SQS::Queue', 'DeadLettersInvocations') }),
  DeadChange: soon({ letterIn: named('AWS::SQS::Queue', 'DeadLettersChanges') }),
  EventsLate: soon({ streamAge: 15 * MINUTE }, { streamAge: 15 * MINUTE - 1 }),
  ApiFailed: soon({ status: 503 }, { status: 429 }),
  FunctionErrors: {
    ...{ happens: { fails: [SWEEP, RECORD_CHANGED] }, lasts: 10, raised: 10, over: 20 },
    near: { happens: { fails: [SWEEP] }, lasts: 5 },
  },
  FunctionThrottled: soon({ throttled: FUNCTIONS.map(({ ref }) => ref) }),
};

/** The minutes, from the start, at which each alarm rises. */
async function play({ happens, lasts }: Played): Promise<Map<string, number[]>> {
  const service = new Service();
  const raised = new Map<string, number[]>();
  for (let minute = -BEFORE; minute < WATCHED; minute += STEP) {
    const alarms = await service.pass(minute >= 0 && minute < lasts ? happens : {});
    if (minute < 0) continue;
    for (const id of alarms) raised.set(id, [...(raised.get(id) ?? []), minute + STEP]);
  }
  return raised;
}

/** Alarms that share a row of the runbook's table: `FunctionThrottled2` with `FunctionThrottled`. */
const alarmsOf = (row: string) => ALARMS.filter((id) => id.replace(/\d+$/, '') === row);

const minutes = (from: number, to: number) => Array.from({ length: (to - from) / STEP }, (_, at) => from + at * STEP);

describe('each alarm', () => {
  it('has a fault to trigger it', () => {
    expect(Object.keys(FAULTS)).toEqual([...new Set(ALARMS.map((id) => id.replace(/\d+$/, '')))]);
  });

  it.each(Object.entries(FAULTS))('%s rises with its fault, alone, and ends after it', async (row, fault) => {
    const { raised, over } = fault;

    expect(await play(fault)).toEqual(new Map(alarmsOf(row).map((id) => [id, minutes(raised, over)])));
  });

  const near = Object.entries(FAULTS).flatMap(([row, fault]) => (fault.near ? [[row, fault.near] as const] : []));
  it.each(near)('%s does not rise for a near miss', async (_row, played) => {
    expect(await play(played)).toEqual(new Map());
  });
});

it('a failing node raises no function error alarm, because its workflow fails', async () => {
  expect(await play({ happens: { fails: [NODE] }, lasts: 30 })).toEqual(new Map());
});

it.each(FUNCTIONS)('$logicalId raises one alarm when it is throttled', async ({ ref }) => {
  const service = new Service();
  await service.pass({});

  const raised = await service.pass({ throttled: [ref] });

  expect(raised.filter((id) => id.startsWith('FunctionThrottled'))).toHaveLength(1);
});

it('users who end missed windows do not hide that no sweep runs', async () => {
  const raised = await play({ happens: { silent: 'autoBackup', endedByUser: 1 }, lasts: 30 });

  expect(Object.fromEntries(raised)).toEqual({ WindowMissed: minutes(5, 35), AutoBackupSilent: minutes(15, 35) });
});
