import { Arn, ArnFormat, Stack } from 'aws-cdk-lib';
import { AccountPrincipal, Effect, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { MANIFEST } from '../../functions/domain/backup/manifest.ts';
import { NOTES_FOLDER } from '../../functions/domain/backup/table-notes.ts';
import { PROBE_FOLDER, PROBE_NAME } from '../../functions/domain/storage/store-probe.ts';
import type { BackupStorage } from '../constructs/data/backup-storage.ts';
import { type DatabaseRole, DEFAULT_PREFIX } from '../tenant-config.ts';
import { listImports, readImports, writeImports } from './import-buckets.ts';
import { listCopies, readCopies, removeCopies } from './second-copy.ts';
import { viaService } from './via-service.ts';
import { WildcardStatement } from './wildcard-statement.ts';

/** Every file in the bucket. */
const allFiles = ({ bucket }: BackupStorage) => bucket.arnForObjects('*');

function withFiles(storage: BackupStorage, ...actions: readonly `s3:${string}`[]): PolicyStatement {
  return new WildcardStatement({
    actions: [...actions],
    resources: [allFiles(storage)],
    because: 'The bucket holds nothing but backups, and the configuration may choose any prefix in it.',
  });
}

/**
 * Sees which files there are, not what is in them. Not narrowed to a prefix: S3 answers a read of a missing file with 404
 * only to who may list the bucket without one, else with 403, which BR and our own look at `backupmeta` take for an error.
 */
export function listBackupFiles(storage: BackupStorage): PolicyStatement[] {
  return [
    listBucket(storage),
    ...listCopies(storage),
    ...listImports(storage),
    ...useSharedFiles(storage, 'ClientMount'),
  ];
}

function listBucket({ bucket }: BackupStorage): PolicyStatement {
  return new PolicyStatement({ actions: ['s3:ListBucket'], resources: [bucket.bucketArn] });
}

/** Through the tenant's access point alone; what is behind it, its POSIX user decides. No statement where there is no such thing. */
function useSharedFiles(
  { sharedFiles }: BackupStorage,
  ...actions: readonly ('ClientMount' | 'ClientWrite')[]
): PolicyStatement[] {
  if (sharedFiles === undefined) return [];
  const { fileSystemArn, accessPointArn } = sharedFiles;
  return [
    new PolicyStatement({
      actions: actions.map((action) => `elasticfilesystem:${action}`),
      resources: [fileSystemArn],
      conditions: { StringEquals: { 'elasticfilesystem:AccessPointArn': accessPointArn } },
    }),
  ];
}

export function readBackupFiles(storage: BackupStorage): PolicyStatement[] {
  return [
    ...listBackupFiles(storage),
    withFiles(storage, 's3:GetObject'),
    ...seeLocks(storage),
    decryptFiles(storage),
    ...readCopies(storage),
    ...readImports(storage),
  ];
}

/** Reads what BR wrote about a backup, beside seeing which files there are: not its data. Through an access point, any. */
export function readBackupMeta(storage: BackupStorage): PolicyStatement[] {
  return [...listBackupFiles(storage), ...readMetaFiles(storage)];
}

function readMetaFiles(storage: BackupStorage): PolicyStatement[] {
  const { bucket } = storage;
  return [
    new WildcardStatement({
      actions: ['s3:GetObject'],
      resources: [bucket.arnForObjects('*/backupmeta*')],
      because:
        'The first * is the folder of an attempt, in any prefix that the configuration may choose; the second a number, as the schemas may stand in files of their own.',
    }),
    decryptFiles(storage),
    ...readCopies(storage, '*/backupmeta*'),
    ...readImports(storage, '*/backupmeta*'),
  ];
}

function decryptFiles({ key }: BackupStorage): PolicyStatement {
  return new PolicyStatement({
    actions: ['kms:Decrypt'],
    resources: [key.keyArn],
    conditions: { StringEquals: viaService(Stack.of(key), 's3') },
  });
}

/** Notes what the tables of a backup hold, beside its attempts: files of that name, and no other. Through an access point, any. */
export function writeTableNotes(storage: BackupStorage): PolicyStatement[] {
  const { bucket, key } = storage;
  return [
    new WildcardStatement({
      actions: ['s3:PutObject'],
      resources: [bucket.arnForObjects(`*/${NOTES_FOLDER}/attempt-*.json`)],
      because:
        'The first * is the folder of a record, in any prefix that the configuration may choose; the second an attempt.',
    }),
    new PolicyStatement({
      actions: ['kms:GenerateDataKey'],
      resources: [key.keyArn],
      conditions: { StringEquals: viaService(Stack.of(key), 's3') },
    }),
    ...useSharedFiles(storage, 'ClientWrite'),
  ];
}

/** Writes manifests, and removes one that was written as its backup was deleted: files of that name, and no other. */
export function writeManifests(storage: BackupStorage): PolicyStatement[] {
  const { bucket, key, isImmutable } = storage;
  return [
    listBucket(storage),
    new PolicyStatement({ actions: ['s3:ListBucketVersions'], resources: [bucket.bucketArn] }),
    new WildcardStatement({
      actions: [
        ...['s3:PutObject', 's3:DeleteObject', 's3:DeleteObjectVersion'],
        // Locked for as long as its backup, and no longer.
        ...(isImmutable ? ['s3:PutObjectRetention', 's3:GetObjectRetention'] : []),
      ],
      resources: [bucket.arnForObjects(`*/${MANIFEST}`)],
      because: 'The * is the folder of an attempt, in any prefix that the configuration may choose.',
    }),
    new PolicyStatement({
      actions: ['kms:GenerateDataKey'],
      resources: [key.keyArn],
      conditions: { StringEquals: viaService(Stack.of(key), 's3') },
    }),
    ...listImports(storage),
    ...writeImports(storage, `*/${MANIFEST}`),
    ...useSharedFiles(storage, 'ClientMount', 'ClientWrite'),
  ];
}

/** Reads what is written about backups, beside seeing which files there are: not their data. Through an access point, any. */
export function readManifests(storage: BackupStorage): PolicyStatement[] {
  const { bucket } = storage;
  return [
    ...readBackupMeta(storage),
    new WildcardStatement({
      actions: ['s3:GetObject'],
      resources: [bucket.arnForObjects(`*/${MANIFEST}`)],
      because: 'The * is the folder of an attempt, in any prefix that the configuration may choose.',
    }),
    ...readCopies(storage, `*/${MANIFEST}`),
    ...readImports(storage, `*/${MANIFEST}`),
    ...seeLocks(storage),
  ];
}

/** Writes, reads and removes the file that a check tries the store with, and sees whether the bucket locks files. */
export function probeBackupFiles(storage: BackupStorage): PolicyStatement[] {
  const { bucket, key } = storage;
  return [
    listBucket(storage),
    ...useSharedFiles(storage, 'ClientMount', 'ClientWrite'),
    new PolicyStatement({
      actions: ['s3:GetBucketObjectLockConfiguration', 's3:ListBucketVersions', 's3:ListBucketMultipartUploads'],
      resources: [bucket.bucketArn],
    }),
    new WildcardStatement({
      actions: ['s3:PutObject', 's3:GetObject', 's3:DeleteObject', 's3:DeleteObjectVersion'],
      resources: [bucket.arnForObjects(`*${PROBE_FOLDER}/*/${NOTES_FOLDER}/${PROBE_NAME}`)],
      because: 'The first * is any prefix that the configuration may choose, or none; the second the check.',
    }),
    new PolicyStatement({
      actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
      resources: [key.keyArn],
      conditions: { StringEquals: viaService(Stack.of(key), 's3') },
    }),
  ];
}

/** Until when files cannot be deleted, and nothing else of them. No statement where they always can. */
function seeLocks(storage: BackupStorage): PolicyStatement[] {
  if (!storage.isImmutable) return [];
  return [withFiles(storage, 's3:GetObjectRetention')];
}

/** Aborts uploads that BACKUP has left, or somebody else began, before they become files. */
export function abortUploads(storage: BackupStorage): PolicyStatement[] {
  return [
    new PolicyStatement({ actions: ['s3:ListBucketMultipartUploads'], resources: [storage.bucket.bucketArn] }),
    withFiles(storage, 's3:AbortMultipartUpload'),
  ];
}

/** Empties a folder: unfinished uploads, objects, and the versions of a bucket that the tenant has switched them on for. */
export function removeBackupFiles(storage: BackupStorage): PolicyStatement[] {
  return [
    listBucket(storage),
    ...useSharedFiles(storage, 'ClientMount', 'ClientWrite'),
    new PolicyStatement({
      actions: ['s3:ListBucketVersions', 's3:ListBucketMultipartUploads'],
      resources: [storage.bucket.bucketArn],
    }),
    withFiles(storage, 's3:DeleteObject', 's3:DeleteObjectVersion', 's3:AbortMultipartUpload'),
    ...seeLocks(storage),
    ...listCopies(storage),
    ...removeCopies(storage),
  ];
}

/**
 * Brings back what was deleted or overwritten: removes what lies on the right version of a file and, where a lock may keep that, copies
 * the version; of the second copy, where its bucket allows it. Sees whether `backupmeta` is whole.
 */
export function rewindBackupFiles(storage: BackupStorage): PolicyStatement[] {
  const { bucket, key, isImmutable } = storage;
  return [
    listBucket(storage),
    ...readMetaFiles(storage),
    ...seeLocks(storage),
    ...abortUploads(storage),
    new PolicyStatement({
      actions: ['s3:GetBucketVersioning', 's3:ListBucketVersions'],
      resources: [bucket.bucketArn],
    }),
    withFiles(storage, 's3:DeleteObjectVersion', ...(isImmutable ? COPY_VERSIONS : [])),
    ...removeCopies(storage),
    ...(isImmutable
      ? [
          new PolicyStatement({
            actions: ['kms:GenerateDataKey'],
            resources: [key.keyArn],
            conditions: { StringEquals: viaService(Stack.of(key), 's3') },
          }),
        ]
      : []),
  ];
}

/** `DeleteObject` hides what was never a file of the backup, and what copies could be taken for. */
const COPY_VERSIONS = ['s3:GetObjectVersion', 's3:PutObject', 's3:DeleteObject'] as const;

/** What BR asks of a bucket: whether it is there, what is in it, and whether it locks, since then each file needs a checksum. */
const BR_ON_BUCKET = ['s3:ListBucket', 's3:GetBucketObjectLockConfiguration'];

/** BR deletes its lock and its checkpoints. No right reaches a version, so whatever these roles destroy can be brought back. */
const BR_ON_FILES = ['s3:GetObject', 's3:PutObject', 's3:DeleteObject', 's3:AbortMultipartUpload'];

/**
 * Writes and reads backups, with the rights that BR documents as its minimum.
 * @param folders those that it may reach. Defaults to the whole bucket
 */
export function copyBackupFiles(storage: BackupStorage, folders?: readonly string[]): PolicyStatement[] {
  const { bucket, key } = storage;
  return [
    // Not narrowed to the folders: a request for the bucket's region names none, nor does S3 when a file is missing.
    new PolicyStatement({ actions: BR_ON_BUCKET, resources: [bucket.bucketArn] }),
    new WildcardStatement({
      actions: BR_ON_FILES,
      resources: filesIn(storage, folders),
      because: 'The bucket holds nothing but backups; the tenant says which clusters a role may reach.',
    }),
    new PolicyStatement({
      actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
      resources: [key.keyArn],
      conditions: { StringEquals: viaService(Stack.of(key), 's3') },
    }),
  ];
}

function filesIn({ bucket }: BackupStorage, folders: readonly string[] | undefined): string[] {
  return (folders ?? ['']).map((folder) => bucket.arnForObjects(`${folder}*`));
}

/** The folders of the clusters that these roles are limited to; undefined: one of them is not limited. */
export function foldersOf(roles: readonly DatabaseRole[]): string[] | undefined {
  const folders = new Set<string>();
  for (const { clusterIds, prefix = DEFAULT_PREFIX } of roles) {
    if (clusterIds === undefined) return undefined;
    for (const clusterId of clusterIds) folders.add(`${prefix}/${clusterId}/`);
  }
  return [...folders].sort();
}

/**
 * Lets roles that are not of this stack copy backups: the accounts that they are in, for these roles alone. A role that is named as
 * a principal has to exist, and one that is created again under its name is another principal; neither holds for a condition.
 */
export function letRolesCopy(storage: BackupStorage, roles: readonly DatabaseRole[]): void {
  const byReach = Map.groupBy(roles, (role) => JSON.stringify(foldersOf([role])));
  for (const alike of byReach.values()) {
    const folders = foldersOf(alike);
    const statements = [...copyBackupFiles(storage, folders), ...denyDestruction(storage, folders)];
    for (const statement of statements) letRoles(storage, [...new Set(alike.map(({ arn }) => arn))], statement);
  }
}

function letRoles({ bucket, key }: BackupStorage, roleArns: readonly string[], statement: PolicyStatement): void {
  const accounts = new Set(roleArns.map((arn) => Arn.split(arn, ArnFormat.SLASH_RESOURCE_NAME).account));
  for (const account of accounts) statement.addPrincipals(new AccountPrincipal(account));
  statement.addCondition('ArnEquals', { 'aws:PrincipalArn': roleArns });
  // `*` in a key's policy is that key.
  if (statement.actions.some((action) => action.startsWith('kms:'))) {
    key.addToResourcePolicy(statement.copy({ resources: ['*'] }));
  } else {
    bucket.addToResourcePolicy(statement);
  }
}

/**
 * What these roles may not do, whatever else their account has given them: anything that BR does not need, such as deleting a version
 * or changing the bucket's rules; to write or delete what the service keeps beside a backup; and to reach another cluster's backups.
 */
function denyDestruction(storage: BackupStorage, folders: readonly string[] | undefined): PolicyStatement[] {
  const { bucket } = storage;
  const effect = Effect.DENY;
  return [
    new PolicyStatement({
      effect,
      notActions: [...BR_ON_BUCKET, ...BR_ON_FILES].sort(),
      resources: [bucket.bucketArn, ...filesIn(storage, undefined)],
    }),
    new PolicyStatement({
      effect,
      actions: ['s3:PutObject', 's3:DeleteObject'],
      resources: [`*/${MANIFEST}`, `*/${NOTES_FOLDER}/attempt-*.json`].map((name) => bucket.arnForObjects(name)),
    }),
    ...(folders === undefined
      ? []
      : [
          new PolicyStatement({
            effect,
            actions: BR_ON_FILES,
            notResources: [bucket.bucketArn, ...filesIn(storage, folders)],
          }),
        ]),
  ];
}
