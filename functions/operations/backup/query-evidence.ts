import type { BackupBase, BackupRecord } from '../../domain/backup/backup-record.ts';
import type { BackupStore } from '../../domain/backup/backup-store.ts';
import type { ChainLink, EvidenceRange, EvidenceView } from '../../domain/backup/evidence-view.ts';
import type { DrillTables } from '../../domain/backup/verification.ts';
import type { ClusterStore } from '../../domain/cluster/cluster-store.ts';
import type { MissedWindow } from '../../domain/strategy/strategy.ts';
import type { WorkflowStore } from '../../domain/workflow/workflow-store.ts';
import { clusterNotFound } from '../shared/lock-cluster.ts';
import { recordNotFound } from '../shared/record-refusals.ts';
import { wrapErrors } from '../shared/wrap-errors.ts';

export interface QueryEvidenceDeps {
  backups: Pick<BackupStore, 'get'>;
  clusters: Pick<ClusterStore, 'get'>;
  workflows: Pick<WorkflowStore, 'get'>;
  evidence: EvidenceView;
}

/** The evidence for one backup. */
export interface BackupEvidence {
  record: BackupRecord;
  /** From the full backup to this one. */
  chain: readonly BackupInChain[];
  /** Why the chain does not begin with a full backup; `undefined` if it does. */
  chainIncomplete?: string | undefined;
}

/** `backupTso` is unset for an unfinished backup. */
type BackupInChain = Pick<BackupBase, 'backupId'> & Partial<BackupBase>;

/**
 * The evidence for one backup.
 * @throws ServiceError 20604, 20612
 */
export async function queryBackupEvidence(
  backupId: string,
  { backups, workflows, evidence }: Pick<QueryEvidenceDeps, 'backups' | 'workflows' | 'evidence'>,
): Promise<BackupEvidence & { drillTables?: DrillTables | undefined }> {
  const record = await wrapErrors('TIEM_BACKUP_RECORD_QUERY_FAILED', backups.get(backupId));
  if (record === undefined) throw recordNotFound(backupId);
  const drill = record.status === 'Finished' ? record.evidence?.workFlowId : undefined;
  const [toEvidence, workflow] = await Promise.all([
    withChains(record.clusterId, [record], evidence),
    drill === undefined ? undefined : wrapErrors('TIEM_BACKUP_RECORD_QUERY_FAILED', workflows.get(drill)),
  ]);
  return { ...toEvidence(record), drillTables: workflow?.drillTables };
}

/** The history of a cluster's backups, newest first. */
export type ClusterEvidence = BackupEvidence | { missed: MissedWindow };

/**
 * A page of the history of a cluster, registered or not: backups and missed windows outlive the registration.
 * @throws ServiceError 10003 nothing was ever recorded under this id; 20604
 */
export async function queryClusterEvidence(
  clusterId: string,
  range: EvidenceRange,
  page: { after?: string | undefined; pageSize: number },
  { clusters, evidence }: Pick<QueryEvidenceDeps, 'clusters' | 'evidence'>,
): Promise<{ entries: ClusterEvidence[]; next?: string | undefined }> {
  const found = evidence.page(clusterId, range, page);
  const { entries, next } = await wrapErrors('TIEM_BACKUP_RECORD_QUERY_FAILED', found);
  if (entries.length === 0 && page.after === undefined) await refuseUnknown();
  const records = entries.flatMap((entry) => ('record' in entry ? [entry.record] : []));
  const toEvidence = await withChains(clusterId, records, evidence);
  return { entries: entries.map((entry) => ('record' in entry ? toEvidence(entry.record) : entry)), next };

  /** An empty answer for a misspelled id would look like "no backups". */
  async function refuseUnknown(): Promise<void> {
    const isKnown = async () => {
      if ((await clusters.get(clusterId)) !== undefined) return true;
      return (await evidence.page(clusterId, {}, { pageSize: 1 })).entries.length > 0;
    };
    if (!(await wrapErrors('TIEM_BACKUP_RECORD_QUERY_FAILED', isKnown()))) throw clusterNotFound(clusterId);
  }
}

/** Limits the calls for chains, whatever their length: about 2,000 older backups are searched. */
const MAX_CALLS = 4;

/** @param records consecutive records of the cluster, newest first: their bases are among them, or older */
async function withChains(
  clusterId: string,
  records: readonly BackupRecord[],
  evidence: Pick<EvidenceView, 'olderLinks'>,
): Promise<(record: BackupRecord) => BackupEvidence> {
  const links = new Map<string, ChainLink>(records.map((record) => [record.backupId, record]));
  const isOpen = () => records.some((record) => chainOf(record, links).missing !== undefined);
  let next = records.at(-1)?.createTime;
  for (let calls = 0; calls < MAX_CALLS && next !== undefined && isOpen(); calls += 1) {
    const older = await wrapErrors('TIEM_BACKUP_RECORD_QUERY_FAILED', evidence.olderLinks(clusterId, next));
    for (const link of older.links) if (!links.has(link.backupId)) links.set(link.backupId, link);
    next = older.next;
  }
  return (record) => {
    const { chain, missing } = chainOf(record, links);
    if (missing === undefined) return { record, chain };
    const why = next === undefined ? 'the record of' : 'too many backups lie between this one and';
    return { record, chain, chainIncomplete: `${why} ${missing}${next === undefined ? ' no longer exists' : ''}` };
  };
}

function chainOf(
  record: BackupRecord,
  links: ReadonlyMap<string, ChainLink>,
): { chain: BackupInChain[]; missing?: string } {
  const own = record.status === 'Finished' ? { backupTso: record.backupTso } : {};
  const chain: BackupInChain[] = [{ backupId: record.backupId, ...own }];
  const seen = new Set([record.backupId]);
  for (let base = record.base; base !== undefined && !seen.has(base.backupId); ) {
    const { backupId, backupTso }: BackupBase = base;
    chain.unshift({ backupId, backupTso });
    seen.add(backupId);
    const link = links.get(backupId);
    if (link === undefined) return { chain, missing: backupId };
    base = link.base;
  }
  return { chain };
}
