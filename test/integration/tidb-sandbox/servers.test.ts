import { expect, it } from 'vitest';
import { type Client, EngineWorld } from './engine-world.ts';

const listed = (client: Client) =>
  client.rows("SELECT CONCAT(IP, ':', STATUS_PORT) FROM information_schema.tidb_servers_info");
const answering = (client: Client) => client.rows('SELECT INSTANCE FROM information_schema.cluster_memory_usage');

async function twoServers() {
  const world = await EngineWorld.start({ ports: [0, 0] });
  const [first, second] = world.sandbox.cluster.servers.map(({ statusAddress }) => [statusAddress]);
  const [here, there] = [await world.connect(), await world.connect({ server: 1 })];
  return { world, here, there, first, second };
}

it('every server has a status address beside its SQL address', async () => {
  const { world, here, first, second } = await twoServers();

  expect(await listed(here)).toEqual([first, second]);
  expect(await answering(here)).toEqual([first, second]);
  expect(first).not.toEqual(second);
  expect(
    await here.rows("SELECT INSTANCE, STATUS_ADDRESS FROM information_schema.cluster_info WHERE TYPE = 'tidb'"),
  ).toEqual(world.sandbox.cluster.servers.map(({ address, statusAddress }) => [address, statusAddress]));
});

it('a server without a session has no row in cluster_processlist', async () => {
  const { here, there, first } = await twoServers();
  there.raw.destroy();

  await expect
    .poll(() => here.rows('SELECT DISTINCT INSTANCE FROM information_schema.cluster_processlist'))
    .toEqual([first]);
  expect(await here.rows('SHOW WARNINGS')).toEqual([]);
});

it('a server that does not answer is left out of cluster tables with only a warning, and keeps running', async () => {
  const { world, here, there, first, second } = await twoServers();
  const id = await there.connectionId();
  world.sandbox.setFaults([{ server: 1, is: 'silent' }]);

  expect(await here.rows('SELECT DISTINCT INSTANCE FROM information_schema.cluster_processlist')).toEqual([first]);
  expect(await here.rows('SHOW WARNINGS')).toEqual([
    ['Warning', '9002', `TiDB server timeout, address is ${second?.[0]}`],
  ]);
  expect(await answering(here)).toEqual([first]);
  expect(await listed(here)).toEqual([first, second]);
  await here.run(`KILL TIDB ${id}`);
  expect(await there.value('SELECT 1')).toBe('1');
});

it('a crashed server stays listed for a while, then disappears', async () => {
  const { world, here, there, first, second } = await twoServers();
  const cut = there.refusal('SELECT SLEEP(60)');

  world.sandbox.setFaults([{ server: 1, is: 'crashed' }]);
  expect(await cut).toHaveProperty('code');
  expect(await listed(here)).toEqual([first, second]);
  expect(await answering(here)).toEqual([first]);
  await expect(world.connect({ server: 1 })).rejects.toThrow();

  world.sandbox.setFaults([{ server: 1, is: 'gone' }]);
  expect(await listed(here)).toEqual([first]);
  expect(await answering(here)).toEqual([first]);
  expect(await here.rows('SHOW WARNINGS')).toEqual([]);

  world.sandbox.setFaults([]);
  expect(await answering(await world.connect({ server: 1 }))).toEqual([first, second]);
});

it('a session moves to another server between two statements, as with TiProxy', async () => {
  const { world, here } = await twoServers();
  const who = 'SELECT @@port, CONNECTION_ID(), @mine, DATABASE()';
  await here.run("SET @mine = 'kept'", 'CREATE DATABASE moved', 'USE moved');
  const [before] = await here.rows(who);
  world.sandbox.setFaults([{ match: '^SELECT @@port', action: 'move', times: 1 }]);

  const [after] = await here.rows(who);

  const [one, two] = world.sandbox.ports.map(String);
  expect(before).toEqual([one, expect.any(String), 'kept', 'moved']);
  expect(after).toEqual([two, expect.not.stringMatching(`^${before?.[1]}$`), 'kept', 'moved']);
  expect(await here.rows(who)).toEqual([after]);
});

it('a session stays where it is within a transaction', async () => {
  const { world, here } = await twoServers();
  world.sandbox.setFaults([{ match: 'CONNECTION_ID', action: 'move' }]);
  await here.run('BEGIN');

  expect(await here.connectionId()).toBe(await here.connectionId());
});

it('metadata may take as long as with very many tables', async () => {
  const { world, here } = await twoServers();
  await here.run(
    `SET GLOBAL sandbox_faults = '[{"match": "information_schema[.]tables|SHOW BACKUP METADATA", "action": "delay", "delayMs": 120000}]'`,
  );
  const id = await here.connectionId();
  const slow = here.refusal('SELECT TABLE_NAME FROM information_schema.tables');

  const killer = await world.connect();
  expect(await killer.value('SELECT 1')).toBe('1');
  await killer.run(`KILL TIDB QUERY ${id}`);
  expect(await slow).toMatchObject({ errno: 1317 });
});
