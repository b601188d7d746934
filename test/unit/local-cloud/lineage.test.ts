import { expect, it } from 'vitest';
import { invocationsIn, withInvocation } from '../../../infra/local/aws/lambda/lineage.ts';

const [A, B] = ['arn:aws:lambda:us-east-1:111122223333:function:a', 'arn:aws:lambda:us-east-1:111122223333:function:b'];

it('counts the invocations of each function of a chain', () => {
  const trace = [A, B, A].reduce(withInvocation, 'Root=1-5759e988-bd862e3fe1be46a994272793');

  expect([A, B].map((arn) => invocationsIn(trace, arn))).toEqual([2, 1]);
  expect(invocationsIn('', A)).toBe(0);
});
