import { type Cell, csvOf } from './csv.ts';
import type { BackupEvidenceJson, MissedWindowJson } from './evidence-json.ts';

export const CSV = 'text/csv; charset=utf-8; header=present';

/** By column name. New columns are only added at the end. */
const CELLS: Readonly<Record<string, (backup: BackupEvidenceJson) => Cell>> = {
  kind: () => 'backup',
  clusterId: ({ clusterId }) => clusterId,
  backupId: ({ backupId }) => backupId,
  status: ({ status }) => status,
  backupType: ({ backupType }) => backupType,
  backupMode: ({ backupMode }) => backupMode,
  scope: ({ scope }) => listed(scope?.databases ?? scope?.tables),
  createTime: ({ createTime }) => createTime,
  startTime: ({ startTime }) => startTime,
  endTime: ({ endTime }) => endTime,
  backupTso: ({ backupTso }) => backupTso,
  chain: ({ chain }) => chain.map(({ backupId }) => backupId).join(' '),
  sizeBytes: ({ sizeBytes }) => sizeBytes,
  files: ({ files }) => files,
  location: ({ location }) => location,
  copyPath: ({ copyPath }) => copyPath,
  copiedAt: ({ copiedAt }) => copiedAt,
  lockedUntil: ({ lockedUntil }) => lockedUntil,
  expireAt: ({ expireAt }) => expireAt,
  tidbVersion: ({ tidbVersion }) => tidbVersion,
  tidbClusterId: ({ tidbClusterId }) => tidbClusterId,
  verifiedAt: ({ verifiedAt }) => verifiedAt,
  recoverySeconds: ({ recoverySeconds }) => recoverySeconds,
  drillTime: ({ drill }) => drill?.time,
  drillWorkFlowId: ({ drill }) => drill?.workFlowId,
  drillResult: ({ drill }) => drill?.result,
  drillReason: ({ drill }) => drill?.reason,
  drillComparison: ({ drill }) => drill?.comparison,
  drillTables: ({ drill }) => drill?.tables,
  drillRows: ({ drill }) => drill?.rows,
  drillMismatches: ({ drill }) => listed(drill?.mismatches),
  drillNotCompared: ({ drill }) => listed(drill?.notCompared),
  drillAssertions: ({ drill }) => listed(drill?.assertions.map(({ assertion, passed }) => `${passed}: ${assertion}`)),
  lastFailure: ({ lastFailure }) => lastFailure?.reason,
  reason: ({ error, deletionReason, chainIncomplete }) => listed([error?.message, deletionReason, chainIncomplete]),
};

/** A row for each backup and missed window, below a header. */
export function evidenceCsv(clusterId: string, entries: readonly (BackupEvidenceJson | MissedWindowJson)[]): string {
  const rows = entries.map((entry) => {
    if ('backupId' in entry) return Object.values(CELLS).map((cell) => cell(entry));
    const { start: startTime, end: endTime, reason } = entry;
    const cells: Readonly<Record<string, Cell>> = { kind: 'missedWindow', clusterId, startTime, endTime, reason };
    return Object.keys(CELLS).map((column) => cells[column]);
  });
  return csvOf([Object.keys(CELLS), ...rows]);
}

function listed(texts: readonly (string | undefined)[] = []): string {
  return texts.filter((text) => text !== undefined).join('\n');
}
