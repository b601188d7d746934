import { BACKUP_META, type BackupFiles } from '../../domain/backup-files.ts';
import { attemptLocation, type FinishedBackup } from '../../domain/backup-record.ts';
import { type BackupScope, foldedTable, isInScope, type TableName } from '../../domain/backup-scope.ts';
import { type Clock, timestamp } from '../../domain/clock.ts';
import { quoteSome } from '../../domain/errors.ts';
import { NodeFailure } from '../../domain/node-failure.ts';
import { displayPath, type StorageLocation } from '../../domain/storage-location.ts';
import type { ClusterStore, ConfigStore, WorkflowStore } from '../../domain/stores.ts';
import type { TransferLimits } from '../../domain/system-config.ts';
import type {
  BackupContents,
  BackupOutcome,
  StatementProgress,
  TidbControl,
  TidbGateway,
  TidbSession,
} from '../../domain/tidb.ts';
import type { FlowName, OperationInput } from '../../domain/workflow.ts';
import { correlationOf, log } from '../../log.ts';
import { type HeldChainDeps, heldChain } from './held-chain.ts';
import { heldCluster } from './held-cluster.ts';
import type { NodeRunner } from './node-runner.ts';
import { operationLimits } from './operation-limits.ts';
import { assertInBackup } from './scope-found.ts';
import { supervise } from './supervise-statement.ts';
import { whileWanted } from './while-wanted.ts';

export interface RestoreDeps extends NodeRunner {
  clusters: Pick<ClusterStore, 'get'>;
  backups: HeldChainDeps;
  workflows: Pick<WorkflowStore, 'setStatus'>;
  config: Pick<ConfigStore, 'read'>;
  tidb: Pick<TidbGateway, 'openSession'>;
  files: Pick<BackupFiles, 'exists' | 'isEmpty'>;
  clock: Clock;
}

/** Shown as the node's result. */
export type RestoreResult = BackupOutcome & Pick<NodeRunner, 'executor'>;

/** A backup of the chain, and where its files are. */
interface Link {
  record: FinishedBackup;
  location: StorageLocation;
}

/**
 * Node `restoreFromSrcCluster`, and `restoreNewCluster`: RESTORE of a finished backup into the cluster; of an incremental one, first
 * of all that it builds upon. Every link is looked at before the first is restored.
 * @throws NodeFailure
 */
export async function restoreFromSrcCluster(
  input: OperationInput,
  flowName: FlowName,
  deps: RestoreDeps,
): Promise<RestoreResult> {
  const { clusters, backups, config, tidb, workflows, files, clock } = deps;
  const [cluster, limits] = await Promise.all([
    heldCluster(input, clusters),
    operationLimits('Restore', config),
    workflows.setStatus(
      { workFlowId: input.workFlowId, flowName, bizId: input.clusterId },
      'Processing',
      timestamp(clock),
    ),
  ]);
  // Beside them, it would still write when one of them has ended the node:
  //
  //     node: heldCluster fails ── frozen ──────────────── thawed: holdForRestore
  //     fail: ──────────────────────────── releaseChain                            nobody would let go of it
  const chain = await heldChain(input, backups);
  const links = chain.map((record) => ({ record, location: attemptLocation(record, record.finishedAttempt) }));
  for (const { location } of links) await assertFilesAreThere(location, files);
  const session = await tidb.openSession(cluster, deps);
  try {
    await whileWanted(assertRestorable(links, input.scope, session.control), deps);
    const outcomes: BackupOutcome[] = [];
    for (const link of links) outcomes.push(await restoreLink(link, input, session, limits, deps));
    return { ...inAll(outcomes), executor: deps.executor };
  } finally {
    session.close();
  }
}

async function restoreLink(
  { record, location }: Link,
  input: OperationInput,
  session: TidbSession,
  limits: TransferLimits,
  deps: RestoreDeps,
): Promise<BackupOutcome> {
  const { backupId, finishedAttempt: attempt } = record;
  const { server, connectionId } = session;
  log.info({ message: 'restore begins', ...input, backupId, server, connectionId });
  const correlationId = correlationOf(input.workFlowId);
  return await supervise<BackupOutcome>({
    mark: { kind: 'RESTORE', backupId, attempt },
    send: () => session.restore({ location, limits, scope: input.scope, correlationId }),
    observe: progressLogger(input),
    adopt: async (progress) => (progress?.finished ? resultOf(record) : undefined),
    session,
    clock: deps.clock,
    runner: deps,
  });
}

/** The cluster is as of the last of them. */
function inAll(outcomes: readonly BackupOutcome[]): BackupOutcome {
  const sizeBytes = String(outcomes.reduce((sum, outcome) => sum + BigInt(outcome.sizeBytes), 0n));
  return { backupTso: outcomes.at(-1)?.backupTso ?? '0', sizeBytes };
}

async function assertFilesAreThere(location: StorageLocation, files: RestoreDeps['files']): Promise<void> {
  if (await files.exists(location, BACKUP_META)) return;
  const what = (await files.isEmpty(location)) ? 'no file is' : `${BACKUP_META} is not`;
  throw new NodeFailure('BackupNotRestorable', `${what} in ${displayPath(location)}`);
}

/**
 * What is asked for is in the last link, and nothing of any link is in the cluster: only a full backup is refused where its tables
 * exist, and an incremental one would be mixed into them. Before TiDB 7.3, which cannot tell, it is left to RESTORE.
 */
async function assertRestorable(
  links: readonly Link[],
  scope: BackupScope | undefined,
  control: TidbControl,
): Promise<void> {
  let held: BackupContents = { databases: [], tables: [] };
  const all: TableName[] = [];
  for (const { location } of links) {
    const contents = await control.contentsOfBackup(location);
    if (contents === undefined) return;
    held = contents;
    all.push(...contents.tables);
  }
  assertInBackup(scope, held);
  await assertNoTableInTheWay(
    all.filter((table) => isInScope(scope, table)),
    control,
  );
}

/** RESTORE would find out too, but may name only the first one that it comes to. */
async function assertNoTableInTheWay(tables: readonly TableName[], control: TidbControl): Promise<void> {
  const present = new Set((await control.userTables()).map(foldedTable));
  const inTheWay = new Map(tables.map((table) => [foldedTable(table), `${table.database}.${table.table}`]));
  for (const name of inTheWay.keys()) if (!present.has(name)) inTheWay.delete(name);
  if (inTheWay.size === 0) return;
  throw new NodeFailure(
    'TablesInTheWay',
    `${inTheWay.size} tables of the backup exist in the cluster already, drop them or restore into another cluster: ${quoteSome([...inTheWay.values()])}`,
  );
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
