import { mutantsOf } from '../mutant.ts';

/** Answers that no local store gives. */
const ANSWERS = 'test/unit/adapters/files/s3-answers.test.ts';
const FOLDER = 'test/integration/adapters/files';
const STORES = [ANSWERS, `${FOLDER}/s3-stores.test.ts`, `${FOLDER}/s3-files.test.ts`];
const REMOVAL = [`${FOLDER}/s3-removal.test.ts`];
const NFS = [`${FOLDER}/nfs-files.test.ts`];
const COPIES = [ANSWERS, `${FOLDER}/s3-copies.test.ts`, `${FOLDER}/both-copies.test.ts`];

/** Files of backups in S3, in stores that speak its protocol, and on a shared file system. */
export const FILES = [
  ...mutantsOf(
    'functions/adapters/files/s3-stores.ts',
    STORES,
    ['if (!(error instanceof NodeFailure) || others.length === 0) throw error;', 'throw error;'],
    ['region !== undefined && store.region === undefined', 'region !== undefined'],
    ['      opened.delete(store);\n', ''],
    ['known !== undefined && isRefused ? begin(s3) : ', ''],
    ['sessionToken: keys.sessionToken', 'sessionToken: keys.accessKey'],
    ['error.$metadata.httpStatusCode === 403 || ', ''],
    ['if (keys !== undefined) await isEmpty(client, s3);', ''],
    ['if (endpoint !== undefined) sendContentMd5(client);', ''],
  ),
  ...mutantsOf('functions/adapters/files/s3-listing.ts', STORES, ['prefix}/`;', 'prefix}`;']),
  ...mutantsOf(
    'functions/adapters/files/s3-files.ts',
    STORES,
    ["if (key.endsWith('.sst')) bytes", 'bytes'],
    ['if (error instanceof NoSuchKey) return undefined;', ''],
    ['return files[0]?.key === key;', 'return files.length > 0;'],
    ["ObjectLockMode: 'COMPLIANCE'", "ObjectLockMode: 'GOVERNANCE'"],
  ),
  ...mutantsOf(
    'functions/adapters/files/s3-removal.ts',
    [ANSWERS, ...REMOVAL, ...COPIES],
    ["endpoint === undefined && error instanceof S3ServiceException && error.name === 'NoSuchBucket'", 'false'],
    ['files.filter((file) => file.Key === Key)', 'files'],
    ['lock ??= await deleteObjects', 'lock = await deleteObjects'],
    ['listed.lastWritten >= ', 'listed.lastWritten > '],
    ['lockOfNewest !== undefined && lockOfNewest > lock ? lockOfNewest : lock', 'lock'],
    ['    signal?.throwIfAborted();\n    found = true;', '    found = true;'],
    ['  if (lock !== undefined) return lock;\n', '  return lock;\n'],
  ),
  ...mutantsOf(
    'functions/adapters/files/s3-dialects.ts',
    [ANSWERS, ...REMOVAL, 'test/unit/adapters/files/s3-dialects.test.ts'],
    ['    if (attempt === TRIES) throw stillThrottled(passing.length, first);\n', ''],
    ['httpStatusCode >= 500 || ', ''],
    ['if (httpStatusCode !== 404) ', ''],
    ['    left = passing;\n', ''],
    ["NOT_IN_XML.test(Key) ? 'single'", "Key === '' ? 'single'"],
  ),
  ...mutantsOf(
    'functions/adapters/files/s3-lock.ts',
    [ANSWERS],
    ["VersionId === 'null' ? undefined : VersionId", 'VersionId'],
    ['365 * Years', '30 * Years'],
    ['if (regionInError(error) !== undefined) throw error;', ''],
  ),
  ...mutantsOf(
    'functions/adapters/files/s3-uploads.ts',
    [ANSWERS],
    ["error.name === 'NoSuchUpload'", "error.name === 'NoSuchKey'"],
  ),
  ...mutantsOf(
    'functions/adapters/files/s3-copies.ts',
    COPIES,
    ['version.isLatest && !version.isMarker', '!version.isMarker'],
    ['copy.size === original.size && ', ''],
    ['copy.value.key < file.key', 'copy.value.key <= file.key'],
    ['{MANIFEST}`)) continue;', '{MANIFEST}!`)) continue;'],
    ['version.isMarker || version.key === last', 'version.isMarker'],
  ),
  ...mutantsOf(
    'functions/adapters/files/backup-files.ts',
    COPIES,
    ['copy.bucket === copyBucket || !isRefused(error)', 'copy.bucket === copyBucket'],
    ['copy.bucket === copyBucket || !isRefused(error)', '!isRefused(error)'],
    ['error instanceof FilesLocked || ', ''],
  ),
  ...mutantsOf(
    'functions/adapters/files/nfs-files.ts',
    NFS,
    ["['', '.', '..'].includes(segment)", "['', '.'].includes(segment)"],
    ["&& !segment.includes('\\0')", ''],
    ['constants.O_RDONLY | constants.O_NOFOLLOW', 'constants.O_RDONLY'],
    ["        'FolderNotOwned',\n", ''],
    ['root}/`) ?', 'root}`) ?'],
    ['{ cause: error });\n    }\n    throw error;', '{ cause: error });\n    }'],
  ),
  ...mutantsOf(
    'functions/adapters/files/nfs-removal.ts',
    NFS,
    ["if (!isErrno(error, 'ENOENT')) throw error;", ''],
    ['      signal?.throwIfAborted();\n', ''],
  ),
  ...mutantsOf('functions/adapters/files/nfs-folder.ts', NFS, [
    'if (found.isSymbolicLink()) throw new SymbolicLinkFound();',
    '',
  ]),
];
