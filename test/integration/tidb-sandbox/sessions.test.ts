import { once } from 'node:events';
import { createConnection } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { autoTlsIdentity } from '../../../infra/local/tidb-sandbox/protocol/certificates.ts';
import { until } from '../support/until.ts';
import { EngineWorld } from './engine-world.ts';

it('a connection id has 32 bits by default', async () => {
  const client = await (await EngineWorld.start()).connect();

  const id = BigInt(await client.connectionId());

  expect(id).toBeLessThan(2n ** 32n);
  expect(id).toBe(BigInt(client.raw.threadId));
});

it('a connection id has 64 bits before 7.3, of which the handshake carries the lower 32', async () => {
  const client = await (await EngineWorld.start({ version: '7.1' })).connect();

  const id = BigInt(await client.connectionId());

  expect(id).toBeGreaterThan(2n ** 53n);
  expect(BigInt.asUintN(32, id)).toBe(BigInt(client.raw.threadId));
});

it('reports its server and the imitated release', async () => {
  const world = await EngineWorld.start({ ports: [0, 0], version: '7.5.1' });
  const client = await world.connect({ server: 1 });

  expect(await client.objects('SELECT @@hostname AS host, @@port AS port, VERSION() AS version')).toEqual([
    { host: '127.0.0.1', port: String(world.sandbox.ports[1]), version: '8.0.11-TiDB-v7.5.1-sandbox' },
  ]);
});

it.each([true, false])('reports to every account whether it has new collations: %s', async (newCollation) => {
  const world = await EngineWorld.start({ newCollation });
  const root = await world.connect();
  await root.run("CREATE USER 'guest' IDENTIFIED BY ''");
  const guest = await world.connect({ user: 'guest', password: '' });

  const sql = "SELECT COUNT(*) FROM information_schema.collations WHERE COLLATION_NAME = 'utf8mb4_general_ci'";
  expect(await guest.value(sql)).toBe(newCollation ? '1' : '0');
  expect(await guest.refusal('SELECT * FROM mysql.tidb')).toMatchObject({ errno: 1142 });
  expect(await root.value("SELECT VARIABLE_VALUE FROM mysql.tidb WHERE VARIABLE_NAME = 'new_collation_enabled'")).toBe(
    newCollation ? 'True' : 'False',
  );
});

it('the process list of the cluster covers all servers, that of a server only its own', async () => {
  const world = await EngineWorld.start({ ports: [0, 0] });
  const [here, there] = [await world.connect(), await world.connect({ server: 1 })];
  const id = await there.connectionId();
  const sleeping = there.rows('SELECT SLEEP(60)').catch((error: unknown) => error);
  const find = () =>
    here.objects(`SELECT INSTANCE, USER, COMMAND, INFO FROM information_schema.cluster_processlist WHERE ID = ${id}`);

  const [process] = await until('the sleeper runs', async () => {
    const found = await find();
    return found[0]?.COMMAND === 'Query' ? found : undefined;
  });

  expect(process).toEqual({
    INSTANCE: world.sandbox.cluster.servers[1]?.statusAddress,
    USER: 'root',
    COMMAND: 'Query',
    INFO: 'SELECT SLEEP(60)',
  });
  expect((await here.rows('SHOW PROCESSLIST')).map(([listed]) => listed)).toEqual([await here.connectionId()]);
  await here.run(`KILL TIDB QUERY ${id}`);
  expect(await sleeping).toEqual([['1']]);
});

it('KILL QUERY ends the statement, KILL the connection, on any server', async () => {
  const world = await EngineWorld.start({ ports: [0, 0], faults: [{ match: '^SELECT 60', action: 'hang' }] });
  const [killer, victim] = [await world.connect(), await world.connect({ server: 1 })];
  const id = await victim.connectionId();

  const interrupted = victim.refusal('SELECT 60');
  await until('the victim runs', async () =>
    (await killer.value(`SELECT COMMAND FROM information_schema.cluster_processlist WHERE ID = ${id}`)) === 'Query'
      ? true
      : undefined,
  );
  await killer.run(`KILL QUERY ${id}`);
  expect(await interrupted).toMatchObject({ errno: 1317, sqlState: '70100' });
  expect(await victim.value('SELECT 1')).toBe('1');

  await killer.run(`KILL TIDB ${id}`);
  await until('the victim is gone', async () =>
    (await killer.rows(`SELECT ID FROM information_schema.cluster_processlist WHERE ID = ${id}`)).length === 0
      ? true
      : undefined,
  );
  expect(await victim.refusal('SELECT 1')).toMatchObject({ message: expect.stringContaining('closed') });
});

it.each([
  ['123456789', /^Kill failed: Received a 32bits truncated ConnectionID/],
  ['900', /^KILL remote connection failed: Unexpected ZERO ServerID/],
  ['4294967296', /^Parse ConnectionID failed: unexpected connectionID exceeds uint32/],
  ['9223372036854775809', /^Parse ConnectionID failed: unexpected connectionID exceeds int64/],
])('KILL of an unknown id is OK with a warning: %s', async (id, message) => {
  const client = await (await EngineWorld.start()).connect();

  await client.run(`KILL TIDB QUERY ${id}`);

  expect(await client.rows('SHOW WARNINGS')).toEqual([['Warning', '1105', expect.stringMatching(message)]]);
});

it('KILL CONNECTION_ID() ends its own connection; KILL QUERY CONNECTION_ID() is no statement', async () => {
  const world = await EngineWorld.start();
  const client = await world.connect();

  expect(await client.refusal('KILL QUERY CONNECTION_ID()')).toMatchObject({ errno: 1064 });
  expect(await client.refusal('KILL CONNECTION_ID()')).toMatchObject({ code: 'PROTOCOL_CONNECTION_LOST' });
  expect(await (await world.connect()).refusal('KILL TIDB CONNECTION_ID()')).toHaveProperty('code');
});

it("a query outlives its client's connection for some seconds, and can be killed meanwhile", async () => {
  const world = await EngineWorld.start();
  const [client, watcher] = [await world.connect(), await world.connect()];
  const id = await client.connectionId();
  const running = `SELECT INFO FROM information_schema.processlist WHERE ID = ${id}`;
  client.refusal('SELECT SLEEP(60)').catch(() => {});
  const isRunning = async () => (await watcher.value(running)) === 'SELECT SLEEP(60)' || undefined;
  await until('it runs', isRunning);

  client.raw.destroy();
  await setTimeout(300);

  expect(await isRunning()).toBe(true);
  await watcher.run(`KILL TIDB QUERY ${id}`);
  await until('it is gone', async () => (await watcher.rows(running)).length === 0 || undefined);
});

it('secrets of a statement do not appear in the process list', async () => {
  const world = await EngineWorld.start({ faults: [{ match: 'CREATE USER|BACKUP', action: 'hang' }] });
  const [watcher, one, two] = [await world.connect(), await world.connect(), await world.connect()];
  const ids = new Map([
    [one, await one.connectionId()],
    [two, await two.connectionId()],
  ]);
  const canaries = [
    one.refusal("CREATE USER u IDENTIFIED BY 'canary-password'"),
    two.refusal("BACKUP DATABASE * TO 's3://b/p?access-key=AK&secret-access-key=canary-key'"),
  ];

  const infos = await until('both hang', async () => {
    const running = (await watcher.rows('SELECT INFO FROM information_schema.processlist')).flat().join('\n');
    return running.includes('CREATE USER') && running.includes('BACKUP') ? running : undefined;
  });

  expect(infos).not.toContain('canary');
  for (const client of [one, two]) await watcher.run(`KILL QUERY ${ids.get(client)}`);
  await Promise.all(canaries);
});

it('a session remembers its variables, its database and its warnings', async () => {
  const world = await EngineWorld.start();
  const client = await world.connect();
  await client.run(
    'CREATE DATABASE remembered',
    'USE Remembered',
    "SET @a = 'x', time_zone = '+09:00'",
    'CREATE DATABASE IF NOT EXISTS remembered',
  );

  expect(await client.rows('SHOW WARNINGS')).toEqual([
    ['Note', '1007', "Can't create database 'remembered'; database exists"],
  ]);
  expect(await client.rows('SELECT @a, DATABASE(), @@time_zone, @@global.time_zone, @@autocommit')).toEqual([
    ['x', 'remembered', '+09:00', 'SYSTEM', '1'],
  ]);
  const [shifted, utc] = (await client.rows('SELECT NOW(6), UTC_TIMESTAMP(6)'))[0] ?? [];
  expect(Date.parse(`${shifted}Z`) - Date.parse(`${utc}Z`)).toBe(9 * 3_600_000);
});

it('several statements in one text are answered in order', async () => {
  const client = await (await EngineWorld.start()).connect({ multipleStatements: true });

  const [results] = await client.raw.query("SELECT 1 AS a; SELECT ';' AS b; ");

  expect(results).toEqual([[{ a: '1' }], [{ b: ';' }]]);
});

it('a statement and a row may be longer than one packet of 16 MiB', async () => {
  const client = await (await EngineWorld.start()).connectTo('large');
  await client.run('CREATE TABLE t (id INT PRIMARY KEY, body LONGTEXT)');
  const body = 'x'.repeat(17 * 1024 * 1024);

  await client.run(`INSERT INTO t VALUES (1, '${body}')`);

  expect(await client.value('SELECT body FROM t')).toBe(body);
});

it('supports TLS if it has a certificate', async () => {
  const world = await EngineWorld.start({ tls: autoTlsIdentity('localhost') });

  const client = await world.connect({ ssl: { rejectUnauthorized: false } });

  expect(await client.value("SELECT CONCAT('over ', 'TLS')")).toBe('over TLS');
  expect(await (await world.connect()).value('SELECT 1')).toBe('1');
});

it('a client with another plugin is switched to mysql_native_password', async () => {
  const world = await EngineWorld.start();
  const client = await world.connect();

  await client.run("CREATE USER other IDENTIFIED BY 'o'");
  await client.raw.changeUser({ user: 'other', password: 'o' });

  expect(await client.value('SELECT CURRENT_USER()')).toBe('other@%');
});

it('a malformed or abandoned handshake disturbs no one else', async () => {
  const world = await EngineWorld.start();
  const socket = createConnection(world.sandbox.port, world.sandbox.host);
  await once(socket, 'data');
  socket.write(Buffer.from([3, 0, 0, 1, 1, 2, 3]));
  await once(socket, 'close');

  expect(await (await world.connect()).value('SELECT 1')).toBe('1');
});
