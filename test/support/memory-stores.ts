import type { BackupRecord, ProcessingBackup, RecordFailure } from '../../functions/domain/backup/backup-record.ts';
import { scopeKey } from '../../functions/domain/backup/backup-scope.ts';
import type { BackupEnd, BackupStore } from '../../functions/domain/backup/backup-store.ts';
import type { DrillTables } from '../../functions/domain/backup/verification.ts';
import type { Cluster, Maintenance } from '../../functions/domain/cluster/cluster.ts';
import type { ClusterStore } from '../../functions/domain/cluster/cluster-store.ts';
import type { ConfigStore } from '../../functions/domain/config/config-store.ts';
import type { StoredConfig } from '../../functions/domain/config/system-config.ts';
import type { NewCluster } from '../../functions/domain/provisioning/made-cluster.ts';
import type { StrategyStore } from '../../functions/domain/strategy/strategy-store.ts';
import type { RestoreNote, WorkflowStatus } from '../../functions/domain/workflow/workflow.ts';
import type { WorkflowStore } from '../../functions/domain/workflow/workflow-store.ts';
import { aBackup, aCluster, aWorkflow, CREATED } from './records.ts';

/**
 * The workflow nodes' stores in memory: a cluster held by its only backup. The real stores have their own tests; here the test controls
 * time and failures.
 */
export class MemoryStores {
  cluster: Cluster | undefined;
  record: BackupRecord | undefined;
  workflowStatus: WorkflowStatus = 'Initializing';
  newCluster: NewCluster | undefined;
  drillTables: DrillTables | undefined;
  /** For a drill. `undefined` if there is no workflow. */
  assertions: string[] | undefined;
  /** How often the restoring node has started, and the progress of the restore. */
  restoreRuns = 0;
  restore: RestoreNote | undefined;
  /** When the workflow's work was done, if recorded. */
  succeededAt: string | undefined;
  storedConfig: StoredConfig = {};
  /** Whether the record's base can be held. */
  isBaseThere = true;
  /** Every progress written. */
  readonly progress: number[] = [];
  /** Every step written, of the backup and its workflow. */
  readonly steps: (string | undefined)[] = [];

  constructor(record: BackupRecord = aBackup()) {
    this.record = record;
    this.cluster = aCluster({
      maintenance: { status: 'BackUp', operationId: record.workFlowId, since: record.createTime },
    });
  }

  readonly clusters: Pick<ClusterStore, 'get' | 'unlock' | 'create' | 'remove' | 'recordTidb'> = {
    recordTidb: async (_, { registeredAt, tidb }) => {
      if (this.cluster?.createTime !== registeredAt) return false;
      this.cluster = { ...this.cluster, tidb };
      return true;
    },
    get: async () => this.cluster,
    create: async (cluster) => {
      if (this.cluster !== undefined) return false;
      this.cluster = cluster;
      return true;
    },
    remove: async (_, operationId) => {
      if (this.cluster?.maintenance?.operationId !== operationId) return false;
      this.cluster = undefined;
      return true;
    },
    unlock: async (_, operationId) => {
      if (this.cluster?.maintenance?.operationId !== operationId) return false;
      const { maintenance: _maintenance, ...free } = this.cluster;
      this.cluster = free;
      return true;
    },
  };

  readonly workflows: Pick<
    WorkflowStore,
    'get' | 'setStatus' | 'beginRestore' | 'recordRestore' | 'recordSuccess' | 'recordDrillTables' | 'recordNewCluster'
  > = {
    get: async (workFlowId) =>
      this.assertions === undefined && this.succeededAt === undefined
        ? undefined
        : {
            ...{
              workFlowId,
              flowName: 'RestoreDrill',
              bizId: 'cluster-1',
              executionArn: 'arn',
              status: this.workflowStatus,
            },
            ...{ assertions: this.assertions, succeededAt: this.succeededAt, createTime: CREATED, updateTime: CREATED },
          },
    beginRestore: async (workFlowId, at) => {
      if (this.#hasEnded()) return undefined;
      this.restoreRuns += 1;
      const { restoreRuns, restore, workflowStatus: status } = this;
      return aWorkflow({ workFlowId, status, restoreRuns, ...(restore && { restore }), updateTime: at });
    },
    recordRestore: async (_, { run, at: _at, ...note }) => {
      if (this.#hasEnded() || run !== this.restoreRuns) return false;
      this.restore = note;
      return true;
    },
    recordSuccess: async (_, at) => {
      this.succeededAt ??= at;
    },
    recordDrillTables: async (_, drillTables) => {
      this.drillTables = drillTables;
    },
    recordNewCluster: async (_, newCluster) => {
      this.newCluster = newCluster;
    },
    setStatus: async (_, status, _at, step) => {
      if (this.#hasEnded()) return this.workflowStatus === status;
      this.workflowStatus = status;
      this.steps.push(step);
      return true;
    },
  };

  /** Why the window of the record's backup was missed, if it was. */
  missed: string | undefined;

  readonly strategies: Pick<StrategyStore, 'miss'> = {
    miss: async (_, { claimId }, reason) => {
      if (this.cluster?.maintenance?.claim?.claimId !== claimId) return;
      this.missed = reason;
      const { maintenance: _maintenance, ...free } = this.cluster;
      this.cluster = free;
    },
  };

  readonly config: Pick<ConfigStore, 'read'> = { read: async () => this.storedConfig };

  readonly backups: Omit<
    BackupStore,
    | 'finishedAfter'
    | 'create'
    | 'adopt'
    | 'ofTso'
    | 'removeUnstarted'
    | 'list'
    | 'getAll'
    | 'newestFinished'
    | 'newestVerified'
    | 'newestOfScope'
    | 'uncopied'
    | 'recordCopied'
    | 'lookForCopyAt'
  > = {
    get: async () => this.record,
    recentFinished: async () => {
      const { record } = this;
      return record?.status === 'Finished' ? [{ ...record, scopeKey: scopeKey(record.scope) }] : [];
    },
    recordExecutor: async (_, { executor }) => {
      if (this.record?.status !== 'Initializing') return false;
      this.record = { ...this.record, executor };
      return true;
    },
    startAttempt: async (_, at, executor) => {
      const { record } = this;
      if (record?.status !== 'Initializing' && record?.status !== 'Processing') return undefined;
      const earlier = { startTime: at, progress: 0, ...record, statement: undefined, step: undefined };
      const { statement: _statement, step: _step, ...kept } = earlier;
      const begun: ProcessingBackup = {
        ...kept,
        status: 'Processing',
        attempts: record.attempts + 1,
        ...(executor !== undefined && { executor }),
      };
      this.record = begun;
      return begun;
    },
    recordStatement: async (_, { attempt, statement, release }) => this.#update(attempt, { statement, ...release }),
    recordProgress: async (_, { attempt, progress, step }) => {
      this.progress.push(progress);
      this.steps.push(step);
      return this.#update(attempt, { progress, step });
    },
    finish: async (_, { attempt, backupTso, sizeBytes, origin, fileCount, lockedUntil, checksums, at }) => {
      const { record } = this;
      if (record?.status === 'Finished' && record.finishedAttempt === attempt) return record;
      if (record?.status !== 'Processing' || record.attempts !== attempt || record.cancelRequested) return undefined;
      const { progress: _progress, statement: _statement, cancelRequested: _cancel, ...rest } = record;
      const finished = {
        ...rest,
        status: 'Finished',
        finishedAttempt: attempt,
        backupTso,
        sizeBytes,
        endTime: at,
        ...(origin && { tidbClusterId: origin.tidbClusterId }),
        ...(fileCount !== undefined && { fileCount }),
        ...(lockedUntil !== undefined && { lockedUntil }),
        ...(checksums !== undefined && { checksums }),
      } as const;
      this.record = finished;
      return finished;
    },
    requestCancel: async (_, { clusterId }) => {
      const isRunning = this.record?.status === 'Processing' || this.record?.status === 'Initializing';
      if (!isRunning || this.record?.clusterId !== clusterId) return false;
      this.requestCancel();
      return true;
    },
    recordDrill: async (_, { evidence, unlessRecorded, at, ...drill }) => {
      const { record } = this;
      if (record?.status !== 'Finished') return false;
      if (unlessRecorded && record.evidence?.workFlowId === evidence.workFlowId) return false;
      const { verifiedAt: _at, recoverySeconds: _seconds, lastFailure: _failure, ...unverified } = record;
      switch (drill.verdict) {
        case 'verified':
          this.record = { ...unverified, evidence, verifiedAt: at, recoverySeconds: drill.recoverySeconds };
          break;
        case 'refuted':
          this.record = { ...unverified, evidence };
      }
      return true;
    },
    recordDrillFailure: async (_, { failure }) => {
      const { record } = this;
      if (record?.status !== 'Finished' || record.evidence?.workFlowId === failure.workFlowId) return false;
      this.record = { ...record, lastFailure: failure };
      return true;
    },
    awaitNoCopy: async () => {},
    recordManifest: async () => this.record?.status === 'Finished',
    wantManifest: async () => {},
    lookForCopyAgain: async () => {
      if (this.record?.status !== 'Finished') return;
      const { copiedAt: _, ...rest } = this.record;
      this.record = rest;
    },
    recordUndelete: async (_, { refutedBy, copying, copied, at }) => {
      if (this.record?.status !== 'Finished') return;
      const { evidence, ...rest } = {
        ...this.record,
        ...(copying && { undeleting: copying }),
        ...(copied && { undeleting: undefined }),
      };
      const isLifted = refutedBy !== undefined && evidence?.workFlowId === refutedBy;
      this.record = { ...rest, ...(!isLifted && { evidence }), ...copied, updateTime: at };
    },
    holdForRestore: async (_, workFlowId) => {
      if (this.record?.status !== 'Finished') return undefined;
      const restoredBy = new Set([...(this.record.restoredBy ?? []), workFlowId]);
      this.record = { ...this.record, restoredBy };
      return this.record;
    },
    releaseFromRestore: async (_, workFlowId) => {
      if (this.record?.status !== 'Finished') return;
      const { restoredBy, ...free } = this.record;
      const left = new Set([...(restoredBy ?? [])].filter((other) => other !== workFlowId));
      this.record = { ...free, ...(left.size > 0 && { restoredBy: left }) };
    },
    holdBase: async () => this.isBaseThere,
    releaseBase: async () => true,
    becomeFull: async (_, { attempt, because }) => {
      const running = this.#update(attempt, { attempts: attempt + 1, backupType: 'full', fullBecause: because });
      if (running === undefined) return undefined;
      const { base: _base, fallbackToFull: _fallback, ...full } = running;
      this.record = full;
      return full;
    },
    recordFiles: async (_, { filesRemain }) => {
      if (this.record?.status !== 'Failed' && this.record?.status !== 'Canceled') return false;
      this.record = { ...this.record, filesRemain };
      return true;
    },
    fail: async (_, end) => this.#end('Failed', end),
    cancel: async (_, end) => this.#end('Canceled', end),
  };

  /** Changes how the cluster is held. */
  hold(change: Partial<Maintenance>): void {
    const { cluster } = this;
    if (cluster?.maintenance) this.cluster = { ...cluster, maintenance: { ...cluster.maintenance, ...change } };
  }

  requestCancel(): void {
    if (this.record?.status === 'Processing' || this.record?.status === 'Initializing') {
      this.record = { ...this.record, cancelRequested: true };
    }
  }

  #hasEnded(): boolean {
    return !['Initializing', 'Processing'].includes(this.workflowStatus);
  }

  #update(attempt: number, change: Partial<ProcessingBackup>): ProcessingBackup | undefined {
    if (this.record?.status !== 'Processing' || this.record.attempts !== attempt) return undefined;
    this.record = { ...this.record, ...change };
    return this.record;
  }

  #end(
    status: 'Failed' | 'Canceled',
    { error, filesRemain, lockedUntil, unlessStarted, at }: { error?: RecordFailure } & BackupEnd,
  ): boolean {
    const { record } = this;
    if (unlessStarted && record?.attempts !== 0) return false;
    if (record === undefined || !['Initializing', 'Processing', status].includes(record.status)) return false;
    const ended = {
      ...aBackup(record.status === 'Initializing' ? record : { attempts: record.attempts }),
      endTime: at,
      ...(filesRemain !== undefined && { filesRemain }),
      ...(lockedUntil !== undefined && { lockedUntil }),
    };
    this.record =
      status === 'Canceled'
        ? { ...ended, status }
        : { ...ended, status, error: error ?? { code: 0, message: 'none given' } };
    return true;
  }
}
