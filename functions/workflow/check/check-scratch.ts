import * as z from 'zod/mini';
import type { FinishedBackup, InitializingBackup } from '../../domain/backup/backup-record.ts';
import type { BackupStore } from '../../domain/backup/backup-store.ts';
import { type CheckResult, checkResult, type Finding, resultOf } from '../../domain/cluster/check.ts';
import type { Cluster } from '../../domain/cluster/cluster.ts';
import type { ClusterStore } from '../../domain/cluster/cluster-store.ts';
import { scratchDatabase } from '../../domain/cluster/scratch.ts';
import { cleanupFinding, scratchFailed, scratchSkipped } from '../../domain/cluster/scratch-findings.ts';
import { type DeploymentStorage, storageBase } from '../../domain/config/system-config.ts';
import { timestamp } from '../../domain/shared/clock.ts';
import type { BackupFiles } from '../../domain/storage/backup-files.ts';
import { below, displayPath } from '../../domain/storage/storage-location.ts';
import type { ScratchDatabase, TidbGateway } from '../../domain/tidb/tidb.ts';
import { endOperation } from '../../domain/workflow/end-operation.ts';
import { NodeFailure } from '../../domain/workflow/node-failure.ts';
import { checkInput } from '../../domain/workflow/workflow.ts';
import { log } from '../../log.ts';
import { type BackupDeps, type BackupResult, backup } from '../backup/backup.ts';
import { linksOf, lookBeforeRestore } from '../restore/look-before-restore.ts';
import { restoreLink } from '../restore/restore-link.ts';
import { heldCluster } from '../shared/held-cluster.ts';
import { operationLimits } from '../shared/operation-limits.ts';
import { clearScratch, type EndScratchDeps, endScratch, startDeletion } from './end-scratch.ts';

/** The workflow's input, and the previous node's findings. */
export const checkScratchInput = z.object({ ...checkInput.shape, check: checkResult });
type CheckScratchInput = z.infer<typeof checkScratchInput>;

export interface CheckScratchDeps extends BackupDeps, EndScratchDeps, DeploymentStorage {
  clusters: BackupDeps['clusters'] & Pick<ClusterStore, 'lock' | 'unlock' | 'recordCheck'>;
  backups: BackupDeps['backups'] & EndScratchDeps['backups'] & Pick<BackupStore, 'create'>;
  tidb: BackupDeps['tidb'] & EndScratchDeps['tidb'] & Pick<TidbGateway, 'openScratch'>;
  files: BackupDeps['files'] & EndScratchDeps['files'] & Pick<BackupFiles, 'isEmpty'>;
}

/**
 * Node `checkScratch`: backs up and restores its own database, which proves the rights of TiDB and TiKV, and removes
 * everything again. Its record is written first, so that repair finds what a crash leaves.
 * @throws NodeFailure OperationSuperseded
 */
export async function checkScratch(input: CheckScratchInput, deps: CheckScratchDeps): Promise<CheckResult> {
  const { clusters, clock } = deps;
  const cluster = await heldCluster(input, clusters);
  const earlier = await deps.backups.get(input.backupId);
  // An earlier run of the node died; a failure to clean up after it fails this one.
  if (earlier !== undefined) await clearScratch(earlier, cluster, deps);
  const record = await createRecord(input, cluster, deps);
  const findings = await tryBackup(input, record, cluster, deps);
  const ended = await endScratch(input, deps);
  const check = resultOf([...input.check.findings, ...findings, cleanupFinding(ended.left)], {
    ...input.check,
    endTime: timestamp(clock),
  });
  await clusters.recordCheck(input.clusterId, { registeredAt: cluster.createTime, check });
  await endOperation(input, 'CheckCluster', 'Finished', deps);
  await startDeletion(ended.deletion, deps);
  return check;
}

async function createRecord(
  { workFlowId, clusterId, backupId, correlationId }: CheckScratchInput,
  { maintenance, createTime }: Cluster,
  { backups, config, ...deployment }: CheckScratchDeps,
): Promise<InitializingBackup> {
  // The request's time, so that every run of the node uses the same.
  const at = maintenance?.since ?? createTime;
  const record: InitializingBackup = {
    ...{ backupId, clusterId, workFlowId, correlationId },
    ...{ backupType: 'full', backupMethod: 'physical', backupMode: 'manual', executor: 'lambda' },
    scope: { databases: [scratchDatabase(workFlowId)] },
    location: below(storageBase(await config.read(), deployment), clusterId, backupId),
    ...{ status: 'Initializing', attempts: 0, createTime: at, updateTime: at },
  };
  if (await backups.create(record)) return record;
  throw new NodeFailure('OperationSuperseded', 'another backup already has the id of the check');
}

async function tryBackup(
  input: CheckScratchInput,
  record: InitializingBackup,
  cluster: Cluster,
  deps: CheckScratchDeps,
): Promise<Finding[]> {
  const scratch = deps.tidb.openScratch(cluster, scratchDatabase(input.workFlowId));
  try {
    let result: BackupResult;
    try {
      await scratch.create();
      result = await backup(input, deps, 'CheckCluster');
    } catch (error) {
      return [scratchFailed('scratchBackup', error), scratchSkipped('scratchRestore', 'there is no backup to restore')];
    }
    const written: Finding = {
      check: 'scratchBackup',
      status: 'passed',
      message: `TiDB and TiKV can write to ${displayPath(record.location)}`,
    };
    return [written, await tryRestore(input, finishedRecord(record, result), scratch, deps)];
  } finally {
    // Even if repair has declared this node dead, and has removed what existed then.
    await scratch
      .drop()
      .catch((error: unknown) => log.warn({ message: 'the scratch database could not be dropped yet', error }));
    scratch.close();
  }
}

/** Like a real record; but it is never stored as finished, because nobody else may restore it. */
function finishedRecord(
  record: InitializingBackup,
  { attempt, endTime, backupTso, sizeBytes }: BackupResult,
): FinishedBackup {
  const { createTime: startTime } = record;
  return { ...record, status: 'Finished', startTime, endTime, finishedAttempt: attempt, backupTso, sizeBytes };
}

async function tryRestore(
  input: CheckScratchInput,
  record: FinishedBackup,
  scratch: ScratchDatabase,
  deps: CheckScratchDeps,
): Promise<Finding> {
  const { scope } = record;
  try {
    await scratch.drop();
    const limits = await operationLimits('Restore', deps.config);
    const cluster = await heldCluster(input, deps.clusters);
    const session = await deps.tidb.openSession(cluster, deps);
    try {
      const links = await linksOf([record], deps.files);
      const look = await lookBeforeRestore(links, { scope }, session.control, deps.files);
      const withNote = { ...deps, announce: async () => {}, note: async () => {} };
      for (const link of look.links) await restoreLink(link, look, { ...input, scope }, session, limits, withNote);
    } finally {
      session.close();
    }
    if (await scratch.isWhole()) {
      return {
        check: 'scratchRestore',
        status: 'passed',
        message: 'the restored row equals the original',
      };
    }
    throw new Error('the restored row differs from the original');
  } catch (error) {
    return scratchFailed('scratchRestore', error);
  }
}
