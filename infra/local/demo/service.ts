import { type Api, poll } from './api-client.ts';

/** What the demos read of the API's `BackupRecord`. */
export interface BackupAnswer {
  readonly id: string;
  readonly status: string;
  readonly backupType: string;
  readonly baseBackupId?: string;
  readonly executor: string;
  readonly progress: number;
  readonly backupTso: string;
  readonly sizeBytes: string;
  readonly filePath: string;
  readonly copyPath?: string;
  readonly copiedAt?: string;
  readonly error?: { readonly code: number; readonly message: string };
  readonly verifiedAt?: string;
  readonly recoverySeconds?: number;
  readonly evidence?: {
    readonly result: string;
    readonly reason?: string;
    readonly tables: number;
    readonly rows: string;
    readonly assertions: readonly { readonly assertion: string; readonly passed: boolean }[];
  };
}

interface NodeAnswer {
  readonly name: string;
  readonly result: string;
}

/** `undefined` if there is no such record. */
export async function findBackup(api: Api, backupId: string): Promise<BackupAnswer | undefined> {
  const { backupRecords } = await api<{ backupRecords: BackupAnswer[] }>('GET', `/backups?backupId=${backupId}`);
  return backupRecords[0];
}

/**
 * Starts a backup and waits for its end, when its cluster is free again.
 * @throws if it fails, saying why
 */
export async function backUp(
  api: Api,
  request: { readonly clusterId: string; readonly [field: string]: unknown },
  onPercent: (percent: number) => void = () => {},
): Promise<BackupAnswer> {
  const started = { backupMode: 'manual', ...request };
  const { workFlowId, backupId } = await api<{ workFlowId: string; backupId: string }>('POST', '/backups', started);
  const finished = await poll('the end of the backup', async () => {
    const record = await findBackup(api, backupId);
    if (record === undefined) throw new Error(`the record ${backupId} of the backup that was started is not listed`);
    onPercent(record.progress);
    if (record.status === 'Finished') return record;
    if (record.error !== undefined) throw new Error(`the backup failed: ${record.error.message}`);
    return undefined;
  });
  await untilFinished(api, 'backup', workFlowId);
  return finished;
}

/**
 * Waits for the end of a workflow.
 * @param whileRunning called now and then
 * @returns its nodes @throws if it fails, saying why
 */
export async function untilFinished(
  api: Api,
  what: string,
  workFlowId: string,
  whileRunning: () => Promise<void> = async () => {},
): Promise<readonly NodeAnswer[]> {
  return poll(`the end of the ${what}`, async () => {
    const { info, nodes } = await api<{ info: { status: string }; nodes: NodeAnswer[] }>(
      'GET',
      `/workflow/${workFlowId}`,
    );
    if (info.status === 'Finished') return nodes;
    if (info.status === 'Error') throw new Error(`the ${what} failed: ${nodes.map((node) => node.result).join('; ')}`);
    await whileRunning();
    return undefined;
  });
}

/** Restores a backup, or a part of it, into a registered cluster, and waits for the end. @throws if it fails, saying why */
export async function restoreInto(
  api: Api,
  clusterId: string,
  request: { readonly backupId: string; readonly [field: string]: unknown },
  whileRunning?: () => Promise<void>,
): Promise<void> {
  const { workFlowId } = await api<{ workFlowId: string }>('POST', `/clusters/${clusterId}/restore`, request);
  await untilFinished(api, 'restore', workFlowId, whileRunning);
}
