import { describe, expect, it } from 'vitest';
import { type Finding, resultOf } from '../../../../functions/domain/cluster/check.ts';

const RUN = { workFlowId: 'check-1', startTime: '2026-03-01T10:00:00.000Z', endTime: '2026-03-01T10:00:01.000Z' };
const found = (status: Finding['status'], message = 'it is so'): Finding => ({ check: 'clock', status, message });

describe('the result of a check', () => {
  it.each([
    [['passed', 'skipped'], 'passed'],
    [['passed', 'warning', 'skipped'], 'warning'],
    [['failed', 'warning', 'passed'], 'failed'],
    [[], 'passed'],
  ] as const)('of %j is %s', (statuses, status) => {
    expect(
      resultOf(
        statuses.map((each) => found(each)),
        RUN,
      ),
    ).toMatchObject({ ...RUN, status });
  });

  it('holds messages of up to 500 characters', () => {
    const [fits, cut] = resultOf([found('passed', 'x'.repeat(500)), found('passed', 'x'.repeat(501))], RUN).findings;

    expect(fits?.message).toBe('x'.repeat(500));
    expect(cut).toEqual({ check: 'clock', status: 'passed', message: `${'x'.repeat(499)}…` });
  });
});
