import { setTimeout as delay } from 'node:timers/promises';
import { DeleteObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import type { BackupMode, FinishedBackup } from '../../functions/domain/backup/backup-record.ts';
import type { BackupOutcome } from '../../functions/domain/tidb/tidb.ts';
import { filesInBucket } from '../support/bucket-files.ts';
import type { Scenario } from './scenario.ts';
import type { Stage } from './stage.ts';

/** Fields of the given backup; the rest is as in the reference. */
interface GivenBackup {
  readonly backupMode?: BackupMode;
  readonly createTime?: string;
  /** Whether it ends when its files are there, by S3's times. */
  readonly endsNow?: boolean;
}

/** A finished backup of the scenario's cluster, as if taken there. @returns its id */
export async function giveBackup(
  { clients, backups, reference }: Stage,
  scenario: Scenario,
  { endsNow = false, ...given }: GivenBackup = {},
  name = 'backup',
): Promise<string> {
  const { record, location, files } = reference();
  const { clusterId } = scenario;
  const backupId = `${scenario.id}-${name}`;
  const prefix = location.prefix.replace(`${record.clusterId}/${record.backupId}`, `${clusterId}/${backupId}`);
  for (const [name, Body] of files) {
    await clients.s3.send(new PutObjectCommand({ Bucket: location.bucket, Key: prefix + name, Body }));
  }
  const made = { clusterId, backupId, backupType: 'full', location: { ...location, prefix } } as const;
  const ended = endsNow ? { endTime: new Date().toISOString() } : {};
  await keep(backups, { ...record, ...given, ...ended }, made, record);
  return backupId;
}

/** Deletes and overwrites a backup's files, like an attacker on a TiKV node. */
export async function destroyBackup({ clients, bucket, backups }: Stage, backupId: string): Promise<void> {
  const record = await backups.get(backupId);
  if (record?.location.type !== 's3') throw new Error(`${backupId} is not in a bucket`);
  // S3 has whole seconds: a write in the same second would count as part of the backup.
  await delay(1_000);
  for (const key of await filesInBucket(clients.s3, bucket)) {
    if (!key.startsWith(`${record.location.prefix}/`)) continue;
    await clients.s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: 'garbage' }));
    await clients.s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: key }));
  }
}

/** A backup of {@link giveBackup}, and an incremental one based on it. @returns the id of the latter */
export async function giveChain(stage: Stage, scenario: Scenario, given: GivenBackup = {}): Promise<string> {
  const { backups, tidbs, reference } = stage;
  const baseId = await giveBackup(stage, scenario, given);
  const { record, location } = reference();
  const { clusterId } = scenario;
  const backupId = `${scenario.id}-increment`;
  const prefix = location.prefix.replace(`${record.clusterId}/${record.backupId}`, `${clusterId}/${backupId}`);
  const outcome = await tidbs.backUpSince(record.backupTso, `${location.bucket}/${prefix}/attempt-1`);
  const base = { backupId: baseId, backupTso: record.backupTso };
  const made = { clusterId, backupId, backupType: 'incr', base, location: { ...location, prefix } } as const;
  await keep(backups, { ...record, ...given }, made, outcome);
  await backups.holdBase(base, backupId);
  return backupId;
}

/** A record that finished like the reference. */
async function keep(
  backups: Stage['backups'],
  { backupMethod, backupMode, executor, createTime, updateTime, endTime, checksums }: FinishedBackup,
  made: Pick<FinishedBackup, 'clusterId' | 'backupId' | 'backupType' | 'base' | 'location'>,
  { backupTso, sizeBytes }: BackupOutcome,
): Promise<void> {
  const { backupId } = made;
  await backups.create({
    ...{ backupMethod, backupMode, executor, createTime, updateTime, ...made },
    ...{ status: 'Initializing', attempts: 0, workFlowId: backupId },
  });
  await backups.startAttempt(backupId, createTime);
  await backups.finish(backupId, { attempt: 1, backupTso, sizeBytes, checksums, at: endTime });
}
