import { mutantsOf } from '../mutant.ts';

export const API = [
  ...mutantsOf(
    'functions/api/idempotency.ts',
    ['test/integration/api/idempotency.test.ts'],
    ['[route, sorted(params), sorted(filters), body]', '[route, sorted(filters), body]'],
    ['[route, sorted(params), sorted(filters), body]', '[route, sorted(params), body]'],
    ['[callerOf(authorizer), key]', '[key]'],
  ),
  ...mutantsOf('functions/api/handler.ts', ['test/unit/api/handler.test.ts'], ["'no-store'", "'private'"]),
  ...mutantsOf(
    'functions/api/strategy-json.ts',
    ['test/unit/api/strategy-json.test.ts'],
    ['fullBackupDate.every(', 'fullBackupDate.some('],
  ),
  ...mutantsOf(
    'functions/api/routes/backups.ts',
    ['test/unit/api/backup-list.test.ts'],
    ['endTime * 1_000 + 999', 'endTime * 1_000'],
  ),
];
