import { expect, it } from 'vitest';
import { EngineWorld } from './engine-world.ts';

it('makes a chosen statement fail as often as requested, and no other', async () => {
  const world = await EngineWorld.start({
    faults: [{ match: '^select 1$', action: 'error', errno: 9005, message: 'Region is unavailable', times: 2 }],
  });
  const client = await world.connect();

  expect(await client.refusal('SELECT 1')).toMatchObject({ errno: 9005, message: 'Region is unavailable' });
  expect(await client.value('SELECT 2')).toBe('2');
  await client.refusal('SELECT 1');
  expect(await client.value('SELECT 1')).toBe('1');
});

it('breaks a connection after the statement has taken effect', async () => {
  const world = await EngineWorld.start();
  const client = await world.connectTo('lost');
  await client.run('CREATE TABLE t (id INT PRIMARY KEY)');
  world.sandbox.setFaults([{ match: 'INSERT', action: 'drop', when: 'after' }]);

  const refusal = await client.refusal('INSERT INTO t VALUES (1)');

  expect(refusal.code).toMatch(/PROTOCOL_CONNECTION_LOST|ECONNRESET/);
  expect(await (await world.connect()).rows('SELECT * FROM lost.t')).toEqual([[1]]);
});

it('a hanging statement is ended by KILL', async () => {
  const world = await EngineWorld.start({ faults: [{ match: 'CREATE DATABASE', action: 'hang' }] });
  const [victim, killer] = [await world.connect(), await world.connect()];
  const id = await victim.connectionId();
  const refusal = victim.refusal('CREATE DATABASE never');

  await killer.run(`KILL TIDB QUERY ${id}`);

  expect(await refusal).toMatchObject({ errno: 1317 });
});

it('are also set with SQL, by accounts that may set global variables; an invalid list changes nothing', async () => {
  const client = await (await EngineWorld.start()).connect();
  await client.run(`SET GLOBAL sandbox_faults = '[{"match": "SELECT 7", "action": "error"}]'`);

  expect(await client.refusal("SET GLOBAL sandbox_faults = '{}'")).toMatchObject({ errno: 1231 });
  expect(await client.refusal('SELECT 7')).toMatchObject({ errno: 1105, message: 'injected fault' });
  await client.run("SET GLOBAL sandbox_faults = '[]'");
  expect(await client.value('SELECT 7')).toBe('7');
});

it("delays a statement's answer", async () => {
  const client = await (
    await EngineWorld.start({ faults: [{ match: 'SELECT', action: 'delay', delayMs: 50 }] })
  ).connect();
  const start = performance.now();

  await client.value('SELECT 1');

  expect(performance.now() - start).toBeGreaterThanOrEqual(49);
});
