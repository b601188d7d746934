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
 * Lists files without reading them. Not limited to a prefix: for a missing file, S3 returns 404 only to callers that
 * may list the whole bucket, otherwise 403, which BR and our own check of `backupmeta` take for an error.
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

/** Only through the tenant's access point, whose POSIX user decides what is allowed. No statement without one. */
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

/** Reads BR's metadata of a backup, and lists files: not its data. Through an access point, any file. */
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

/** Writes table checksums beside a backup's attempts: files of that name only. Through an access point, any file. */
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

/** Writes manifests, and removes one that was written while its backup was deleted: files of that name only. */
export function writeManifests(storage: BackupStorage): PolicyStatement[] {
  const { bucket, key, isImmutable } = storage;
  return [
    listBucket(storage),
    new PolicyStatement({ actions: ['s3:ListBucketVersions'], resources: [bucket.bucketArn] }),
    new WildcardStatement({
      actions: [
        ...['s3:PutObject', 's3:DeleteObject', 's3:DeleteObjectVersion'],
        // Locked exactly as long as its backup.
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

/** Reads manifests, and lists files: not their data. Through an access point, any file. */
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

/** Writes, reads and removes the test file of a check, and sees whether the bucket locks files. */
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

/** Reads how long files are locked, nothing else. No statement if the bucket has no locks. */
function seeLocks(storage: BackupStorage): PolicyStatement[] {
  if (!storage.isImmutable) return [];
  return [withFiles(storage, 's3:GetObjectRetention')];
}

/** Aborts uploads left by BACKUP, or started by somebody else, before they become files. */
export function abortUploads(storage: BackupStorage): PolicyStatement[] {
  return [
    new PolicyStatement({ actions: ['s3:ListBucketMultipartUploads'], resources: [storage.bucket.bucketArn] }),
    withFiles(storage, 's3:AbortMultipartUpload'),
  ];
}

/** Empties a folder: unfinished uploads, objects, and versions, if the tenant has enabled them for the bucket. */
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
 * Recovers what was deleted or overwritten: removes versions on top of the right one and, if a lock may keep those,
 * copies the right version; from the second copy too, if its bucket allows it. Checks whether `backupmeta` is complete.
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

/** `DeleteObject` hides files that never belonged to the backup, and what could be mistaken for copies. */
const COPY_VERSIONS = ['s3:GetObjectVersion', 's3:PutObject', 's3:DeleteObject'] as const;

/**
 * BR's calls on a bucket: whether it exists, what is in it, and whether it has locks, because then each file needs a
 * checksum.
 */
const BR_ON_BUCKET = ['s3:ListBucket', 's3:GetBucketObjectLockConfiguration'];

/**
 * BR deletes its lock and its checkpoints. No right covers versions, so whatever these roles destroy can be recovered.
 */
const BR_ON_FILES = ['s3:GetObject', 's3:PutObject', 's3:DeleteObject', 's3:AbortMultipartUpload'];

/**
 * Writes and reads backups, with BR's documented minimum of rights.
 * @param folders those that it may reach. Defaults to the whole bucket
 */
export function copyBackupFiles(storage: BackupStorage, folders?: readonly string[]): PolicyStatement[] {
  const { bucket, key } = storage;
  return [
    // Not limited to the folders: a request for the bucket's region names none, nor does S3 for a missing file.
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

/** The folders of the clusters that these roles are limited to; `undefined` if one of them is not limited. */
export function foldersOf(roles: readonly DatabaseRole[]): string[] | undefined {
  const folders = new Set<string>();
  for (const { clusterIds, prefix = DEFAULT_PREFIX } of roles) {
    if (clusterIds === undefined) return undefined;
    for (const clusterId of clusterIds) folders.add(`${prefix}/${clusterId}/`);
  }
  return [...folders].sort();
}

/**
 * Lets roles outside this stack copy backups, by a condition on the role within its account's principal. A role named
 * as a principal must exist, and one that is created again under its name is another principal; neither applies to a
 * condition.
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
 * Denies these roles, whatever their account grants: everything that BR does not need, such as deleting a version or
 * changing the bucket's rules; writing or deleting the service's own files beside a backup; and other clusters'
 * backups.
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
