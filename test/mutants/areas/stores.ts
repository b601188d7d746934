import { mutantsOf } from '../mutant.ts';

const STORE = ['test/integration/adapters/dynamodb/backups-store.test.ts'];

export const STORES = [
  ...mutantsOf(
    'functions/adapters/dynamodb/backups-store.ts',
    STORE,
    [' OR (#status = :finished AND finishedAttempt = :attempt)`', ' OR (#status = :finished)`'],
    ['attempts = :next AND backupType = :full)', 'attempts = :next)'],
    [
      "'(attribute_not_exists(evidence) OR evidence.workFlowId <> :workFlowId)'",
      "'(attribute_exists(backupId) OR evidence.workFlowId <> :workFlowId)'",
    ],
  ),
  ...mutantsOf(
    'functions/adapters/dynamodb/deletions-store.ts',
    STORE,
    ["'attribute_not_exists(backupId) OR #status = :deleting'", "'#status = :deleting'"],
    ['if_not_exists(deletionReason, :reason)', ':reason'],
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
