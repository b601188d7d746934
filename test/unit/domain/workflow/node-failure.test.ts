import { describe, expect, it } from 'vitest';
import { ERRORS } from '../../../../functions/domain/shared/errors.ts';
import { failureMeans, NODE_FAILURES } from '../../../../functions/domain/workflow/failure-table.ts';
import { originalError, recordError } from '../../../../functions/domain/workflow/node-failure.ts';

const lambdaCause = (errorMessage: string) => JSON.stringify({ errorType: 'x', errorMessage, trace: ['at secret.ts'] });

describe('why a workflow failed', () => {
  it.each(Object.entries(NODE_FAILURES))('%s is recorded with its code', (name, { error }) => {
    expect(recordError({ Error: name, Cause: lambdaCause('so it was') })).toEqual({
      code: ERRORS[error].code,
      message: `${name}: so it was`,
    });
  });

  it.each([
    ['AccessDeniedException', lambdaCause('no right'), 'no right'],
    ['toString', '"text"', '"text"'],
  ])('%s, which is foreign, has no code', (name, cause, message) => {
    expect(recordError({ Error: name, Cause: cause })).toEqual({ code: 10000, message: `${name}: ${message}` });
    expect(originalError({ Error: name, Cause: cause })).toMatchObject({ name, message });
  });

  it.each([
    ['Sandbox.Timedout', lambdaCause('Task timed out after 900.00 seconds'), 'Task timed out after 900.00 seconds'],
    ['States.Timeout', '', ''],
    ['Lambda.Unknown', 'The cause could not be determined', 'The cause could not be determined'],
    ['CleanupFailed', lambdaCause('the failure could not be recorded'), 'the failure could not be recorded'],
  ])('%s, which the node fail itself may hit, is rethrown under another name', (name, cause, message) => {
    expect(recordError({ Error: name, Cause: cause })).toEqual({ code: 10000, message: `${name}: ${message}` });
    expect(originalError({ Error: name, Cause: cause })).toMatchObject({
      name: 'NodeDied',
      message: `${name}: ${message}`,
    });
  });

  it('contains no account id', () => {
    const Cause = lambdaCause('User: arn:aws:sts::111122223333:assumed-role/node is not authorized');

    expect(recordError({ Error: 'AccessDeniedException', Cause }).message).not.toContain('111122223333');
    expect(originalError({ Error: 'AccessDeniedException', Cause }).message).not.toContain('111122223333');
  });
});

describe('the table of failures', () => {
  it.each([
    ['BaseUnfit', 'wantsFull', true],
    ['BaseUnfit', 'endsBackup', true],
    ['BaseGone', 'endsBackup', false],
    ['FilesLost', 'refutesBackup', true],
    ['CopyNotRestorable', 'refutesBackup', false],
    ['TablesInTheWay', 'isLeftover', true],
    ['OperationSuperseded', 'endsOperation', true],
    ['toString', 'refutesBackup', false],
    ['States.Timeout', 'isRetryable', false],
  ] as const)('of %s, %s is %s', (name, meaning, expected) => {
    expect(failureMeans(name, meaning)).toBe(expected);
  });
});
