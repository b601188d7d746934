import { setTimeout as delay } from 'node:timers/promises';
import { DeleteObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import type { BackupMode, FinishedBackup } from '../../functions/domain/backup/backup-record.ts';
import type { BackupOutcome } from '../../functions/domain/tidb/tidb.ts';
import { filesInBucket } from '../support/bucket-files.ts';
import type { Scenario } from './scenario.ts';
import type { Stage } from './stage.ts';

/** What is said of a backup that is given; else it is as the reference is. */
interface GivenBackup {
  readonly backupMode?: BackupMode;
  readonly createTime?: string;
  /** Whether it ends when its files are there, as S3 tells of them. */
  readonly endsNow?: boolean;
}

/** A finished backup of the scenario's cluster, as if it had been taken there. @returns its id */
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

/** Deletes and overwrites the files of a backup, as whoever has taken over a TiKV node would. */
export async function destroyBackup({ clients, bucket, backups }: Stage, backupId: string): Promise<void> {
  const record = await backups.get(backupId);
  if (record?.location.type !== 's3') throw new Error(`${backupId} is not in a bucket`);
  // S3 tells whole seconds: what comes in the same one would pass for a part of the backup.
  await delay(1_000);
  for (const key of await filesInBucket(clients.s3, bucket)) {
    if (!key.startsWith(`${record.location.prefix}/`)) continue;
    await clients.s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: 'garbage' }));
    await clients.s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: key }));
  }
}

/** A backup of {@link giveBackup}, and an incremental one that builds on it. @returns the id of the latter */
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

/** A record that has finished as the reference has. */
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
