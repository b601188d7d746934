import { describe, expect, it } from 'vitest';
import {
  all,
  any,
  conditionParameters,
  copyOf,
  exists,
  hasSize,
  is,
  isMissing,
  isOneOf,
  unlessSet,
  updateParameters,
} from '../../../../functions/adapters/dynamodb/expressions.ts';

describe('a condition', () => {
  const textOf = (condition: Parameters<typeof conditionParameters>[0]) =>
    conditionParameters(condition).ConditionExpression;

  it('quotes every name of a path and binds its value', () => {
    expect(conditionParameters(is('strategy.weekdays[10].day', 'Monday'))).toEqual({
      ConditionExpression: '#strategy.#weekdays[10].#day = :0',
      ExpressionAttributeNames: { '#strategy': 'strategy', '#weekdays': 'weekdays', '#day': 'day' },
      ExpressionAttributeValues: { ':0': 'Monday' },
    });
  });

  it('groups only what it joins: DynamoDB refuses redundant parentheses', () => {
    const either = any(all(exists('a'), isMissing('b')), isOneOf('c', 1, 2));

    expect(textOf(all(either, hasSize('d', 3)))).toBe(
      '((attribute_exists(#a) AND attribute_not_exists(#b)) OR #c IN (:0, :1)) AND size(#d) = :2',
    );
    expect(textOf(any(all(any(exists('a')))))).toBe('attribute_exists(#a)');
  });

  it('leaves out what is undefined', () => {
    expect(textOf(all(exists('a'), undefined, false))).toBe('attribute_exists(#a)');
  });

  it('omits an empty map of values, which DynamoDB refuses', () => {
    expect(Object.keys(conditionParameters(exists('a')))).toEqual(['ConditionExpression', 'ExpressionAttributeNames']);
  });
});

describe('a change', () => {
  it('has a clause for each kind of change', () => {
    expect(
      updateParameters({
        set: {
          status: 'Finished',
          endTime: unlessSet('endTime', 'now'),
          finishedOf: copyOf('clusterId'),
          size: undefined,
        },
        add: { attempts: 1 },
        take: { dependents: new Set(['b']) },
        remove: ['step'],
        condition: is('status', 'Processing'),
      }),
    ).toEqual({
      UpdateExpression:
        'SET #status = :0, #endTime = if_not_exists(#endTime, :1), #finishedOf = #clusterId ADD #attempts :2 DELETE #dependents :3 REMOVE #step',
      ConditionExpression: '#status = :4',
      ExpressionAttributeNames: {
        ...{ '#status': 'status', '#endTime': 'endTime', '#finishedOf': 'finishedOf', '#clusterId': 'clusterId' },
        ...{ '#attempts': 'attempts', '#dependents': 'dependents', '#step': 'step' },
      },
      ExpressionAttributeValues: { ':0': 'Finished', ':1': 'now', ':2': 1, ':3': new Set(['b']), ':4': 'Processing' },
    });
  });
});
