import type { BackupRecord, StartBackupRequest, WorkFlowNodeInfo } from '../../../clients/typescript/api.ts';
import type { Client } from '../../../clients/typescript/client.ts';
import type { Input } from '../../../clients/typescript/routes.ts';
import { poll } from './poll.ts';

/** `undefined` if there is no such record. */
export async function findBackup(api: Client, backupId: string): Promise<BackupRecord | undefined> {
  const { backupRecords } = await api.call('GET /backups', { query: { backupId } });
  return backupRecords[0];
}

/**
 * Starts a backup and waits until it has ended and its cluster is free again.
 * @throws with the reason if it fails
 */
export async function backUp(
  api: Client,
  request: StartBackupRequest,
  onPercent: (percent: number) => void = () => {},
): Promise<BackupRecord> {
  const { workFlowId, backupId } = await api.call('POST /backups', { body: { backupMode: 'manual', ...request } });
  const finished = await poll('the end of the backup', async () => {
    const record = await findBackup(api, backupId);
    if (record === undefined) throw new Error(`the record ${backupId} of the started backup is not listed`);
    onPercent(record.progress ?? 0);
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
 * @returns its nodes @throws with the reason if it fails
 */
export async function untilFinished(
  api: Client,
  what: string,
  workFlowId: string,
  whileRunning: () => Promise<void> = async () => {},
): Promise<readonly WorkFlowNodeInfo[]> {
  return poll(`the end of the ${what}`, async () => {
    const { info, nodes } = await api.call('GET /workflow/{workFlowId}', { path: { workFlowId } });
    if (info.status === 'Finished') return nodes;
    if (info.status === 'Error') throw new Error(`the ${what} failed: ${nodes.map((node) => node.result).join('; ')}`);
    await whileRunning();
    return undefined;
  });
}

/** Restores a backup, or part of it, into a registered cluster and waits for the end. @throws with the reason if it fails */
export async function restoreInto(
  api: Client,
  clusterId: string,
  body: Input<'POST /clusters/{clusterId}/restore'>['body'],
  whileRunning?: () => Promise<void>,
): Promise<void> {
  const { workFlowId } = await api.call('POST /clusters/{clusterId}/restore', { path: { clusterId }, body });
  await untilFinished(api, 'restore', workFlowId, whileRunning);
}
