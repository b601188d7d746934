import { expect, it } from 'vitest';
import { inFunction } from '../../../../functions/workflow/shared/in-function.ts';
import {
  backupOutOfTime,
  restoreOutOfTime,
  verifyOutOfTime,
} from '../../../../functions/workflow/shared/node-runner.ts';

it('a function stops its statement half a minute before its timeout', () => {
  const context = { getRemainingTimeInMillis: () => 900_000 };

  expect(inFunction(context, 1_000_000, 'it is too long')).toEqual({
    executor: 'lambda',
    deadline: 1_000_000 + 870_000,
    outOfTime: 'it is too long',
  });
});

it.each([
  ['a backup on the worker', backupOutOfTime(true), 'started again on the worker'],
  ['a backup without a worker', backupOutOfTime(false), 'name one, or raise the rate limit'],
  ['a restore', restoreOutOfTime(true), 'restore again with "executor": "fargate"'],
  ['a restore without a worker', restoreOutOfTime(false), 'name one, or raise the rate limit'],
  ['a drill', restoreOutOfTime(true, true), 'drill again with "executor": "fargate"'],
  ['a drill without a worker', restoreOutOfTime(false, true), 'name one, and drill again'],
  ['a comparison on the worker', verifyOutOfTime(true), 'started again on the worker'],
  ['a comparison without a worker', verifyOutOfTime(false), 'name one, and drill again'],
])('%s that is too long for a function says what to do', (_, text, remedy) => {
  expect(text).toContain(remedy);
});
