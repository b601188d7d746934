import { type NativeAttributeValue, ScanCommand } from '@aws-sdk/lib-dynamodb';
import type { TableName } from '../../functions/adapters/dynamodb/tables.ts';
import { attemptLocation, type BackupRecord, backupRecord } from '../../functions/domain/backup/backup-record.ts';
import { notesFile } from '../../functions/domain/backup/table-notes.ts';
import { type Cluster, cluster as clusterItem } from '../../functions/domain/cluster/cluster.ts';
import { hasEnded, type Workflow, workflow } from '../../functions/domain/workflow/workflow.ts';
import { filesInBucket } from '../support/bucket-files.ts';
import type { Scenario } from './scenario.ts';
import type { Stage } from './stage.ts';
import { ROWS } from './tidbs.ts';

/** What a scenario has left. */
export interface Remains {
  readonly cluster: Cluster | undefined;
  readonly records: readonly BackupRecord[];
  readonly workflows: readonly Workflow[];
  /** Clusters created by drills. */
  readonly throwaways: readonly Cluster[];
  /** Keys of files and of unfinished uploads. */
  readonly files: readonly string[];
  /** Running BACKUP and RESTORE statements. */
  readonly statements: readonly string[];
  /** By folder of each finished backup: how many rows it restores, or why it does not. */
  readonly restored: ReadonlyMap<string, number | string>;
  /** Databases created by checks, or by RESTORE for itself. */
  readonly scratch: readonly string[];
  /** Rows of a finished restore. */
  readonly rows: number | undefined;
}

export const PROMISES = {
  'no cluster is held': (_, { cluster }) => {
    const { maintenance } = cluster ?? {};
    return maintenance === undefined ? [] : [`it is held by ${maintenance.status} ${maintenance.operationId}`];
  },

  'no drill leaves its cluster': (_, { throwaways, workflows }) => [
    ...throwaways.map(({ clusterId }) => `${clusterId} is registered`),
    ...workflows
      .filter(({ flowName, newCluster }) => flowName === 'RestoreDrill' && newCluster?.fate !== 'destroyed')
      .map(({ workFlowId, newCluster }) => `the cluster of ${workFlowId} is ${newCluster?.fate ?? 'there'}`),
  ],

  'no check leaves a database': ({ flow }, { scratch }) => (flow === 'scratch check' ? scratch : []),

  'every record has ended': (_, { records }) =>
    records.filter(({ status }) => !ENDED.includes(status)).map(({ status }) => `the record is ${status}`),

  'every workflow has ended': (_, { workflows }) =>
    workflows.filter((each) => !hasEnded(each)).map(({ workFlowId, status }) => `${workFlowId} is ${status}`),

  'no statement runs in TiDB': (_, { statements }) => statements,

  'no file exists outside finished backups': (_, { files, records }) => {
    const finished = records.flatMap((record) => folderOf(record) ?? []);
    const notes = records.flatMap((record) => notesOf(record) ?? []);
    return files.filter((key) => !notes.includes(key) && !finished.some((folder) => key.startsWith(`${folder}/`)));
  },

  'every finished backup restores': ({ flow }, { restored, workflows }) => {
    // Its files are missing until that has succeeded.
    if (flow === 'undelete' && workflows[0]?.status !== 'Finished') return [];
    return [...restored].filter(([, rows]) => rows !== ROWS).map(([folder, rows]) => `${folder}: ${rows}`);
  },

  'every failure names its reason': (_, { records }) =>
    records.flatMap((record) => {
      if (record.status !== 'Failed') return [];
      // AWS's own names contain a dot.
      return /^[\w.]+: ./.test(record.error.message) ? [] : [record.error.message];
    }),

  'no backup is blocked from deletion': (_, { records }) =>
    records
      .filter((record) => 'restoredBy' in record && record.restoredBy !== undefined)
      .map(({ backupId }) => backupId),

  'every incremental backup has its base': (_, { records }) =>
    records.flatMap(({ backupId, status, base }) => {
      if (status !== 'Finished' || base === undefined) return [];
      const held = records.find((each) => each.backupId === base.backupId);
      return held?.status === 'Finished' && held.dependents?.has(backupId) ? [] : [backupId];
    }),

  'what was accepted is done': (scenario, { cluster, records, workflows, rows }) => {
    const { flow } = scenario;
    const [first, second] = scenario.answers;
    const record = recordOf(scenario, records);
    const has = (accepted: boolean, isDone: boolean, what: string) => (accepted && !isDone ? [what] : []);
    switch (flow) {
      case 'deletion that was never started':
        return has(true, record === undefined, 'it was not deleted');
      case 'removal that stopped half-way':
        return has(true, record === undefined && cluster === undefined, 'it was not finished');
      case 'retention': {
        const isLeft = records.length === 1 && record?.backupId === `${scenario.id}-newest`;
        return has(true, isLeft && record.status === 'Finished', 'the rule keeps something else than what is left');
      }
      case 'delete':
      case 'delete without end':
        return has(first?.code === 0, record === undefined, 'it was not deleted');
      case 'cancel':
      case 'cancel of an incremental backup':
        return has(second?.code === 0, record?.status === 'Canceled', `it is ${record?.status}, not canceled`);
      case 'auto-backup':
        return has(true, record?.status === 'Finished', `the window's backup is ${record?.status}`);
      case 'deletion by force':
        return has(first?.code === 0, records.length === 0, 'it was not deleted, or not with all its dependents');
      case 'plans': {
        const isAsBefore = records.length === 2 && records.every(({ status }) => status === 'Finished');
        return has(true, isAsBefore && workflows.length === 0, 'something was changed');
      }
      case 'undelete':
        return has(first?.code === 0, workflows.length === 1, 'there is no workflow');
      case 'drill':
      case 'drill without end':
        return [
          ...has(first?.code === 0, workflows.length === 1, 'there is no workflow'),
          ...has(workflows[0]?.status === 'Finished', isVerified(record), 'the backup is not verified'),
        ];
      case 'scratch check': {
        const check = workflows.find(({ workFlowId }) => workFlowId === first?.data.workFlowId);
        const isKept = cluster?.check?.workFlowId === check?.workFlowId;
        return [
          ...has(first?.code === 0, check !== undefined, 'there is no workflow'),
          ...has(check?.status === 'Finished', isKept, 'its result is not kept'),
          ...has(true, record === undefined, 'its backup was not deleted'),
        ];
      }
      case 'restore':
      case 'restore of a chain':
      case 'restore that died':
      case 'restore on the worker':
      case 'restore without end':
        return [
          ...has(first?.code === 0, workflows.length === 1, 'there is no workflow'),
          ...has(workflows[0]?.status === 'Finished', rows === ROWS, `${rows} rows were restored`),
        ];
      default:
        return has(first?.code === 0, record?.backupId === first?.data.backupId, 'there is no record');
    }
  },

  'nothing is done twice': (scenario, { records, workflows }) => {
    const made = records.filter(({ backupId }) => !isGiven(scenario, backupId));
    // One more deletes a check's backup.
    const expected = ['deletion by force', 'retention', 'scratch check'].includes(scenario.flow) ? 2 : 1;
    return [
      ...(made.length > 1 ? [`${made.length} backups`] : []),
      ...(workflows.length > expected ? [`${workflows.length} workflows`] : []),
    ];
  },
} as const satisfies Record<string, (scenario: Scenario, remains: Remains) => readonly string[]>;

const ENDED: readonly string[] = ['Finished', 'Failed', 'Canceled'] satisfies BackupRecord['status'][];

/** Whether a backup existed before the flow began. */
function isGiven({ id }: Scenario, backupId: string): boolean {
  return [`${id}-backup`, `${id}-increment`, `${id}-newest`].includes(backupId);
}

/** The flow's subject: the backup that it made, or one that it was given. */
function recordOf(scenario: Scenario, records: readonly BackupRecord[]): BackupRecord | undefined {
  const made = records.find(({ backupId }) => !isGiven(scenario, backupId));
  return made ?? (scenario.flow.endsWith('incremental backup') ? undefined : records[0]);
}

/** Its outcome in a word, for the table. */
export function outcomeOf(scenario: Scenario, { records, workflows }: Remains): string {
  const { flow } = scenario;
  if (flow.startsWith('restore') || flow.startsWith('drill') || flow === 'undelete') {
    return workflows[0]?.status ?? 'taken back';
  }
  if (flow === 'scratch check') {
    return workflows.find(({ flowName }) => flowName === 'CheckCluster')?.status ?? 'taken back';
  }
  return recordOf(scenario, records)?.status ?? (/^(?:delet|remov)/.test(flow) ? 'deleted' : 'taken back');
}

function isVerified(record: BackupRecord | undefined): boolean {
  return record?.status === 'Finished' && record.verifiedAt !== undefined;
}

/** The key of its table checksums. */
function notesOf(record: BackupRecord): string | undefined {
  if (record.status !== 'Finished') return undefined;
  const { folder, name } = notesFile(record, record.finishedAttempt);
  return folder.type === 's3' ? `${folder.prefix}/${name}` : undefined;
}

function folderOf(record: BackupRecord): string | undefined {
  if (record.status !== 'Finished') return undefined;
  const location = attemptLocation(record, record.finishedAttempt);
  return location.type === 's3' ? location.prefix : undefined;
}

/** Checks everything that is left, and restores every finished backup. */
export async function remainsOf(stage: Stage, scenarios: readonly Scenario[]): Promise<Map<Scenario, Remains>> {
  const [clusters, records, workflows, files, statements] = await Promise.all([
    scan(stage, 'clusters').then((items) => items.map((item) => clusterItem.parse(item))),
    scan(stage, 'backups').then((items) => items.map((item) => backupRecord.parse(item))),
    scan(stage, 'workflows').then((items) => items.map((item) => workflow.parse(item))),
    filesInBucket(stage.clients.s3, stage.bucket),
    stage.tidbs.statements(),
  ]);
  const remains = new Map<Scenario, Remains>();
  for (const scenario of scenarios) {
    const { clusterId } = scenario;
    const own = records.filter((record) => record.clusterId === clusterId);
    const runs = workflows.filter(({ bizId }) => bizId === clusterId);
    remains.set(scenario, {
      cluster: clusters.find((each) => each.clusterId === clusterId),
      records: own,
      workflows: runs,
      throwaways: clusters.filter(({ clusterName }) => clusterName.startsWith(`Drill of ${scenario.id}`)),
      files: files.filter((key) => key.includes(`/${clusterId}/`)),
      statements: statements.filter((text) => text.includes(`/${clusterId}/`)),
      restored: await restoredFrom(stage, own),
      scratch: await stage.tidbs.scratchOf(scenario),
      rows: runs.some(({ status, flowName }) => status === 'Finished' && flowName === 'RestoreExistCluster')
        ? await stage.tidbs.rowsOf(scenario)
        : undefined,
    });
  }
  return remains;
}

async function restoredFrom(stage: Stage, records: readonly BackupRecord[]): Promise<Map<string, number | string>> {
  const restored = new Map<string, number | string>();
  for (const record of records) {
    const folder = folderOf(record);
    if (folder === undefined) continue;
    const base = records.find(({ backupId }) => backupId === record.base?.backupId);
    const folders = [base && folderOf(base), folder].flatMap((each) => (each ? [`${stage.bucket}/${each}`] : []));
    restored.set(folder, await stage.tidbs.rowsRestoredFrom(folders).catch(String));
  }
  return restored;
}

async function scan({ tableOf }: Stage, table: TableName) {
  const items: Record<string, NativeAttributeValue>[] = [];
  const { client, tableName: TableName } = tableOf(table);
  let ExclusiveStartKey: Record<string, NativeAttributeValue> | undefined;
  do {
    const page = await client.send(new ScanCommand({ TableName, ExclusiveStartKey }));
    items.push(...(page.Items ?? []));
    ExclusiveStartKey = page.LastEvaluatedKey;
  } while (ExclusiveStartKey !== undefined);
  return items;
}
