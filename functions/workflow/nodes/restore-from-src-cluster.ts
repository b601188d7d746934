import { BACKUP_META, type BackupFiles } from '../../domain/backup-files.ts';
import { attemptLocation, type FinishedBackup } from '../../domain/backup-record.ts';
import { foldedTable, type TableName } from '../../domain/backup-scope.ts';
import { type Clock, timestamp } from '../../domain/clock.ts';
import { quoteInput } from '../../domain/errors.ts';
import { NodeFailure } from '../../domain/node-failure.ts';
import { displayPath, type StorageLocation } from '../../domain/storage-location.ts';
import type { ClusterStore, ConfigStore, WorkflowStore } from '../../domain/stores.ts';
import type { BackupOutcome, StatementProgress, TidbControl, TidbGateway } from '../../domain/tidb.ts';
import type { FlowName, OperationInput } from '../../domain/workflow.ts';
import { correlationOf, log } from '../../log.ts';
import { type HeldBackupDeps, heldBackup } from './held-backup.ts';
import { heldCluster } from './held-cluster.ts';
import { operationLimits } from './operation-limits.ts';
import { supervise } from './supervise-statement.ts';

export interface RestoreDeps {
  clusters: Pick<ClusterStore, 'get'>;
  backups: HeldBackupDeps;
  workflows: Pick<WorkflowStore, 'setStatus'>;
  config: Pick<ConfigStore, 'read'>;
  tidb: Pick<TidbGateway, 'openSession'>;
  files: Pick<BackupFiles, 'exists' | 'isEmpty'>;
  clock: Clock;
  /** When a statement that still runs is stopped; milliseconds since 1970. */
  deadline: number;
}

/** Node `restoreFromSrcCluster`, and `restoreNewCluster`: RESTORE of a finished backup into the cluster. @throws NodeFailure */
export async function restoreFromSrcCluster(
  input: OperationInput,
  flowName: FlowName,
  deps: RestoreDeps,
): Promise<BackupOutcome> {
  const { clusters, backups, config, tidb, workflows, files, clock } = deps;
  const [cluster, finished, limits] = await Promise.all([
    heldCluster(input, clusters),
    heldBackup(input, backups),
    operationLimits('Restore', config),
    workflows.setStatus(
      { workFlowId: input.workFlowId, flowName, bizId: input.clusterId },
      'Processing',
      timestamp(clock),
    ),
  ]);
  const location = attemptLocation(finished, finished.finishedAttempt);
  await assertFilesAreThere(location, files);
  const session = await tidb.openSession(cluster);
  try {
    await assertNoTableInTheWay(location, session.control);
    log.info({ message: 'restore begins', ...input, server: session.server, connectionId: session.connectionId });
    return await supervise<BackupOutcome>({
      mark: { kind: 'RESTORE', backupId: finished.backupId, attempt: finished.finishedAttempt },
      send: () => session.restore(location, limits, correlationOf(input.workFlowId)),
      observe: progressLogger(input),
      adopt: async (progress) => (progress?.finished ? resultOf(finished) : undefined),
      session,
      clock,
      deadline: deps.deadline,
    });
  } finally {
    session.close();
  }
}

async function assertFilesAreThere(location: StorageLocation, files: RestoreDeps['files']): Promise<void> {
  if (await files.exists(location, BACKUP_META)) return;
  const what = (await files.isEmpty(location)) ? 'no file is' : `${BACKUP_META} is not`;
  throw new NodeFailure('BackupNotRestorable', `${what} in ${displayPath(location)}`);
}

/** RESTORE would find out too, but may name only the first one that it comes to; before TiDB 7.3, it has to. */
async function assertNoTableInTheWay(location: StorageLocation, control: TidbControl): Promise<void> {
  const inBackup = await control.tablesOfBackup(location);
  if (inBackup === undefined) return;
  const present = new Set((await control.userTables()).map(foldedTable));
  const inTheWay = inBackup.filter((table) => present.has(foldedTable(table)));
  if (inTheWay.length === 0) return;
  throw new NodeFailure(
    'TablesInTheWay',
    `${inTheWay.length} tables of the backup exist in the cluster already, drop them or restore into another cluster: ${someNames(inTheWay)}`,
  );
}

const NAMES_SHOWN = 5;

function someNames(tables: readonly TableName[]): string {
  const names = tables.slice(0, NAMES_SHOWN).map(({ database, table }) => quoteInput(`${database}.${table}`));
  const rest = tables.length - names.length;
  return names.join(', ') + (rest > 0 ? ` and ${rest} more` : '');
}

/** A line for each quarter: a restore has no record that could show more. */
function progressLogger(input: OperationInput): (progress: StatementProgress | undefined) => Promise<void> {
  let logged = 0;
  return async (progress) => {
    const quarter = Math.floor((progress?.percent ?? 0) / 25);
    if (quarter <= logged) return;
    logged = quarter;
    log.info({ message: 'restore goes on', workFlowId: input.workFlowId, percent: progress?.percent });
  };
}

function resultOf({ backupTso, sizeBytes }: FinishedBackup): BackupOutcome {
  return { backupTso, sizeBytes };
}
