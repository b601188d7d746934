import { mutantsOf } from '../mutant.ts';

export const API = [
  ...mutantsOf(
    'functions/api/http/idempotency.ts',
    ['test/integration/api/idempotency.test.ts'],
    ['[route, sorted(params), sorted(filters), body]', '[route, sorted(filters), body]'],
    ['[route, sorted(params), sorted(filters), body]', '[route, sorted(params), body]'],
    ['[callerOf(authorizer), key]', '[key]'],
  ),
  ...mutantsOf(
    'functions/api/http/handler.ts',
    ['test/unit/api/http/handler.test.ts'],
    ["'no-store'", "'private'"],
    ['  authorize(authorizer, callers, route.scope);\n', '  void authorize;\n'],
    ["if (status < 400) return 'ok';", "if (status <= 400) return 'ok';"],
  ),
  ...mutantsOf(
    'functions/api/http/authorization.ts',
    ['test/unit/api/http/authorization.test.ts'],
    ['/^\\[(.*)\\]$/s', '/\\[(.*)\\]$/s'],
    ['/^\\[(.*)\\]$/s', '/^\\[(.*)\\]/s'],
  ),
  ...mutantsOf(
    'functions/api/http/caller.ts',
    ['test/unit/api/http/caller.test.ts'],
    ['/^(AROA', '/(AROA'],
    ['sub ?? client_id', 'client_id ?? sub'],
  ),
  ...mutantsOf(
    'functions/api/http/paging.ts',
    ['test/unit/api/http/paging.test.ts'],
    [' && tokenOf(found.data, asked) === token', ''],
    ['page === undefined || pageToken === undefined', 'page !== undefined || pageToken === undefined || true'],
  ),
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
