import { afterAll, beforeAll, expect, it } from 'vitest';
import { type ApiWorld, startApiWorld } from '../../support/api-world.ts';

let world: ApiWorld;
beforeAll(async () => {
  world = await startApiWorld();
});
afterAll(() => world.stop());

/** A value that no field could have. */
const JUNK = [{ any: ['thing'] }, null, 7];

/** Reads an object, changes it and sends it back, first unchanged, then with any value in each read-only field. */
async function sendBack(
  { read, send, wrapped = (object) => object }: { read: string; send: string; wrapped?: (object: object) => object },
  readOnly: readonly string[],
): Promise<void> {
  const object = await get(read);
  expect(Object.keys(object)).toEqual(expect.arrayContaining([...readOnly]));
  const junk = (value: unknown) => Object.fromEntries(readOnly.map((field) => [field, value]));
  for (const change of [{}, ...JUNK.map(junk)]) {
    const answer = await world.api(send, wrapped({ ...object, ...change }));
    expect(answer, JSON.stringify(change)).toMatchObject({ status: 200 });
  }
  const { updateTime: _, ...unchanged } = object;
  expect(await get(read)).toMatchObject(unchanged);
}

async function get(route: string): Promise<Record<string, unknown>> {
  const { data } = await world.api(route);
  return (data.strategy as Record<string, unknown> | undefined) ?? data;
}

it('a cluster may be sent back as it was read', async () => {
  await world.register('sent', {
    tls: 'verify',
    caSecretArn: 'arn:aws:secretsmanager:us-east-1:111122223333:secret:ca',
  });
  const { clusters } = world.ports;
  const since = '2026-03-01T10:00:00.000Z';
  await clusters.lock('sent', { status: 'BackUp', operationId: 'b1', since, backupMode: 'manual' });
  const check = { workFlowId: 'c1', startTime: since, endTime: since, status: 'passed' as const, findings: [] };
  const { createTime: registeredAt = '' } = (await clusters.get('sent')) ?? {};
  await clusters.recordCheck('sent', { registeredAt, check });

  await sendBack({ read: 'GET /clusters/sent', send: 'PUT /clusters/sent' }, [
    ...['clusterId', 'certificates', 'status', 'maintenanceStatus', 'operationId', 'maintenanceSince'],
    ...['createTime', 'updateTime', 'check'],
  ]);

  const { clusterName: _, ...rest } = await get('GET /clusters/sent');
  expect(await world.api('PUT /clusters/sent', { ...rest, clusterName: 'Changed' })).toMatchObject({ status: 200 });
  expect(await get('GET /clusters/sent')).toMatchObject({ clusterName: 'Changed', account: { user: 'backup' } });
});

it('another user of a cluster needs a password, and the same one keeps it', async () => {
  await world.register('user');
  const cluster = await get('GET /clusters/user');
  const before = new Map(world.secrets);

  const other = await world.api('PUT /clusters/user', { ...cluster, account: { user: 'other' } });

  expect(other).toMatchObject({ status: 400, code: 10001 });
  expect(other.message).toContain('account.password: must be given');
  expect(await world.api('PUT /clusters/user', { ...cluster, account: { user: 'backup' } })).toMatchObject({ code: 0 });
  expect(world.secrets).toEqual(before);
});

it('a strategy may be sent back as it was read', async () => {
  await world.register('weekly');
  const strategy = {
    ...{ backupDate: 'Monday,Friday', period: '22:00-2:00', timezone: 'Europe/Berlin', paused: false },
    ...{ fullBackupDate: 'Friday', fallbackToFull: true, scope: { tables: ['shop.orders'] }, maxBackupAgeHours: 100 },
    ...{ retention: { keepLast: 7 }, maxVerifiedAgeHours: 200 },
    drill: { backupDate: 'Friday', assertions: ['SELECT 1'], parameters: { size: 'small' }, executor: 'lambda' },
  };
  await world.api('PUT /clusters/weekly/strategy', { strategy });
  const missed = { start: '2026-02-27T21:00:00.000Z', end: '2026-02-28T01:00:00.000Z', reason: 'none' };
  const { strategies } = world.ports;
  const [due] = await strategies.due('2027-01-01T00:00:00.000Z');
  if (due === undefined) throw new Error('no window is due');
  await strategies.note(due, { nextRunAt: due.nextRunAt, missed });

  const wrapped = (object: object) => ({ strategy: object });
  await sendBack({ read: 'GET /clusters/weekly/strategy', send: 'PUT /clusters/weekly/strategy', wrapped }, [
    ...['clusterId', 'nextRuns', 'lastMissed'],
  ]);
});

it('an entry of the configuration may be sent back as it was read', async () => {
  const since = '2026-03-01T10:00:00.000Z';
  await world.ports.config.write('BackupRateLimit', '100', since);
  const check = { workFlowId: 'c2', startTime: since, endTime: since, status: 'passed' as const, findings: [] };
  await world.ports.config.write('check', check, since);

  await sendBack({ read: 'GET /config?configKey=BackupRateLimit', send: 'POST /config/update' }, ['check']);
});
