import { mutantsOf } from '../mutant.ts';

export const API = [
  ...mutantsOf(
    'functions/api/http/idempotency.ts',
    ['test/integration/api/idempotency.test.ts'],
    ['[route, sorted(params), sorted(filters), body]', '[route, sorted(filters), body]'],
    ['[route, sorted(params), sorted(filters), body]', '[route, sorted(params), body]'],
    ['[callerOf(authorizer), key]', '[key]'],
  ),
  ...mutantsOf('functions/api/http/handler.ts', ['test/unit/api/http/handler.test.ts'], ["'no-store'", "'private'"]),
  ...mutantsOf(
    'functions/api/json/strategy-json.ts',
    ['test/unit/api/json/strategy-json.test.ts'],
    ['fullBackupDate.every(', 'fullBackupDate.some('],
  ),
  ...mutantsOf(
    'functions/api/json/wire-format.ts',
    ['test/unit/api/routes/backup-list.test.ts'],
    ['endTime * 1_000 + 999', 'endTime * 1_000'],
  ),
];
