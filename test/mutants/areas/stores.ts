import { mutantsOf } from '../mutant.ts';

const STORE = ['test/integration/adapters/dynamodb/backups-store.test.ts'];

export const STORES = [
  ...mutantsOf(
    'functions/adapters/dynamodb/backups/backup-attempts.ts',
    STORE,
    ["all(isFinished, is('finishedAttempt', attempt))", 'all(isFinished)'],
    ["all(isCurrent(next), is('backupType', 'full'))", 'all(isCurrent(next))'],
  ),
  ...mutantsOf('functions/adapters/dynamodb/backups/backup-verdicts.ts', STORE, [
    "any(isMissing('evidence'), isNot(",
    "any(isNot('backupId', ''), isNot(",
  ]),
  ...mutantsOf(
    'functions/adapters/dynamodb/deletions-store.ts',
    STORE,
    ["any(isMissing('backupId'), isMarked)", 'isMarked'],
    ["reason && unlessSet('deletionReason', reason)", 'reason'],
  ),
  ...mutantsOf(
    'functions/adapters/dynamodb/expressions.ts',
    ['test/unit/adapters/dynamodb/expressions.test.ts'],
    ['if (only !== undefined && second === undefined) return only;', ''],
    ["part.joins === 'nothing' ? part.text(terms) :", ''],
  ),
  ...mutantsOf(
    'functions/adapters/dynamodb/unfinished-store.ts',
    ['test/integration/workflow/locked-files.test.ts'],
    ['Date.parse(lockedUntil) > now', 'Date.parse(lockedUntil) < now'],
  ),
  ...mutantsOf(
    'functions/adapters/files/s3-dialects.ts',
    ['test/integration/adapters/files/s3-removal.test.ts'],
    ["digest('base64')", "digest('hex')"],
    [
      'if (!lacksAction(error)) throw error;\n    return await deleteOneByOne',
      'if (lacksAction(error)) throw error;\n    return await deleteOneByOne',
    ],
    ['refused.push({ Key, VersionId, Code: error.name })', 'void refused'],
  ),
];
