import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { createOnce } from '../../../functions/api/http/idempotency.ts';
import { createApi } from '../../support/api.ts';
import { type ApiWorld, startApiWorld } from '../../support/api-world.ts';

const HOUR = 3_600_000;

let world: ApiWorld;
beforeAll(async () => {
  world = await startApiWorld();
  for (const level of ['info', 'warn', 'error'] as const) vi.spyOn(console, level).mockReturnValue();
});
afterAll(() => world.stop());

let clusterId: string;
let clusters = 0;
beforeEach(async () => {
  clusters += 1;
  clusterId = await world.register(`cluster-${clusters}`);
  world.calls.length = 0;
});

let keys = 0;
function newKey(): string {
  keys += 1;
  return `key-${keys}`;
}

const withKey = (key: string, authorizer: object = { iam: {} }) => ({
  headers: { 'idempotency-key': key },
  authorizer,
});

const startBackup = (key: string, body: object = {}) =>
  world.api('POST /backups', { clusterId, backupMode: 'manual', ...body }, withKey(key));

describe('a request with an Idempotency-Key', () => {
  it('that is repeated gets the same answer, and nothing is done twice', async () => {
    const key = newKey();
    const first = await startBackup(key);
    world.calls.length = 0;

    const again = await startBackup(key);

    expect(first).toMatchObject({ status: 200, code: 0 });
    expect(again).toEqual(first);
    expect(world.calls).toEqual(['PutItemCommand', 'GetItemCommand']);
    expect(await world.ports.deletions.backupsOf(clusterId)).toEqual([first.data.backupId]);
  });

  it('costs two calls more than one without, which costs no more than it must', async () => {
    const other = await world.register(`${clusterId}-other`);
    world.calls.length = 0;
    await world.api('POST /backups', { clusterId: other, backupMode: 'manual' });
    const without = world.calls.splice(0);

    await startBackup(newKey());

    expect(world.calls).toEqual(['PutItemCommand', ...without, 'UpdateItemCommand']);
  });

  it('that was refused is refused again, even if it no longer would be', async () => {
    const key = newKey();
    const ask = () => world.api('POST /backups', { clusterId: `${clusterId}-late` }, withKey(key));
    const first = await ask();
    await world.register(`${clusterId}-late`);

    expect(await ask()).toEqual(first);
    expect(first).toMatchObject({ status: 404, code: 10003 });
    expect(await world.api('POST /backups', { clusterId: `${clusterId}-late` }, withKey(newKey()))).toMatchObject({
      code: 0,
    });
  });

  it('that failed is carried out again', async () => {
    const key = newKey();
    vi.spyOn(world.ports.executions, 'start').mockRejectedValueOnce(new Error('away'));

    expect(await startBackup(key)).toMatchObject({ status: 500, code: 40103 });
    expect(await startBackup(key)).toMatchObject({ status: 200, code: 0 });
  });

  it('of a signed URL is the same with another signature', async () => {
    const send = (key: string, signature: string) =>
      world.api(`POST /backups?X-Amz-Signature=${signature}`, { clusterId }, withKey(key));
    const key = newKey();
    const first = await send(key, '0a');

    expect(first).toMatchObject({ status: 200 });
    expect(await send(key, '0b')).toEqual(first);
  });

  it('that is refused for its key is refused as a plan, and a plan leaves its key to the request', async () => {
    const key = newKey();
    const plan = (body: object) => world.api('POST /backups?plan=true', body, withKey(key));
    await plan({ clusterId });
    await startBackup(key);

    const other = { clusterId, backupMode: 'auto' };
    expect(await plan(other)).toEqual(await world.api('POST /backups', other, withKey(key)));
    expect(await plan({ clusterId, backupMode: 'manual' })).toMatchObject({ status: 200, data: { plan: {} } });
  });

  it('that was malformed leaves its key to a valid one', async () => {
    const key = newKey();

    expect(await startBackup(key, { backupMode: 'sometimes' })).toMatchObject({ status: 400, code: 10001 });
    expect(world.calls).toEqual([]);
    expect(await startBackup(key)).toMatchObject({ status: 200, code: 0 });
  });

  it('is another request after a day', async () => {
    const key = newKey();
    const { backupId } = (await startBackup(key)).data;
    await world.ports.clusters.unlock(clusterId, String(backupId));

    world.advance(24 * HOUR - 1_000);
    expect((await startBackup(key)).data).toEqual({ backupId, workFlowId: backupId });
    world.advance(1_000);
    const later = await startBackup(key);

    expect(later).toMatchObject({ status: 200, code: 0 });
    expect(later.data.backupId).not.toBe(backupId);
  });

  it.each<[other: string, route: (id: string) => string, body: (id: string) => object | undefined]>([
    ['body', () => 'POST /backups', (id) => ({ clusterId: id, backupMode: 'auto' })],
    ['route', (id) => `DELETE /clusters/${id}/strategy`, () => undefined],
    ['path', (id) => `DELETE /backups/${id}`, () => undefined],
  ])('is refused if the key was used with another %s, and does nothing', async (_other, route, body) => {
    const key = newKey();
    await startBackup(key);
    world.calls.length = 0;

    const refused = await world.api(route(clusterId), body(clusterId), withKey(key));

    expect(refused).toMatchObject({ status: 400, code: 10001, message: expect.stringContaining('Idempotency-Key') });
    expect(world.calls).toEqual(['PutItemCommand', 'GetItemCommand']);
  });

  it('is refused if the key was used for another cluster by the same route, and does nothing', async () => {
    const [key, other] = [newKey(), await world.register(`${clusterId}-other`)];
    await world.api(`DELETE /clusters/${other}/strategy`, undefined, withKey(key));
    world.calls.length = 0;

    const refused = await world.api(`DELETE /clusters/${clusterId}/strategy`, undefined, withKey(key));

    expect(refused).toMatchObject({ status: 400, code: 10001, message: expect.stringContaining('Idempotency-Key') });
    expect(world.calls).toEqual(['PutItemCommand', 'GetItemCommand']);
  });

  it('is refused if the key was used with another query, and does nothing', async () => {
    const key = newKey();
    const remove = (query: string) =>
      world.api(`DELETE /backups?clusterId=${clusterId}${query}`, undefined, withKey(key));
    await remove('&backupMode=auto');

    expect(await remove('')).toMatchObject({ status: 400, code: 10001 });
  });

  it('is the same with a slash at the end of its path, and with its query in another order', async () => {
    const key = newKey();
    const query = [`clusterId=${clusterId}`, 'backupMode=manual'];
    await world.api(`DELETE /backups?${query.join('&')}`, undefined, withKey(key));
    world.calls.length = 0;

    const again = await world.api(`DELETE /backups/?${query.reverse().join('&')}`, undefined, withKey(key));

    expect(again).toMatchObject({ status: 200 });
    expect(world.calls).toEqual(['PutItemCommand', 'GetItemCommand']);
  });

  it.each([
    ['IAM user', { iam: { userId: 'AIDAEXAMPLE1' } }, { iam: { userId: 'AIDAEXAMPLE2' } }],
    ['IAM role', { iam: { userId: 'AROAEXAMPLE1:s' } }, { iam: { userId: 'AROAEXAMPLE2:s' } }],
  ])('of another %s is independent', async (_kind, one, other) => {
    const key = newKey();
    const ask = (caller: object) => world.api('POST /backups', { clusterId }, withKey(key, caller));
    await ask(one);

    expect(await ask(other)).toMatchObject({ status: 409, code: 20114, message: expect.stringContaining('BackUp') });
  });

  it('of the same role in another session is the same', async () => {
    const key = newKey();
    const ask = (session: string) =>
      world.api('POST /backups', { clusterId }, withKey(key, { iam: { userId: `AROAEXAMPLE1:${session}` } }));

    expect(await ask('task-1')).toEqual(await ask('task-2'));
  });

  it.each([
    ['has another subject', { sub: 'alice' }, { sub: 'bob' }, false],
    ['has another issuer', { iss: 'a', sub: 'alice' }, { iss: 'b', sub: 'alice' }, false],
    ['has another client', { client_id: 'a' }, { client_id: 'b' }, false],
    ['is a newer one of the same caller', { sub: 'alice', exp: '1' }, { sub: 'alice', exp: '2' }, true],
  ])('whose token %s', async (_whose, one, other, isSame) => {
    const callers = { type: 'jwt', tenantClaim: 'tenant', tenants: ['acme'], scopePrefix: '' } as const;
    const once = createOnce({ requests: world.requests, clock: world.ports.clock });
    const api = createApi(world.ports, { callers, once });
    const key = newKey();
    const ask = (claims: object) =>
      api(
        'POST /backups',
        { clusterId },
        withKey(key, { jwt: { claims: { tenant: 'acme', scope: 'backup:write', ...claims } } }),
      );
    const first = await ask(one);

    expect(JSON.stringify(await ask(other)) === JSON.stringify(first)).toBe(isSame);
  });

  it('is answered like a busy cluster while the first is running, and then like the first', async () => {
    const key = newKey();

    const answers = await Promise.all(Array.from({ length: 5 }, () => startBackup(key)));

    const [first, ...more] = answers.filter(({ code }) => code === 0);
    expect([first?.status, more]).toEqual([200, []]);
    for (const { status, code, message } of answers.filter((answer) => answer !== first)) {
      expect({ status, code }).toEqual({ status: 409, code: 20114 });
      expect(message).toContain('Idempotency-Key is being carried out');
    }
    expect(await startBackup(key)).toEqual(first);
    expect(await world.ports.deletions.backupsOf(clusterId)).toHaveLength(1);
  });

  it('is answered even if its answer could not be stored, and resumed by the next', async () => {
    const key = newKey();
    vi.spyOn(world.requests, 'answer').mockRejectedValueOnce(new Error('away'));
    const first = await startBackup(key);
    expect(first).toMatchObject({ status: 200, code: 0 });

    expect(await startBackup(key)).toMatchObject({ status: 409, code: 20114 });
    world.advance(30_000);
    expect(await startBackup(key)).toEqual(first);
    expect(await world.ports.deletions.backupsOf(clusterId)).toHaveLength(1);
  });

  it('stores neither its key nor its content, nor a hash that passwords could be guessed from', async () => {
    const account = { user: 'backup', password: 'of-orders' };
    const body = { clusterName: 'Orders', endpoints: ['tidb.example.com:4000'], account };
    const begin = vi.spyOn(world.requests, 'begin');

    await world.api('POST /clusters', body, withKey('a-key-that-nobody-knows'));
    await world.api('POST /clusters', body, withKey('another-such-key'));

    const kept = begin.mock.calls.map(([request]) => request);
    const hash = expect.stringMatching(/^[0-9a-f]{64}$/);
    expect(kept).toEqual(Array(2).fill({ requestId: hash, fingerprint: hash }));
    expect(new Set(kept.map(({ fingerprint }) => fingerprint)).size).toBe(2);
  });
});

describe('an Idempotency-Key', () => {
  it.each([
    ['of one character', 'k'],
    ['of 255 characters', 'k'.repeat(255)],
    ['in quotes', '"8e03978e-40d5-43dd-bc93-6894a57f9324"'],
    ['of every visible character', String.fromCharCode(...Array.from({ length: 94 }, (_, index) => 0x21 + index))],
  ])('%s is accepted', async (_what, key) => {
    expect(await startBackup(key)).toMatchObject({ status: 200 });
  });

  it.each([
    ['that is empty', ''],
    ['of 256 characters', 'k'.repeat(256)],
    ['with a space', 'a key'],
    ['with a control character', 'a\u0007key'],
    ['with a letter that is not ASCII', 'schlüssel'],
    ['with a line break at its end', 'key\n'],
  ])('%s is refused, and nothing is done', async (_what, key) => {
    expect(await startBackup(key)).toMatchObject({
      status: 400,
      code: 10001,
      message: 'parameter is invalid: Idempotency-Key: must be 1 to 255 visible ASCII characters',
    });
    expect(world.calls).toEqual([]);
  });

  it('has no effect on a request that only reads', async () => {
    const first = await world.api(`GET /clusters/${clusterId}`, undefined, withKey('a key'));
    await startBackup(newKey());

    const again = await world.api(`GET /clusters/${clusterId}`, undefined, withKey('a key'));

    expect([first.data.maintenanceStatus, again.data.maintenanceStatus]).toEqual(['', 'BackUp']);
  });
});
