import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type ApiWorld, startApiWorld } from '../../support/api-world.ts';
import { aBackup, later } from '../../support/records.ts';

let world: ApiWorld;
beforeAll(async () => {
  vi.spyOn(console, 'warn').mockReturnValue();
  world = await startApiWorld();
  await world.register('orders');
  const { backups } = world.ports;
  await backups.create(aBackup({ clusterId: 'orders', backupId: 'finished' }));
  await backups.startAttempt('finished', later(1));
  const result = { attempt: 1, backupTso: '1', sizeBytes: '1', checksums: { tables: 1 } };
  await backups.finish('finished', { ...result, at: later(2) });
});
afterAll(async () => {
  vi.restoreAllMocks();
  await world.stop();
});

/** Each route that stores an object of the caller, and where it appears. */
const ROUTES = {
  async strategy(parameters: string) {
    const drill = `{"backupDate":"Monday","parameters":${parameters}}`;
    const body = `{"strategy":{"backupDate":"Monday","period":"1:00-2:00","drill":${drill}}}`;
    const answer = await world.api('PUT /clusters/orders/strategy', body);
    return { answer, kept: (await world.ports.clusters.get('orders'))?.strategy?.drill?.parameters };
  },
  drill: (parameters: string) => started('POST /backups/finished/drill', `{"parameters":${parameters}}`),
  restore: (parameters: string) =>
    started('POST /clusters/restore', `{"clusterName":"c","backupId":"finished","parameters":${parameters}}`),
};

async function started(route: string, body: string) {
  const answer = await world.api(route, body);
  const input = world.executions.get(String(answer.data.workFlowId));
  return { answer, kept: input && 'parameters' in input ? input.parameters : undefined };
}

const nested = (levels: number) => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`;

describe.each(Object.entries(ROUTES))('an object of the caller in a %s', (_, send) => {
  it.each([
    '{"x":9007199254740991,"y":-0.1,"z":1e-130}',
    '{"x":"\\u0000 \\ud83d\\ude00","":{},"a.b":[[],{},null,true,""]}',
    '{"toString":1,"hasOwnProperty":{"then":2},"toJSON":{}}',
    nested(20),
  ])('is stored unchanged: %.60s', async (parameters) => {
    const { answer, kept } = await send(parameters);

    expect(answer).toMatchObject({ status: 200 });
    expect(kept).toEqual(JSON.parse(parameters));
  });

  it.each([
    ...['1e200', '1e126', '1e400', '1e-200', '9007199254740992', '1234567890123456789012345678901234567890'],
    ...['{"__proto__":{"x":1}}', '{"constructor":2}', '"\\ud800"', '{"a":1,"a":2}'],
    ...[nested(20), nested(3_000), `${'['.repeat(9_000)}${']'.repeat(9_000)}`],
  ])('is refused by name: %.60s', async (value) => {
    const { answer } = await send(`{"x":${value}}`);

    expect(answer).toMatchObject({ status: 400, code: 10001 });
    expect(answer.message).toMatch(/^parameter is invalid: (strategy\.drill\.)?parameters\b/);
  });
});
