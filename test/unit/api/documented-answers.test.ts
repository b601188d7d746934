import { describe, expect, it } from 'vitest';
import { CLUSTER } from '../../../functions/api/openapi/examples.ts';
import { expectDocumented } from '../../support/documented-answers.ts';

const FAILURE = { code: 10003, message: 'cluster not found', data: {} };
const hold =
  (status: number, body: unknown, path = '/api/v1/clusters/orders') =>
  () =>
    expectDocumented({ method: 'GET', path, status, body });

describe('an answer is checked against the description', () => {
  it.each([
    ['a success', 200, { code: 0, message: 'OK', data: CLUSTER }],
    ['a failure of the route', 404, FAILURE],
    ['a failure of every route', 500, { ...FAILURE, code: 10000 }],
    ["API Gateway's own", 403, { message: 'Forbidden' }],
  ])('and %s passes', (_, status, body) => {
    expect(hold(status, body)).not.toThrow();
  });

  it.each([
    ['an extra field', 200, { code: 0, message: 'OK', data: { ...CLUSTER, password: 'p' } }],
    ['a missing field', 200, { code: 0, message: 'OK', data: { ...CLUSTER, tls: undefined } }],
    ['a value outside its enum', 200, { code: 0, message: 'OK', data: { ...CLUSTER, tls: 'maybe' } }],
    ['a date instead of a time', 200, { code: 0, message: 'OK', data: { ...CLUSTER, createTime: '2026-03-01' } }],
    ['a page without a list', 200, { code: 0, message: 'OK', data: CLUSTER, page: { page: 1, pageSize: 1, total: 1 } }],
    ['a code that does not belong to its status', 404, { ...FAILURE, code: 20612 }],
    ['a status that the route does not have', 409, { ...FAILURE, code: 20114 }],
    ['data in a failure', 404, { ...FAILURE, data: { clusterId: 'orders' } }],
  ])('and %s fails', (_, status, body) => {
    expect(hold(status, body)).toThrow('GET /api/v1/clusters/orders answered');
  });

  it('and a path without a route may only be 404', () => {
    expect(hold(404, { ...FAILURE, code: 10001 }, '/api/v1/nothing')).not.toThrow();
    expect(hold(200, { code: 0, message: 'OK', data: {} }, '/api/v1/nothing')).toThrow('no route');
  });
});
